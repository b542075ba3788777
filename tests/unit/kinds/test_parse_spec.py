"""Specs as the hooks read them."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.kinds import TenantRegistrySpec, TenantSliceSpec, TenantTemplateSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.protocol import JSONObject


def registry(**spec: object) -> JSONObject:
    return {
        "spec": {
            "source": {"sqlite": {"path": "/data/shops.db", "table": "shops"}},
            "valueMappings": {"uid": "id", "activate": "active"},
            **spec,
        }
    }


def test_what_is_left_out_has_its_default() -> None:
    spec = parse_spec(TenantRegistrySpec, registry())
    assert (spec.buckets, spec.deletion_policy, spec.source.sync_interval) == (64, "Retain", "30s")


def test_a_field_of_a_later_version_is_ignored() -> None:
    assert parse_spec(TenantRegistrySpec, registry(rollout={"maxSkew": "10%"})).buckets == 64


def test_a_parent_without_spec_is_invalid() -> None:
    with pytest.raises(InvalidSpec, match="until then everything stays as it is"):
        parse_spec(TenantRegistrySpec, {"metadata": {"name": "shops"}})


def test_every_wrong_field_is_named_as_it_is_written() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_spec(TenantRegistrySpec, registry(buckets=0, valueMappings={"uid": "id"}))
    assert "spec.buckets: " in str(caught.value)
    assert "spec.valueMappings.activate: " in str(caught.value)


def test_nothing_is_converted() -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.buckets"):
        parse_spec(TenantRegistrySpec, registry(buckets="64"))


def test_an_item_of_a_list_is_named_by_its_position() -> None:
    with pytest.raises(InvalidSpec, match=r"spec\.resources\.0\.id"):
        parse_spec(TenantTemplateSpec, {"spec": {"resources": [{"id": "Web", "object": {}}]}})


def test_rows_of_a_slice_are_taken_as_they_are() -> None:
    rows: list[Any] = [{"uid": "acme", "values": {"plan": "pro"}}]
    spec = parse_spec(
        TenantSliceSpec,
        {
            "spec": {
                "registry": "shops",
                "buckets": 64,
                "bucket": 0,
                "sequence": 1,
                "anchor": "7d1f",
                "selector": {"matchLabels": {"tenantry.io/registry": "shops"}},
                "rows": rows,
            }
        },
    )
    assert list(spec.rows) == rows
