"""``tenantry migrate lynq --take-over``: objects pass from Lynq to Tenantry, and nobody notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.cli.migrate.lynq.takeover.marks import node_of
from tenantry.names import PAUSED_ANNOTATION
from tenantry.protocol import JSONObject
from tests.cluster.interruption import after_each_write
from tests.cluster.lynq import API_VERSION, Lynq, form_spec, labelled, placed
from tests.cluster.site import Site
from tests.scenarios.harness.objects import describe, owner_kinds
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo")
TAKE_OVER = ("migrate", "lynq", "--take-over")


@pytest.fixture
def lynq(site: Site, world: World) -> Iterator[Lynq]:
    """Two rows whose objects Lynq made. Its operator is not there any more."""
    found = Lynq(site, world)
    found.install()
    for uid in UIDS:
        world.shops.insert(uid)
        found.node(uid)
    yield found
    found.clear()


def take_over(lynq: Lynq, *arguments: str) -> int:
    return lynq.site.tenantry(*TAKE_OVER, "--yes", *arguments).exit_code


def converted(lynq: Lynq, folder: Path) -> list[JSONObject]:
    """The registry and the template that the hub and the form of the cluster become."""
    kinds = {"LynqHub": lynq.world.name, "LynqForm": lynq.world.template_name()}
    file = folder / "lynq.yaml"
    file.write_text(
        yaml.safe_dump_all(lynq.world.find(API_VERSION, kind, name, lynq.namespace) for kind, name in kinds.items())
    )
    told = json.loads(CliRunner().invoke(main, ["migrate", "lynq", str(file), "-o", "json"]).stdout)
    found: list[JSONObject] = told["items"]
    return found


def apply_ours(lynq: Lynq, registry: JSONObject, template: JSONObject) -> None:
    """Apply what was converted, over the table that this machine has instead of Lynq's."""
    lynq.world.apply(template)
    lynq.world.apply_registry(extraValueMappings=registry["spec"]["extraValueMappings"])


def start_tenantry(lynq: Lynq, folder: Path) -> None:
    apply_ours(lynq, *converted(lynq, folder))


def entries_of(lynq: Lynq, uid: str) -> set[tuple[str, str]]:
    """Phases and reasons of the entries of a row's Tenant."""
    resources = lynq.world.tenant(uid).get("status", {}).get("resources", [])
    return {(entry.get("phase", ""), entry.get("reason", "")) for entry in resources}


def deletions(lynq: Lynq) -> list[str]:
    """Objects of Lynq's that were deleted since this world began."""
    changes = lynq.world.backend.recorder.changes(lynq.world.belongs)
    names = {describe(obj) for uid in UIDS for obj in lynq.live(uid).values() if obj}
    return [str(change) for change in changes if change.type == "DELETED" and describe(change.after) in names]


def all_live(lynq: Lynq) -> list[JSONObject]:
    return [obj for uid in UIDS for obj in lynq.live(uid).values()]


def test_every_object_keeps_its_uid_and_becomes_its_tenants(lynq: Lynq, tmp_path: Path) -> None:
    before = lynq.uids(*UIDS)
    registry, template = converted(lynq, tmp_path)
    file = tmp_path / "tenantry.yaml"
    file.write_text(yaml.safe_dump(template))
    assert lynq.site.tenantry(*TAKE_OVER, str(file), "--yes").exit_code == 0
    apply_ours(lynq, registry, template)
    lynq.world.until_ready(*UIDS)
    lynq.world.eventually(lambda: all("Tenant" in owner_kinds(obj) for obj in all_live(lynq)), "Tenants own all")
    lynq.world.quiet()
    assert (lynq.uids(*UIDS), deletions(lynq), lynq.world.broken_hooks()) == (before, [], [])


