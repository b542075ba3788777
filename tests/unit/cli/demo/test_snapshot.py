"""What the demo sees of a change."""

from __future__ import annotations

from tenantry.cli.demo.snapshot import (
    Difference,
    ObjectName,
    Snapshot,
    changed_fields,
    compare,
    object_name,
    take_snapshot,
)
from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.store import InProcessCluster

CONFIG = ObjectName("shops.acme", "ConfigMap", "acme", "web")


def config(plan: str, *, uid: str = "1") -> Snapshot:
    return {CONFIG: {"kind": "ConfigMap", "metadata": {"name": "web", "uid": uid}, "data": {"plan": plan}}}


def test_a_new_object_was_created() -> None:
    assert compare({}, config("basic")) == Difference(created=frozenset([CONFIG]))


def test_an_object_that_is_gone_was_deleted() -> None:
    assert compare(config("basic"), {}) == Difference(deleted=frozenset([CONFIG]))


def test_an_object_with_other_content_was_changed() -> None:
    difference = compare(config("basic"), config("pro"))
    assert difference.changed == {CONFIG}
    assert difference.details == {CONFIG: ("data.plan: basic → pro",)}


def test_an_object_with_another_uid_was_deleted_and_created() -> None:
    assert compare(config("basic"), config("basic", uid="2")) == Difference(
        created=frozenset([CONFIG]), deleted=frozenset([CONFIG])
    )


def test_what_stayed_is_no_difference() -> None:
    assert compare(config("basic"), config("basic")) == Difference()


def test_changed_fields_are_told_by_path() -> None:
    before = {"spec": {"containers": [{"image": "shop:1"}], "paused": True}}
    after = {"spec": {"containers": [{"image": "shop:2"}], "replicas": 2}}
    assert changed_fields(before, after) == (
        "spec.containers[0].image: shop:1 → shop:2",
        "spec.paused: True → nothing",
        "spec.replicas: nothing → 2",
    )


def test_our_own_annotations_are_not_told() -> None:
    before = {"metadata": {"annotations": {"tenantry.io/content-hash": "a"}}}
    after = {"metadata": {"annotations": {"tenantry.io/content-hash": "b"}}}
    assert changed_fields(before, after) == ()


def test_a_tenant_belongs_to_itself() -> None:
    tenant = {"apiVersion": API_VERSION, "kind": "Tenant", "metadata": {"name": "shops.acme"}}
    assert object_name(tenant) == ObjectName("shops.acme", "Tenant", "", "shops.acme")


def test_an_object_belongs_to_the_tenant_of_its_label() -> None:
    labelled = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "acme"}}
    labelled["metadata"] = {**metadata_of(labelled), "labels": {TENANT_LABEL: "shops.acme"}}
    assert object_name(labelled) == CONFIG


def test_what_kubernetes_puts_into_a_namespace_is_left_out() -> None:
    cluster = InProcessCluster()
    try:
        kind = cluster.resource_type("v1", kind="Namespace")
        before = take_snapshot(cluster)
        cluster.create(
            kind, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "acme"}}, field_manager="somebody"
        )
        cluster.settle()
        assert compare(before, take_snapshot(cluster)).created == {ObjectName("", "Namespace", "", "acme")}
    finally:
        cluster.close()


def metadata_of(obj: JSONObject) -> JSONObject:
    metadata: JSONObject = obj["metadata"]
    return metadata
