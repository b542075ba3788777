"""The guard policy of a cluster: ``policies/`` as people install it, and whether it counts already."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import yaml

from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster
from tests.controlplane.product import REPOSITORY

SETUP: Final = "setup"
EFFECT_SECONDS: Final = 30.0
"""An API server takes note of a policy within a few seconds."""
_PROBE: Final = "tenantry-guard-probe"


def guard_manifests() -> list[JSONObject]:
    """What ``kubectl apply -f policies/`` installs."""
    files = sorted((REPOSITORY / "policies").glob("*.yaml"))
    return [manifest for file in files for manifest in yaml.safe_load_all(file.read_text()) if manifest]


def install_guard(cluster: Cluster) -> None:
    """Install the guard policy, and return once it counts. The kinds of Tenantry must be served."""
    for manifest in guard_manifests():
        kind = cluster.resource_type(manifest["apiVersion"], kind=manifest["kind"])
        cluster.apply(kind, manifest, field_manager=SETUP, force=True)
    _wait_until(cluster, refusing=True)


@contextmanager
def without_guard(cluster: Cluster) -> Iterator[None]:
    """The cluster as if nobody had installed the guard policy."""
    for manifest in guard_manifests():
        cluster.delete(
            cluster.resource_type(manifest["apiVersion"], kind=manifest["kind"]), manifest["metadata"]["name"]
        )
    _wait_until(cluster, refusing=False)
    try:
        yield
    finally:
        install_guard(cluster)


def _wait_until(cluster: Cluster, *, refusing: bool) -> None:
    """Wait until a request that the last of the policies forbids is refused, or is not. They count together."""
    kind = cluster.resource_type(API_VERSION, kind="TenantTemplate")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _PROBE}}
    spec = {"resources": [{"id": "namespace", "object": namespace}]}
    probe = {"apiVersion": API_VERSION, "kind": "TenantTemplate", "metadata": {"name": _PROBE}, "spec": spec}
    cluster.apply(kind, probe, field_manager=SETUP)
    deadline = time.monotonic() + EFFECT_SECONDS
    try:
        while _is_refused(cluster, probe) is not refusing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"policies/: after {EFFECT_SECONDS:.0f} s the change does not count yet")
            time.sleep(0.05)
    finally:
        cluster.delete(kind, _PROBE)


def _is_refused(cluster: Cluster, probe: JSONObject) -> bool:
    kind = cluster.resource_type(probe["apiVersion"], kind=probe["kind"])
    try:
        held = {"metadata": {"finalizers": ["foregroundDeletion"]}}
        cluster.patch(kind, _PROBE, held, field_manager=SETUP)
    except ApiError as error:
        if error.code != 403:
            raise
        return True
    cluster.patch(kind, _PROBE, {"metadata": {"finalizers": None}}, field_manager=SETUP)
    return False
