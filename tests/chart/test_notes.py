"""What Helm says after an install: the next step, whatever the values are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chart import values
from tests.chart.helm import Helm
from tests.controlplane.server import ControlPlane

CLOSED = {"networkPolicy": {"enabled": True}}
PROMETHEUS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}


KNOWN_THERE: tuple[dict[str, Any], ...] = ({}, values.EVERYTHING, values.SMALL, values.CLIENT_CERTIFICATES)
"""Values that need nobody else's kinds."""


@pytest.fixture
def helm(tmp_path: Path, plane: ControlPlane) -> Helm:
    """Asks a cluster for its version, and changes nothing."""
    return Helm(tmp_path, plane.kubeconfig)


@pytest.mark.parametrize("given", KNOWN_THERE, ids=["default", "everything", "small", "client certificates"])
def test_the_notes_tell_the_address_and_the_next_step(helm: Helm, given: dict[str, Any]) -> None:
    notes = helm.notes(given)
    assert f"{'https' if given.get('tls', {}).get('enabled') else 'http'}://" in notes.splitlines()[0]
    assert "kubectl apply -f registry.yaml" in notes
    assert "tenantry drain" in notes


def test_the_notes_print_the_rules_that_metacontroller_needs_unless_they_are_granted(helm: Helm) -> None:
    more = {"controllers": {"extraChildResources": [{"apiVersion": "example.com/v1", "resource": "buckets"}]}}
    assert '- apiGroups: ["example.com"]\n    resources: ["buckets"]' in helm.notes(more)
    assert "apiGroups" not in helm.notes({**more, "metacontroller": {"rbac": {"create": True}}})


def test_the_notes_say_what_is_left_to_do_by_hand(helm: Helm) -> None:
    by_hand = helm.notes({"controllers": {"create": False}, "crds": {"install": False}})
    assert "apply compositecontrollers/ yourself" in by_hand
    assert "apply crds/ of this version yourself" in by_hand
    assert "yourself" not in helm.notes()


@pytest.mark.parametrize(
    ("given", "warned"),
    [
        (CLOSED, True),
        ({"networkPolicy": {"enabled": True, "extraFrom": [PROMETHEUS]}}, False),
        ({**CLOSED, "metrics": {"enabled": False}}, False),
        ({**CLOSED, "tls": {"enabled": True}, "validatingWebhook": {"enabled": True}}, False),
        ({}, False),
    ],
    ids=["closed", "Prometheus is named", "no metrics", "open for the API server", "no policy"],
)
def test_the_notes_warn_when_prometheus_is_kept_out(helm: Helm, given: dict[str, Any], warned: bool) -> None:
    assert ("name your Prometheus" in helm.notes(given)) is warned
