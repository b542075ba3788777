"""Objects as people mistype them: each is told of, and none keeps the others from being looked at."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.validation import findings_together

TEMPLATE: dict[str, Any] = {
    "apiVersion": "tenantry.io/v1",
    "kind": "TenantTemplate",
    "metadata": {"name": "webapp"},
    "spec": {"registry": "shops", "resources": []},
}
REGISTRY: dict[str, Any] = {**TEMPLATE, "kind": "TenantRegistry", "metadata": {"name": "shops"}, "spec": {}}
STRANGE: tuple[Any, ...] = (None, 1, "x", [1], {"a": {}}, [[]])


@pytest.mark.parametrize("value", STRANGE, ids=repr)
@pytest.mark.parametrize("field", ["metadata", "spec"])
@pytest.mark.parametrize("kind", ["TenantTemplate", "TenantRegistry", "Tenant"])
def test_a_part_that_is_no_mapping_is_a_problem_of_this_object_alone(kind: str, field: str, value: Any) -> None:
    found = findings_together([{**TEMPLATE, "kind": kind, field: value}, REGISTRY])
    assert [finding for finding in found[0] if not finding.warning]
    assert [finding.path for finding in found[1]] == [finding.path for finding in findings_together([REGISTRY])[0]]


@pytest.mark.parametrize("value", STRANGE, ids=repr)
@pytest.mark.parametrize("field", ["name", "registry", "extraValueMappings", "secretValueMappings"])
def test_a_strange_name_or_mapping_stops_nothing(field: str, value: Any) -> None:
    named = {**TEMPLATE, "metadata": {"name": value}} if field == "name" else TEMPLATE
    registry = {**REGISTRY, "metadata": {"name": value}} if field == "name" else {**REGISTRY, "spec": {field: value}}
    template = {**named, "spec": {**TEMPLATE["spec"], field: value}}
    assert len(findings_together([template, registry])) == 2
