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
from tenantry.registry.polling import Errand, PollFailed
from tenantry.registry.source import poll, probe
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
    assert poll(Errand("shops", spec(path))).rows == [{"id": 1, "active": "yes", "address": "https://a.example"}]


def test_a_source_that_cannot_be_read_is_a_failed_poll(tmp_path: Path) -> None:
    with pytest.raises(PollFailed, match="does not exist"):
        poll(Errand("shops", spec(tmp_path / "none.db")))


def test_the_sync_hook_of_the_package_reads_the_real_source() -> None:
    assert isinstance(registry.sync, partial)
    assert registry.sync.keywords == {"poll": poll, "probe": probe}


def test_customize_asks_for_the_secrets_of_the_source_by_namespace() -> None:
    parent = World().parent
    secret = {"namespace": "apps", "name": "tls"}
    parent["spec"]["source"] = {
        "mysql": {
            "host": "db",
            "username": "reader",
            "database": "shops",
            "table": "shops",
            "passwordRef": {"namespace": "data", "name": "password"},
            "tls": {"mode": "verify-full", "caRef": secret, "clientCertificateRef": secret},
        }
    }
    rules = registry.customize(CustomizeRequest.parse({"controller": {}, "parent": parent})).related
    assert [rule.to_json() for rule in rules[2:]] == [
        {"apiVersion": "v1", "resource": "secrets", "namespace": "apps", "names": ["tls"]},
        {"apiVersion": "v1", "resource": "secrets", "namespace": "data", "names": ["password"]},
    ]


def test_customize_of_a_spec_that_is_not_valid_asks_for_what_every_registry_needs() -> None:
    parent = World().parent
    parent["spec"]["source"] = {}
    assert len(registry.customize(CustomizeRequest.parse({"controller": {}, "parent": parent})).related) == 2


def test_customize_asks_for_all_templates_and_the_anchor() -> None:
    request: JSONObject = {"controller": {}, "parent": World().parent}
    assert [rule.to_json() for rule in registry.customize(CustomizeRequest.parse(request)).related] == [
        {"apiVersion": "tenantry.io/v1", "resource": "tenanttemplates"},
        {"apiVersion": "v1", "resource": "namespaces", "names": ["kube-system"]},
    ]
