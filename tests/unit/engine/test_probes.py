"""Probes: which are made, and what is read out of them."""

from __future__ import annotations

import pytest

from tenantry.engine.observe import Observed
from tenantry.engine.probes import Sighting, plurals_of, probes_for, refusal, sighting
from tenantry.names import (
    CONFLICT_POLICY_ANNOTATION,
    MANAGED_BY_LABEL,
    OWNER_ANNOTATION,
    RESOURCE_ID_ANNOTATION,
    TENANT_LABEL,
)
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
        ("Box", "boxes"),
        ("Switch", "switches"),
        ("Bush", "bushes"),
        ("Quiz", "quizes"),
        ("Sheep", "sheep"),
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


ANOTHER_NAME = "give it another name in the template, or delete"
WAY_OUT = f"delete it, set conflictPolicy: Force, or annotate it with {CONFLICT_POLICY_ANNOTATION}=Force"
OF_BRAVO = f"belongs to Tenant bravo: {ANOTHER_NAME} it"


@pytest.mark.parametrize(
    ("found", "force", "told"),
    [
        (THEIRS, False, f"exists and was not made for this tenant: {WAY_OUT}"),
        (THEIRS, True, ""),
        (THEIRS._replace(forced=True), False, ""),
        (THEIRS._replace(holder="acme"), False, ""),
        (THEIRS._replace(holder="acme", controller="Tenant acme"), False, ""),
        (THEIRS._replace(holder="bravo"), True, OF_BRAVO),
        (THEIRS._replace(holder="bravo", controller="Tenant bravo"), True, OF_BRAVO),
        (
            THEIRS._replace(holder="bravo", orphaned=True),
            False,
            f"exists and was retained from Tenant bravo: {WAY_OUT}",
        ),
        (THEIRS._replace(holder="bravo", orphaned=True), True, ""),
        (
            THEIRS._replace(holder="bravo", orphaned=True, controller="Tenant bravo"),
            True,
            f"exists and is controlled by Tenant bravo: {ANOTHER_NAME} that",
        ),
        (THEIRS._replace(controller="App a"), True, f"exists and is controlled by App a: {ANOTHER_NAME} that"),
    ],
)
def test_who_may_have_what_was_found(found: Sighting, force: bool, told: str) -> None:
    assert refusal(found, KEY, "acme", force=force) == (f"ConfigMap shop/config {told}" if told else "")


def test_what_a_probe_does_not_tell_counts_as_nothing() -> None:
    found = made() | {"status": {"exists": True, "tenant": None}}
    assert sighting(KEY, observed(found), "acme") == THEIRS


def test_what_may_be_had_says_so() -> None:
    found = made() | {"status": {"exists": True, "forced": True}}
    assert sighting(KEY, observed(found), "acme") == THEIRS._replace(forced=True)


def test_nothing_is_found_of_what_has_no_name_or_of_another_object() -> None:
    found = observed(made() | {"status": {"exists": True}})
    assert sighting(None, found, "acme") is None
    assert sighting(ObjectKey("ConfigMap.v1", "shop/other"), found, "acme") is None
    assert sighting(KEY, found, "bravo") is None


def test_a_probe_of_a_cluster_scoped_object_names_no_namespace() -> None:
    controller = {"spec": {"childResources": [{"apiVersion": "v1", "resource": "namespaces"}]}}
    (probe,) = probes_for([ObjectKey("Namespace.v1", "shop")], controller, observed(), "acme").values()
    assert probe["spec"] == {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces", "name": "shop"}


def test_a_probe_carries_marks_of_its_tenant_and_of_no_entry() -> None:
    metadata = made()["metadata"]
    assert metadata["labels"] == {MANAGED_BY_LABEL: "tenantry", TENANT_LABEL: "acme"}
    assert metadata["annotations"] == {RESOURCE_ID_ANNOTATION: "-/probe", OWNER_ANNOTATION: "acme"}
    assert metadata["name"].startswith("acme-")


def test_a_kind_of_a_group_is_called_by_its_kind() -> None:
    key = ObjectKey("Widget.example.com/v1", "shop/w")
    controller = {"spec": {"childResources": [{"apiVersion": "example.com/v1", "resource": "widgets"}]}}
    (probe,) = probes_for([key], controller, observed(), "acme").values()
    assert (probe["spec"]["kind"], probe["spec"]["apiVersion"]) == ("Widget", "example.com/v1")
    assert refusal(THEIRS, key, "acme", force=False).startswith("Widget shop/w exists")


def test_only_objects_of_listed_resources_get_a_probe() -> None:
    missing = [KEY, ObjectKey("Secret.v1", "shop/password")]
    assert [one["spec"]["kind"] for one in probes_for(missing, CONTROLLER, observed(), "acme").values()] == [
        "ConfigMap"
    ]


def test_nothing_missing_needs_no_probe() -> None:
    assert probes_for([], CONTROLLER, observed(), "acme") == {}


@pytest.mark.parametrize("controller", [{}, {"spec": None}, {"spec": {"childResources": None}}])
def test_a_controller_that_lists_nothing_has_no_plurals(controller: JSONObject) -> None:
    assert plurals_of(controller, ["ConfigMap.v1"]) == {}


def test_a_resource_of_another_version_is_another_one() -> None:
    assert plurals_of(CONTROLLER, ["ConfigMap.example.com/v1"]) == {}
