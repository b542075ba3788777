"""An object changes hands in one patch."""

from __future__ import annotations

from typing import Any

from tenantry.cli.migrate.lynq.takeover.marks import NodeName, handing_over, letting_go, node_of
from tenantry.protocol import JSONObject

OWNER = {"apiVersion": "operator.lynq.sh/v1", "kind": "LynqNode", "name": "acme-web", "uid": "1", "controller": True}
OTHER = {"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": "2"}
TRACKING = {"lynq.sh/node": "acme-web", "lynq.sh/node-namespace": "lynq"}
OURS = {"app.kubernetes.io/managed-by": "tenantry", "tenantry.io/tenant": "shops.acme"}


def live(**metadata: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "lynq", **metadata}}


def applied(fields: JSONObject, manager: str = "lynq-operator", operation: str = "Apply", **more: str) -> JSONObject:
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def metadata_of(patch: JSONObject | None) -> JSONObject:
    assert patch is not None
    metadata: JSONObject = patch["metadata"]
    return metadata


def test_an_owner_reference_tells_the_node() -> None:
    assert node_of(live(ownerReferences=[OTHER, OWNER])) == NodeName("lynq", "acme-web")


def test_labels_tell_the_node() -> None:
    assert node_of(live(namespace="acme", labels=TRACKING)) == NodeName("lynq", "acme-web")


def test_any_other_object_has_no_node() -> None:
    assert node_of(live(ownerReferences=[OTHER], labels={"app": "x"})) is None


def test_marks_change_and_other_owners_stay() -> None:
    found = live(ownerReferences=[OTHER, OWNER], labels={"app": "x"}, annotations={"lynq.sh/applied-hash": "0"})
    assert metadata_of(handing_over(found, "shops.acme", {})) == {
        "labels": OURS,
        "annotations": {"lynq.sh/applied-hash": None, "tenantry.io/owner": "shops.acme"},
        "ownerReferences": [OTHER],
    }


def test_a_mark_that_the_template_sets_itself_stays() -> None:
    found = live(labels={"lynq.sh/uid": "acme", **TRACKING})
    labels = metadata_of(handing_over(found, "shops.acme", live(labels={"lynq.sh/uid": "acme"})))["labels"]
    assert labels == dict.fromkeys(TRACKING) | OURS


def test_what_lynq_applied_counts_as_applied_by_metacontroller() -> None:
    fields = {
        "f:data": {"f:a": {}},
        "f:metadata": {"f:ownerReferences": {'k:{"uid":"1"}': {}}, "f:annotations": {"f:lynq.sh/applied-hash": {}}},
    }
    others = applied({"f:data": {"f:b": {}}}, "kubectl", "Update")
    status = applied({"f:status": {}}, subresource="status")
    found = live(
        ownerReferences=[OWNER],
        annotations={"lynq.sh/applied-hash": "0"},
        managedFields=[applied(fields), others, status],
    )
    managed = metadata_of(handing_over(found, "shops.acme", {}))["managedFields"]
    marks: JSONObject = {
        "f:labels": {f"f:{key}": {} for key in OURS},
        "f:annotations": {"f:tenantry.io/owner": {}},
    }
    assert managed == [others, status, applied({"f:data": {"f:a": {}}, "f:metadata": marks}, "metacontroller")]


def test_two_entries_become_one() -> None:
    found = live(
        managedFields=[
            applied({"f:data": {"f:a": {}}}, "metacontroller"),
            applied({"f:data": {"f:b": {}}, "f:metadata": {"f:labels": {".": {}}}}, operation="Update"),
        ]
    )
    (entry,) = metadata_of(handing_over(found, "shops.acme", {}))["managedFields"]
    assert (entry["manager"], entry["operation"], entry["fieldsV1"]["f:data"]) == (
        "metacontroller", "Apply", {"f:a": {}, "f:b": {}},
    )  # fmt: skip


def test_what_was_handed_over_needs_no_patch() -> None:
    found = live(labels=OURS, annotations={"tenantry.io/owner": "shops.acme"}, managedFields=[])
    assert handing_over(found, "shops.acme", {}) is None


def test_what_is_let_go_loses_marks_alone() -> None:
    found = live(ownerReferences=[OWNER], labels={"app": "x", **TRACKING})
    assert letting_go(found) == {"metadata": {"ownerReferences": None, "labels": dict.fromkeys(TRACKING)}}
