"""The fleet as kube-state-metrics shows it: every metric comes out of objects as hooks leave them."""

from __future__ import annotations

import pytest

from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject
from tests.monitoring.kube_state import Family, families, samples
from tests.monitoring.objects import OBJECTS

EACH_FAMILY = pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
LABELS_OF_TENANTS = {"tenant", "registry"}


def schema_of(family: Family) -> JSONObject:
    """The fields of the kind that a metric is about."""
    (kind,) = [kind for kind in KINDS if kind.name == family.resource["groupVersionKind"]["kind"]]
    schema: JSONObject = custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def field_at(schema: JSONObject, path: list[str]) -> JSONObject | None:
    """The schema of a field; nothing if the kind has no such field."""
    found: JSONObject | None = schema
    for step in path:
        if found is None:
            return None
        if found.get("type") == "array":
            found = found["items"]
            if step.startswith("["):
                continue
        found = (found or {}).get("properties", {}).get(step)
    return found


@EACH_FAMILY
def test_a_metric_comes_out_of_a_field_that_there_is(family: Family) -> None:
    option = family.option
    found = field_at(schema_of(family), option["path"])
    assert found is not None
    elements = found["items"] if found.get("type") == "array" else found
    for path in (option.get("valueFrom"), *option.get("labelsFromPath", {}).values()):
        assert path is None or field_at(elements, path) is not None


@EACH_FAMILY
def test_a_metric_of_each_tenant_has_no_labels_but_its_name_and_registry(family: Family) -> None:
    if family.resource["groupVersionKind"]["kind"] == "Tenant":
        assert set(family.labels) <= LABELS_OF_TENANTS


@EACH_FAMILY
def test_every_metric_is_shown_of_objects_as_hooks_leave_them(family: Family) -> None:
    assert [sample for sample in samples(OBJECTS) if sample.name == family.name] != []


def test_an_object_without_a_status_has_no_series() -> None:
    bare = [{key: value for key, value in obj.items() if key != "status"} for obj in OBJECTS]
    assert samples(bare) == []


def test_phases_are_those_of_rollouts() -> None:
    (family,) = [family for family in families() if family.name == "kube_tenantry_rollout_phase"]
    known = field_at(schema_of(family), ["status", "templates", "phase"])
    assert known is not None
    assert set(family.option["list"]) == set(known["enum"])
