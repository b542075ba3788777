"""New Tenants begin with the finalizer that Metacontroller would put on them in two more requests."""

from __future__ import annotations

from datetime import UTC, datetime

from tenantry import slice as slices
from tenantry.cli.parents import FINALIZER, shipped
from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tenantry.kinds import TENANT
from tenantry.names import SLICE_CONTROLLER, TENANT_CONTROLLER, controller_of, finalizer_of
from tenantry.protocol import JSONObject, SyncRequest
from tests.unit.slice.test_slice import parent, row

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
OURS = finalizer_of(controller_of(""))
OTHERS = "example.com/waits-for-somebody"


def made(asked: JSONObject, *observed: JSONObject, controller: str = SLICE_CONTROLLER) -> JSONObject:
    """The Tenant that a slice makes of a row."""
    body = {
        "controller": {"metadata": {"name": controller}, "spec": {"childResources": []}},
        "parent": parent(asked),
        "children": {TENANT.type_key: {found["metadata"]["name"]: found for found in observed}},
        "related": {},
        "finalizing": False,
    }
    return slices.sync(SyncRequest.parse(body), now=NOW).children[0]


def finalizers(tenant: JSONObject) -> list[str] | None:
    found: list[str] | None = tenant["metadata"].get("finalizers")
    return found


def applied(tenant: JSONObject, *finalizers: str) -> JSONObject:
    """A Tenant as an API server has it after it was applied; these finalizers are on it now."""
    fields: JSONObject = {"f:labels": {f"f:{key}": {} for key in tenant["metadata"]["labels"]}}
    if "finalizers" in tenant["metadata"]:
        fields["f:finalizers"] = {".": {}, f'v:"{OURS}"': {}}
    entry = {"manager": "metacontroller", "operation": "Apply", "fieldsV1": {"f:metadata": fields, "f:spec": {}}}
    return {**tenant, "metadata": {**tenant["metadata"], "managedFields": [entry], "finalizers": list(finalizers)}}


def test_the_names_are_those_of_the_controllers_that_we_ship() -> None:
    controllers = [found for found in shipped("compositecontrollers") if "metadata" in found]
    names = {controller["metadata"]["name"] for controller in controllers}
    assert {SLICE_CONTROLLER, TENANT_CONTROLLER} <= names
    assert OURS.startswith(FINALIZER)


def test_a_new_tenant_has_the_finalizer_of_the_permanent_controller() -> None:
    assert finalizers(made(row("acme"))) == [OURS]


def test_it_keeps_what_it_began_with() -> None:
    tenant = made(row("acme"))
    assert finalizers(made(row("acme"), applied(tenant, OURS, OTHERS))) == [OURS]


def test_a_finalizer_that_was_taken_off_does_not_come_back() -> None:
    tenant = made(row("acme"))
    assert finalizers(made(row("acme"), applied(tenant, OTHERS))) is None


def test_a_finalizer_that_metacontroller_put_on_is_its_own() -> None:
    tenant = made(row("acme"), controller="somebody-elses-name")
    assert finalizers(made(row("acme"), applied(tenant, OURS))) is None


def test_a_tenant_that_leaves_for_a_shard_keeps_it_until_the_permanent_controller_lets_go() -> None:
    tenant = made(row("acme"))
    assert finalizers(made(row("acme", shard="gold"), applied(tenant, OURS))) == [OURS]


def test_a_tenant_that_begins_in_a_shard_has_none() -> None:
    assert finalizers(made(row("acme", shard="gold"))) is None


def test_a_slice_controller_of_another_name_gives_none() -> None:
    assert finalizers(made(row("acme"), controller="somebody-elses-name")) is None


def test_where_lists_are_replaced_as_a_whole_those_of_others_are_sent_too() -> None:
    tenant = applied(made(row("acme")), OURS, OTHERS)
    tenant["metadata"] |= {"managedFields": [], "annotations": {LAST_APPLIED_ANNOTATION: "{}"}}
    assert finalizers(made(row("acme"), tenant)) == [OURS, OTHERS]
