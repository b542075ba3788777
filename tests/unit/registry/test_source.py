"""The real way to the rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tenantry import registry
from tenantry.kinds import TenantRegistrySpec
from tenantry.protocol import CustomizeRequest, JSONObject
from tenantry.registry.polling import PollFailed
from tenantry.registry.source import poll
from tests.unit.registry.world import World


def spec(path: Path) -> TenantRegistrySpec:
    return TenantRegistrySpec.model_validate(
        {
            "source": {"sqlite": {"path": str(path), "table": "shops"}},
            "valueMappings": {"uid": "id", "activate": "active"},
            "extraValueMappings": {"url": "address", "again": "id"},
        }
    )


def test_the_mapped_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "shops.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table shops (id integer, active text, address text, secret text)")
        connection.execute("insert into shops values (1, 'yes', 'https://a.example', 'not mapped')")
    assert poll(spec(path)) == [{"id": 1, "active": "yes", "address": "https://a.example"}]


def test_a_source_that_cannot_be_read_is_a_failed_poll(tmp_path: Path) -> None:
    with pytest.raises(PollFailed, match="does not exist"):
        poll(spec(tmp_path / "none.db"))


def test_the_sync_hook_of_the_package_reads_the_real_source() -> None:
    assert isinstance(registry.sync, partial)
    assert registry.sync.keywords == {"poll": poll}


def test_customize_asks_for_all_templates_and_the_anchor() -> None:
    request: JSONObject = {"controller": {}, "parent": World().parent}
    assert [rule.to_json() for rule in registry.customize(CustomizeRequest.parse(request)).related] == [
        {"apiVersion": "tenantry.io/v1", "resource": "tenanttemplates"},
        {"apiVersion": "v1", "resource": "namespaces", "names": ["kube-system"]},
    ]
