"""Which values the chart takes: each one is known and explained, and what cannot work is refused at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from tenantry.kinds.shards import SHARD_PATTERN
from tenantry.settings import Settings
from tests.chart.helm import CHART, Helm, HelmFailed

OPEN: Final = frozenset(("extraVolumes[]", "global"))
"""Volumes, of which the API server knows all kinds, and what parent charts give."""
SETTINGS: Final = {
    "workers": "workers",
    "maxCalls": "max_calls",
    "maxBodyBytes": "max_body_bytes",
    "shutdownSeconds": "shutdown_seconds",
    "tenantRate": "tenant_rate",
    "tenantBurst": "tenant_burst",
    "renderBudgetMs": "render_budget_ms",
    "timeoutSeconds": "timeout_seconds",
    "clientSeconds": "client_seconds",
}
BUCKETS: Final = {"apiVersion": "example.com/v1", "resource": "buckets"}


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    return found


def objects_of(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each schema of an object, with the path of the values that it is about."""
    if schema.get("type") == "object":
        yield path, schema
        for key, inner in schema.get("properties", {}).items():
            yield from objects_of(inner, f"{path}.{key}".removeprefix("."))
    elif schema.get("type") == "array":
        yield from objects_of(schema["items"], f"{path}[]")


def is_closed(schema: Any) -> bool:
    """Whether an object has no key but those that are known, or is a map whose keys people choose."""
    others = schema.get("additionalProperties")
    return others is False or isinstance(others, dict) or "enum" in schema.get("propertyNames", {})


@pytest.mark.parametrize(
    "given",
    [
        {"replica": 3},
        {"image": {"repo": "x"}},
        {"image": {"digest": "latest"}},
        {"fullnameOverride": "Not A Name"},
        {"commonLabels": {"app.kubernetes.io/name": "mine"}},
        {"podLabels": {"app.kubernetes.io/instance": "mine"}},
        {"tls": {"source": "magic"}},
        {"tls": {"issuerRef": {"nmae": "company"}}},
        {"resources": {"request": {"cpu": "1"}}},
        {"tolerations": [{"opreator": "Exists"}]},
        {"affinity": {"podAffinty": {}}},
        {"networkPolicy": {"extraFrom": [{"podSelektor": {}}]}},
        {"networkPolicy": {"egress": [{"port": 53}]}},
        {"controllers": {"shards": ["a", "a"]}},
        {"controllers": {"shards": ["Not a label value"]}},
        {"controllers": {"shards": ["a" * 27]}},
        {"controllers": {"extraChildResources": [{"apiVersion": "v1"}]}},
        {"controllers": {"extraChildResources": [{"apiVersion": "example.com", "resource": "buckets"}]}},
        {"controllers": {"timeouts": {"tenant": "soon"}}},
        {"server": {"workers": 0}},
        {"server": {"workers": 257}},
        {"server": {"maxCalls": 1001}},
        {"server": {"extraEnv": [{"name": "A", "valeu": "b"}]}},
        {"service": {"port": 65536}},
        {"validatingWebhook": {"timeoutSeconds": 31}},
    ],
    ids=str,
)
def test_values_that_mean_nothing_are_refused(helm: Helm, given: dict[str, Any]) -> None:
    with pytest.raises(HelmFailed, match="schema"):
        helm.template(given)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"validatingWebhook": {"enabled": True}}, "needs tls.enabled"),
        ({"tls": {"enabled": True, "source": "existing"}}, "name its Secret in tls.secretName"),
        ({"tls": {"enabled": True, "clientCertificates": {"enabled": True}}}, "is required"),
        ({"tls": {"clientCertificates": {"enabled": True}}}, "needs tls.enabled"),
        ({"server": {"extraEnv": [{"name": "TENANTRY_WORKERS", "value": "3"}]}}, "has a value of its own"),
        (
            {"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 4}},
            "is more than autoscaling.maxReplicas",
        ),
        ({"autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}}, "needs resources.requests.cpu"),
        ({"metrics": {"enabled": False, "podMonitor": {"enabled": True}}}, "need metrics.enabled"),
        ({"metrics": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}}, "counted twice"),
        ({"controllers": {"extraChildResources": [BUCKETS, BUCKETS]}}, "buckets of example.com/v1 is listed already"),
        (
            {
                "controllers": {
                    "extraChildResources": [{"apiVersion": "autoscaling/v1", "resource": "horizontalpodautoscalers"}]
                }
            },
            "is listed already, as autoscaling/v2",
        ),
        ({"controllers": {"extraChildResources": [{"apiVersion": "v1", "resource": "secrets"}]}}, "is listed already"),
    ],
    ids=[
        "webhook without TLS",
        "no Secret",
        "no client certificates",
        "client certificates without TLS",
        "a setting among the variables",
        "more at least than at most",
        "nothing to scale by",
        "monitor without metrics",
        "two monitors",
        "a kind twice",
        "a kind in two versions",
        "a kind that is there",
    ],
)
def test_values_that_contradict_each_other_are_refused_with_advice(
    helm: Helm, given: dict[str, Any], advice: str
) -> None:
    with pytest.raises(HelmFailed, match=advice):
        helm.template(given)


def test_kinds_of_one_name_in_two_groups_are_two_kinds(helm: Helm) -> None:
    other = {"apiVersion": "other.example.com/v1", "resource": "secrets"}
    helm.template({"controllers": {"extraChildResources": [BUCKETS, other]}})


def test_unknown_keys_are_refused_at_every_depth() -> None:
    assert [path for path, found in objects_of(schema()) if not is_closed(found) and path not in OPEN] == []


def test_every_value_is_in_the_schema_and_the_schema_has_no_other() -> None:
    known = schema()
    known["properties"].pop("global")  # given by charts that contain this one
    assert _keys_of_schema(known) == _keys(yaml.safe_load((CHART / "values.yaml").read_text()), known)


@pytest.mark.parametrize(("value", "setting"), SETTINGS.items())
def test_the_server_takes_what_the_schema_takes(value: str, setting: str) -> None:
    bounds = schema()["properties"]["server"]["properties"][value]
    own = Settings.model_json_schema()["properties"][setting]
    assert bounds["minimum"] >= own["minimum"]
    assert bounds.get("maximum") == own.get("maximum")


def test_a_shard_is_called_as_registries_call_it() -> None:
    assert schema()["properties"]["controllers"]["properties"]["shards"]["items"]["pattern"] == SHARD_PATTERN


def test_every_value_has_a_comment() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    top = [number for number, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    assert [lines[number] for number in top if not _is_explained(lines, number)] == []


def _keys(value: Any, schema: Any, path: str = "") -> set[str]:
    """Paths of values, down to those whose keys people choose."""
    if not isinstance(value, dict) or schema.get("additionalProperties") is not False:
        return {path}
    return {path}.union(
        *(_keys(inner, schema["properties"].get(key, {}), f"{path}.{key}") for key, inner in value.items())
    )


def _keys_of_schema(schema: Any, path: str = "") -> set[str]:
    if schema.get("additionalProperties") is not False:
        return {path}
    return {path}.union(*(_keys_of_schema(inner, f"{path}.{key}") for key, inner in schema["properties"].items()))


def _is_explained(lines: list[str], number: int) -> bool:
    """Whether a comment stands above a value, or above the first of its group or inside it."""
    while number and lines[number - 1].strip() and not lines[number - 1].startswith("#"):
        number -= 1
    return bool(number) and lines[number - 1].startswith("#")