def test_tenants_that_wait_for_their_objects_get_them(lynq: Lynq, tmp_path: Path) -> None:
    before = lynq.uids(*UIDS)
    start_tenantry(lynq, tmp_path)
    blocked = ("Blocked", "Conflict")
    lynq.world.eventually(lambda: blocked in entries_of(lynq, "acme"), "the objects are Lynq's still")
    assert take_over(lynq) == 0
    lynq.world.until_ready(*UIDS)
    assert (lynq.uids(*UIDS), deletions(lynq)) == (before, [])


def test_fields_that_lynq_applied_follow_the_template_from_then_on(lynq: Lynq, tmp_path: Path) -> None:
    start_tenantry(lynq, tmp_path)
    assert "old" in lynq.live("acme")["ConfigMap acme-config"]["data"]
    take_over(lynq)
    lynq.world.until_ready(*UIDS)
    lynq.world.eventually(lambda: "old" not in lynq.live("acme")["ConfigMap acme-config"]["data"], "the field is gone")
    lynq.world.shops.update("acme", plan="pro")
    lynq.world.eventually(
        lambda: lynq.live("acme")["ConfigMap acme-config"]["data"] == {"plan": "pro", "note": "none"}, "the row arrives"
    )


def test_nothing_of_lynqs_is_left(lynq: Lynq) -> None:
    assert take_over(lynq) == 0
    assert [lynq.left(kind) for kind in ("LynqNode", "LynqForm", "LynqHub")] == [[], [], []]
    for obj in all_live(lynq):
        metadata = obj["metadata"]
        marks = {*metadata.get("labels", {}), *metadata.get("annotations", {})}
        assert {mark for mark in marks if mark.startswith("lynq.sh/")} <= {"lynq.sh/uid"}
        assert {entry["manager"] for entry in metadata["managedFields"]} & {"lynq-operator"} == set()


def test_nothing_is_changed_without_yes(lynq: Lynq) -> None:
    before = lynq.versions(*UIDS)
    result = lynq.site.tenantry(*TAKE_OVER)
    assert (result.exit_code, lynq.versions(*UIDS), len(lynq.left("LynqNode"))) == (0, before, 2)
    assert f"takes: ConfigMap {lynq.namespace}/acme-config" in result.stdout


def test_the_plan_is_told_as_data(lynq: Lynq) -> None:
    told = lynq.site.told(*TAKE_OVER)
    acme = next(node for node in told["nodes"] if "acme" in node["node"])
    assert (acme["tenant"], len(acme["objects"]), acme["absent"], acme["problems"]) == (
        lynq.world.tenant_name("acme"), 5, [], [],
    )  # fmt: skip


def test_a_second_time_finds_nothing_to_do(lynq: Lynq) -> None:
    take_over(lynq)
    before = lynq.versions(*UIDS)
    assert (take_over(lynq), lynq.versions(*UIDS)) == (0, before)


def test_what_is_interrupted_after_each_of_its_writes_loses_nothing_and_ends(lynq: Lynq) -> None:
    before = lynq.uids(*UIDS)

    def everything_has_an_owner() -> None:
        assert lynq.uids(*UIDS) == before
        for uid in UIDS:
            wanted = {lynq.world.tenant_name(uid)}
            assert all(node_of(obj) is not None or {labelled(obj)} == wanted for obj in lynq.live(uid).values())

    result = after_each_write(lambda: lynq.site.tenantry(*TAKE_OVER, "--yes"), everything_has_an_owner)
    assert (result.exit_code, lynq.left("LynqNode")) == (0, [])
    assert [labelled(obj) for obj in lynq.live("bravo").values()] == [lynq.world.tenant_name("bravo")] * 5


def test_it_refuses_while_lynq_runs(lynq: Lynq) -> None:
    lynq.world.apply(lynq.deployment())
    before = lynq.versions(*UIDS)
    result = lynq.site.tenantry(*TAKE_OVER, "--yes")
    assert (result.exit_code, lynq.versions(*UIDS)) == (1, before)
    assert f"kubectl scale --namespace {lynq.namespace} deployment/controller-manager --replicas=0" in result.stderr


