"""The API server says in plain words what is wrong with shards and tags."""

from __future__ import annotations

import pytest

from tenantry.cli.parents import FINALIZER
from tenantry.kinds import TENANT, TENANT_REGISTRY
from tenantry.names import controller_of
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tests.apiserver.test_crds import refusal, registry, stored, tenant

BY_PRIORITY = {"byPriority": {"100": "gold", "0": "default", "-5": "late"}}
MAPPINGS = {"uid": "id", "activate": "active", "priority": "rank"}


@pytest.mark.parametrize("shards", [{"count": 4}, {"column": "region"}, BY_PRIORITY], ids=["count", "column", "class"])
def test_each_way_to_choose_a_shard_is_stored(cluster: ApiServer, shards: JSONObject) -> None:
    sent = registry("ways", shards={**shards, "maxMoves": 5}, valueMappings=MAPPINGS)
    assert stored(cluster, TENANT_REGISTRY, sent)["spec"]["shards"] == sent["spec"]["shards"]


@pytest.mark.parametrize(
    "shards",
    [{}, {"maxMoves": 3}, {"count": 2, "column": "region"}, {"count": 2, **BY_PRIORITY}, {"column": ""}],
    ids=["nothing", "nothing but a bound", "count and column", "count and priority", "an empty column"],
)
def test_a_shard_is_chosen_in_exactly_one_way(cluster: ApiServer, shards: JSONObject) -> None:
    message = refusal(cluster, TENANT_REGISTRY, registry(shards=shards, valueMappings=MAPPINGS))
    assert "set exactly one of count, column and byPriority" in message


def test_classes_need_a_priority(cluster: ApiServer) -> None:
    assert "need valueMappings.priority" in refusal(cluster, TENANT_REGISTRY, registry(shards=BY_PRIORITY))


@pytest.mark.parametrize("key", ["high", "1.5", "007", "", "9" * 12])
def test_a_class_begins_at_a_whole_number(cluster: ApiServer, key: str) -> None:
    wrong = registry(shards={"byPriority": {key: "gold"}}, valueMappings=MAPPINGS)
    assert "the keys of byPriority are whole numbers" in refusal(cluster, TENANT_REGISTRY, wrong)


@pytest.mark.parametrize("shard", ["Gold", "-gold", "a" * 27, "a_b", ""])
def test_a_shard_has_a_name_that_a_controller_can_have(cluster: ApiServer, shard: str) -> None:
    wrong = registry(shards={"byPriority": {"1": shard}}, valueMappings=MAPPINGS)
    assert "should match" in refusal(cluster, TENANT_REGISTRY, wrong)


def test_the_longest_name_of_a_shard_makes_a_finalizer_that_a_tenant_can_have(cluster: ApiServer) -> None:
    longest = "a" * 26
    stored(cluster, TENANT_REGISTRY, registry("longest", shards={"byPriority": {"1": longest}}, valueMappings=MAPPINGS))
    held = tenant("longest.acme")
    held["metadata"]["finalizers"] = [FINALIZER + controller_of(longest)]
    assert stored(cluster, TENANT, held)["metadata"]["finalizers"] == held["metadata"]["finalizers"]
    held["metadata"]["finalizers"] = [f"{FINALIZER}{controller_of(longest)}a"]
    assert "must be no more than 63" in refusal(cluster, TENANT, held)


@pytest.mark.parametrize("key", ["plan", "example.com/plan", "a.b-c.d/Plan_1.x", "x" * 63])
def test_a_tag_is_the_key_of_a_label(cluster: ApiServer, key: str) -> None:
    assert stored(cluster, TENANT_REGISTRY, registry("tags", tags={key: "plan"}))["spec"]["tags"][key] == "plan"


@pytest.mark.parametrize("key", ["", "a b", "-a", "a/b/c", "Example.com/plan", "x" * 64, "/plan", "example.com/"])
def test_what_is_no_label_is_no_tag(cluster: ApiServer, key: str) -> None:
    assert "a tag is the key of a label" in refusal(cluster, TENANT_REGISTRY, registry(tags={key: "plan"}))


@pytest.mark.parametrize("key", ["tenantry.io/shard", "tenantry.io/new", "app.kubernetes.io/managed-by"])
def test_tags_leave_our_own_labels_alone(cluster: ApiServer, key: str) -> None:
    assert "are Tenantry's own" in refusal(cluster, TENANT_REGISTRY, registry(tags={key: "plan"}))
