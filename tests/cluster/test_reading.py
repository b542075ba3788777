"""The commands that look: ``trace`` and ``status``."""

from __future__ import annotations

import pytest

from tenantry.names import REGISTRY_LABEL
from tenantry.protocol import JSONObject
from tests.cluster.site import Site
from tests.scenarios.harness import objects
from tests.scenarios.harness.world import World


@pytest.fixture
def shops(site: Site, world: World) -> World:
    """One tenant that is Ready, and one of which an object cannot be rendered."""
    world.shops.insert("acme", note="7")
    world.shops.insert("bravo", note="none")
    counted = world.config_entry(id="counted", data={"count": "{{ note | int }}"})
    world.start(world.namespace_entry(), world.config_entry(), world.web_entry(dependsOn=["config"]), counted)
    world.until_ready("acme")
    world.eventually(lambda: objects.is_true(world.tenant("bravo"), "Degraded"), "bravo is Degraded")
    return world


def test_trace_finds_a_tenant_by_name_and_by_uid(site: Site, shops: World) -> None:
    name = shops.tenant_name("acme")
    assert site.told("trace", name)["name"] == name
    assert site.told("trace", "acme", "--registry", shops.name)["name"] == name


def test_trace_lists_entries_in_order_of_dependency(site: Site, shops: World) -> None:
    told = site.told("trace", shops.tenant_name("acme"))
    template = shops.template_name()
    ids = [entry["id"] for entry in told["entries"]]
    assert ids[0] == f"{template}/namespace"
    assert ids.index(f"{template}/config") < ids.index(f"{template}/web")
    assert told["entries"][ids.index(f"{template}/web")]["needs"] == [f"{template}/config"]
    assert {entry["phase"] for entry in told["entries"]} == {"Ready"}
    assert all(entry["created"] for entry in told["entries"])


def test_trace_shows_registry_slice_and_tenant_as_a_tree(site: Site, shops: World) -> None:
    result = site.tenantry("trace", shops.tenant_name("acme"))
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0].startswith(f"TenantRegistry {shops.name}, polled")
    assert f"TenantSlice {shops.name}-2-" in lines[1]
    assert f"Tenant {shops.tenant_name('acme')} uid acme Ready" in lines[2]


def test_trace_tells_why_a_tenant_is_not_ready(site: Site, shops: World) -> None:
    result = site.tenantry("trace", shops.tenant_name("bravo"))
    assert result.exit_code == 1
    assert f"Failed {shops.template_name()}/counted" in result.stdout


def test_trace_shows_events_of_a_tenants_objects(site: Site, shops: World) -> None:
    deployment = shops.deployment("acme")
    namespace = shops.tenant_namespace("acme")
    about = {"kind": "Deployment", "name": "web", "namespace": namespace, "uid": deployment["metadata"]["uid"]}
    event: JSONObject = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1", "namespace": namespace}}
    event |= {"involvedObject": about, "reason": "ScalingReplicaSet", "message": "Scaled up", "type": "Normal"}
    event |= {"lastTimestamp": "2026-01-01T00:00:00Z", "count": 2}
    shops.apply(event)
    entries = {entry["id"]: entry for entry in site.told("trace", shops.tenant_name("acme"))["entries"]}
    (found,) = entries[f"{shops.template_name()}/web"]["events"]
    assert (found["reason"], found["message"], found["count"]) == ("ScalingReplicaSet", "Scaled up", 2)


def test_trace_of_a_name_that_nearly_is_one_says_which_is_meant(site: Site, shops: World) -> None:
    result = site.tenantry("trace", shops.tenant_name("acmee"))
    assert (result.exit_code, f"Did you mean {shops.tenant_name('acme')}?" in result.stderr) == (2, True)


def test_trace_tells_which_registry_has_no_active_row(site: Site, shops: World) -> None:
    result = site.tenantry("trace", "nobody", "--registry", shops.name)
    assert f"TenantRegistry {shops.name} found no active row of it" in result.stderr


def test_trace_tells_why_there_is_no_tenant(site: Site, shops: World) -> None:
    shops.shops.insert("chili", active="perhaps")
    shops.eventually(lambda: shops.registry()["status"]["source"]["invalid"] == 1, "a row is invalid")
    result = site.tenantry("trace", "chili", "--registry", shops.name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "There is no Tenant of the name or uid chili. Its row in TenantRegistry" in result.stderr


def test_status_tells_of_source_tenants_and_the_first_that_fail(site: Site, shops: World) -> None:
    shops.eventually(lambda: shops.registry()["status"]["tenants"].get("ready") == 1, "the registry has counted")
    (told,) = site.told("status", shops.name)["registries"]
    assert told["source"] == f"sqlite {shops.shops.file} shops"
    assert (told["rows"], told["tenants"]["total"], told["tenants"]["ready"]) == (2, 2, 1)
    shops.shops.insert("chili", active="perhaps")
    shops.eventually(lambda: shops.registry()["status"]["source"]["invalid"] == 1, "a row is invalid")
    (unusable,) = site.told("status", shops.name)["registries"][0]["unusable"]
    assert (unusable["uid"], unusable["reason"]) == ("chili", "InvalidActivate")
    (failing,) = told["failing"]
    assert (failing["name"], failing["uid"]) == (shops.tenant_name("bravo"), "bravo")
    assert failing["message"]


def test_status_tells_how_many_tenants_are_yet_to_be_made(site: Site, shops: World) -> None:
    shops.apply_tenant("chili", template="none")  # It has the name that the row's Tenant would have.
    shops.shops.insert("chili")
    shops.eventually(lambda: _made_and_desired(shops) == (2, 3), "the others are made, and the row is in its slice")
    assert "1 of 3 tenants are yet to be made" in site.tenantry("status", shops.name).stdout


def _made_and_desired(world: World) -> tuple[int, int]:
    tenants = world.registry()["status"]["tenants"]
    return tenants.get("total", 0), tenants.get("desired", 0)


def test_status_names_tenants_without_a_registry_that_are_not_ready(site: Site, shops: World) -> None:
    shops.apply_tenant("by-hand", template="none")
    name = shops.tenant_name("by-hand")
    shops.eventually(lambda: "status" in shops.tenant("by-hand"), "the Tenant was looked at")
    assert REGISTRY_LABEL not in shops.tenant("by-hand")["metadata"].get("labels", {})
    assert name in [found["name"] for found in site.told("status")["failingWithoutRegistry"]]


def test_status_prints_a_table_without_colours_where_nobody_looks(site: Site, shops: World) -> None:
    result = site.tenantry("status")
    assert (result.exit_code, "\x1b" in result.stdout) == (0, False)
    assert result.stdout.splitlines()[0].split()[:3] == ["Registry", "Source", "Polled"]


def test_a_registry_that_is_not_there_is_told(site: Site) -> None:
    result = site.tenantry("status", "nowhere")
    assert (result.exit_code, "There is no TenantRegistry nowhere" in result.stderr) == (2, True)