def kept_data(lynq: Lynq) -> JSONObject:
    found: JSONObject = lynq.live("acme")["ConfigMap acme-kept"]["data"]
    return found


def make_once(lynq: Lynq) -> None:
    """Let the form say of an object that it is made once."""
    spec = form_spec(lynq.world.name, lynq.world.name)
    spec["manifests"][0]["creationPolicy"] = "Once"
    lynq.own("LynqForm", lynq.world.template_name(), spec)


def test_an_object_that_is_made_once_is_taken_over_as_it_is(lynq: Lynq, tmp_path: Path) -> None:
    make_once(lynq)
    ours = converted(lynq, tmp_path)
    assert take_over(lynq) == 0
    apply_ours(lynq, *ours)
    lynq.world.until_ready(*UIDS)
    lynq.world.quiet()
    assert kept_data(lynq) == {"made": "by hand"}


def test_a_tenant_at_work_must_be_paused_for_objects_that_are_made_once(lynq: Lynq, tmp_path: Path) -> None:
    make_once(lynq)
    start_tenantry(lynq, tmp_path)
    lynq.world.eventually(lambda: all(entries_of(lynq, uid) for uid in UIDS), "the Tenants are at work")
    refused = lynq.site.tenantry(*TAKE_OVER, "--yes")
    assert (refused.exit_code, PAUSED_ANNOTATION in refused.stdout, len(lynq.left("LynqNode"))) == (1, True, 2)
    for uid in UIDS:
        lynq.world.edit(lynq.world.tenant(uid), {"metadata": {"annotations": {PAUSED_ANNOTATION: "true"}}})
    lynq.world.quiet()
    assert take_over(lynq) == 0
    for uid in UIDS:
        lynq.world.edit(lynq.world.tenant(uid), {"metadata": {"annotations": {PAUSED_ANNOTATION: None}}})
    lynq.world.until_ready(*UIDS)
    assert kept_data(lynq) == {"made": "by hand"}


def test_webhooks_without_a_server_are_no_obstacle(lynq: Lynq) -> None:
    rule = {"apiGroups": ["operator.lynq.sh"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["*"]}
    webhook: JSONObject = {"name": "hubs.lynq.sh", "clientConfig": {"url": "https://127.0.0.1:1/"}, "rules": [rule]}
    webhook |= {"sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 1}
    configuration = placed("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", {"name": "lynq"})
    lynq.world.apply(configuration | {"webhooks": [webhook]})
    assert take_over(lynq) == 0
    assert (lynq.left("LynqHub"), lynq.world.again(configuration)) == ([], {})


def test_an_object_that_no_template_makes_stays_and_is_nobodys(lynq: Lynq) -> None:
    node = lynq.world.find(API_VERSION, "LynqNode", f"acme-{lynq.world.template_name()}", lynq.namespace)
    metadata = {"name": "forgotten", "namespace": lynq.namespace}
    forgotten = lynq.make({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}, node)
    assert take_over(lynq) == 0
    now = lynq.world.again(forgotten)
    assert (now["metadata"]["uid"], owner_kinds(now), labelled(now)) == (forgotten["metadata"]["uid"], set(), "")


def test_a_node_whose_row_cannot_be_rendered_keeps_its_objects(lynq: Lynq) -> None:
    node = lynq.world.find(API_VERSION, "LynqNode", f"acme-{lynq.world.template_name()}", lynq.namespace)
    lynq.world.edit(node, {"metadata": {"annotations": {"lynq.sh/extra": "[broken"}}})
    assert take_over(lynq) == 1
    assert lynq.left("LynqNode") == [node["metadata"]["name"]]
    assert [labelled(obj) for obj in lynq.live("acme").values()] == [""] * 5
    assert owner_kinds(lynq.live("acme")["ConfigMap acme-config"]) == {"LynqNode"}
