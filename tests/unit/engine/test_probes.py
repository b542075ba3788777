"""Probes: which are made, and what is read out of them."""

from __future__ import annotations

import pytest

from tenantry.engine.observe import Observed
from tenantry.engine.probes import Sighting, plurals_of, probes_for, refusal, sighting
from tenantry.protocol import JSONObject, ObjectKey
from tenantry.server.checks import check_children

KEY = ObjectKey("ConfigMap.v1", "shop/config")
PROBE = "TenantProbe.tenantry.io/v1"
CONTROLLER: JSONObject = {"spec": {"childResources": [{"apiVersion": "v1", "resource": "configmaps"}]}}
THEIRS = Sighting("", False, False, "")


def observed(*probes: JSONObject) -> Observed:
    return Observed.from_children({PROBE: {probe["metadata"]["name"]: probe for probe in probes}, "ConfigMap.v1": {}})


def made(key: ObjectKey = KEY) -> JSONObject:
    (probe,) = probes_for([key], CONTROLLER, observed(), "acme").values()
    return probe


def test_a_probe_is_a_child_like_any_other() -> None:
    assert check_children([made()], listed={PROBE}, parent_uid="uid") == {(PROBE, made()["metadata"]["name"])}


def test_a_probe_names_the_object_that_it_looks_for() -> None:
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps", "namespace": "shop", "name": "config"}
    assert made()["spec"] == wanted


def test_objects_of_one_name_have_probes_of_different_names() -> None:
    assert made()["metadata"]["name"] != made(ObjectKey("ConfigMap.v1", "other/config"))["metadata"]["name"]


def test_without_the_controller_of_probes_there_are_none() -> None:
    assert probes_for([KEY], CONTROLLER, Observed.from_children({"ConfigMap.v1": {}}), "acme") == {}


def test_an_object_whose_resource_the_controller_does_not_list_gets_no_probe() -> None:
    assert probes_for([KEY], {"spec": {}}, observed(), "acme") == {}


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("ConfigMap", "configmaps"),
        ("Ingress", "ingresses"),
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("Endpoints", "endpoints"),
    ],
)
def test_kinds_and_resources_belong_together(kind: str, resource: str) -> None:
    controller = {"spec": {"childResources": [{"apiVersion": "x/v1", "resource": resource}]}}
    assert plurals_of(controller, [f"{kind}.x/v1"]) == {f"{kind}.x/v1": resource}


def test_what_a_probe_found_is_read_from_its_status() -> None:
    found = made() | {"status": {"exists": True, "tenant": "bravo", "orphaned": True, "controller": "App a"}}
    assert sighting(KEY, observed(found), "acme") == Sighting("bravo", True, False, "App a")


@pytest.mark.parametrize("status", [{}, {"exists": False}])
def test_a_probe_that_found_nothing_tells_nothing(status: JSONObject) -> None:
    assert sighting(KEY, observed(made() | {"status": status}), "acme") is None


@pytest.mark.parametrize(
    ("found", "force", "told"),
    [
        (THEIRS, False, "ConfigMap shop/config exists and was not made for this tenant: delete it, set conflictPolicy"),
        (THEIRS, True, ""),
        (THEIRS._replace(forced=True), False, ""),
        (THEIRS._replace(holder="acme"), False, ""),
        (THEIRS._replace(holder="acme", controller="Tenant acme"), False, ""),
        (THEIRS._replace(holder="bravo"), True, "ConfigMap shop/config belongs to Tenant bravo: give it another name"),
        (THEIRS._replace(holder="bravo", controller="Tenant bravo"), True, "belongs to Tenant bravo"),
        (THEIRS._replace(holder="bravo", orphaned=True), False, "was retained from Tenant bravo"),
        (THEIRS._replace(holder="bravo", orphaned=True), True, ""),
        (THEIRS._replace(holder="bravo", orphaned=True, controller="Tenant bravo"), True, "controlled by Tenant bravo"),
        (THEIRS._replace(controller="App a"), True, "exists and is controlled by App a: give it another name"),
    ],
)
def test_who_may_have_what_was_found(found: Sighting, force: bool, told: str) -> None:
    why = refusal(found, KEY, "acme", force=force)
    assert why.startswith(told) if told.startswith("ConfigMap") else told in why
    assert bool(told) is bool(why)
