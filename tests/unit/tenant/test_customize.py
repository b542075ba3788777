"""What a Tenant reads beside its objects: what its spec names, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry import tenant
from tenantry.protocol import CustomizeRequest, JSONObject
from tests.support.tenancy import Tenancy


def rules(spec: Any, **metadata: Any) -> list[JSONObject]:
    parent = {"metadata": {"name": "shops.acme", **metadata}, "spec": spec}
    return [rule.to_json() for rule in tenant.customize(CustomizeRequest({}, parent)).related]


def spec(*templates: JSONObject) -> JSONObject:
    return {**Tenancy().spec, "templates": list(templates)}


def test_a_pinned_tenant_reads_its_revisions() -> None:
    assert rules(spec({"name": "b", "revision": "b-2"}, {"name": "a", "revision": "a-1"})) == [
        {"apiVersion": "tenantry.io/v1", "resource": "tenanttemplaterevisions", "names": ["a-1", "b-2"]}
    ]


def test_a_tenant_without_revisions_reads_its_templates() -> None:
    assert rules(spec({"name": "b"}, {"name": "a"})) == [
        {"apiVersion": "tenantry.io/v1", "resource": "tenanttemplates", "names": ["a", "b"]}
    ]


def test_a_tenant_of_both_kinds_reads_both() -> None:
    found = rules(spec({"name": "b"}, {"name": "a", "revision": "a-1"}))
    assert [rule["names"] for rule in found] == [["a-1"], ["b"]]


@pytest.mark.parametrize("wrong", [None, {}, {"uid": 1}, {"templates": "x"}])
def test_an_invalid_spec_reads_nothing(wrong: Any) -> None:
    assert rules(wrong) == []


def test_a_tenant_without_templates_reads_nothing_rather_than_everything() -> None:
    assert rules(spec()) == []


def test_nothing_but_the_spec_counts() -> None:
    one = rules(spec({"name": "a"}), labels={"x": "y"}, generation=1)
    assert one == rules(spec({"name": "a"}), annotations={"z": "z"}, generation=2)
