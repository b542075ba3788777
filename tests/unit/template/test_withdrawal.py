"""A template that is deleted leaves its objects, or takes them with it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest

from tenantry import template
from tenantry.kinds import TENANT, TENANT_REGISTRY, TENANT_TEMPLATE_REVISION
from tenantry.protocol import CustomizeRequest, JSONObject, SyncRequest, SyncResponse
from tenantry.server.call import call
from tests.unit.template.test_template import CONTROLLER, NOW, Cluster, entry


def deleted(policy: str = "Delete", *, registry: str = "shops") -> Cluster:
    """A template with two revisions that somebody deletes; its registry has not heard of it."""
    cluster = Cluster(entry("config"))
    cluster.parent["spec"].update(deletionPolicy=policy, registry=registry)
    cluster.sync()
    cluster.edit(entry("config", "two"))
    cluster.sync()
    cluster.sync()
    cluster.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:00:00Z"
    related: dict[str, dict[str, JSONObject]] = {TENANT_REGISTRY.type_key: {}, TENANT.type_key: {}}
    cluster.related |= {**related, TENANT_TEMPLATE_REVISION.type_key: {}}
    return cluster


def finalize(cluster: Cluster) -> SyncResponse:
    """One call of the finalize hook, checked by the server and applied."""
    body = cluster.body(finalizing=True)
    checked = call(CONTROLLER, "finalize", orjson.dumps(body), now=NOW)
    assert checked.status == 200, checked.body
    response = template.finalize(SyncRequest.parse(deepcopy(body)), now=NOW)
    cluster.apply(response)
    return response


def say(cluster: Cluster, state: str, *, in_use: bool) -> None:
    """What the registry says of the template."""
    use = [{"name": "webapp", "state": state, "inUse": in_use}]
    cluster.related[TENANT_REGISTRY.type_key] = {
        "shops": {"metadata": {"name": "shops"}, "status": {"templateUse": use}}
    }


def by_hand(cluster: Cluster, *, withdrawn: bool = False) -> None:
    """A Tenant that a person pinned to the template."""
    status = {"templates": [{"name": "webapp", "revision": "webapp-1", "withdrawn": withdrawn}]}
    tenant = {
        "metadata": {"name": "acme"},
        "spec": {"templates": [{"name": "webapp", "revision": "webapp-1"}]},
        "status": status,
    }
    cluster.related[TENANT.type_key] = {"acme": tenant}


def withdrawn(cluster: Cluster) -> list[bool]:
    return [found["spec"].get("withdrawn", False) for found in cluster.revisions.values()]


def message(response: SyncResponse) -> str:
    found: str = next(c["message"] for c in response.status["conditions"] if c["type"] == "Ready")
    return found


def test_retain_goes_at_once_and_withdraws_nothing() -> None:
    cluster = deleted("Retain")
    assert finalize(cluster).finalized
    assert withdrawn(cluster) == [False, False]


def test_delete_withdraws_every_revision() -> None:
    cluster = deleted()
    finalize(cluster)
    assert withdrawn(cluster) == [True, True]


def test_a_withdrawn_revision_keeps_its_content_and_its_name() -> None:
    cluster = deleted()
    before = deepcopy(cluster.revisions)
    finalize(cluster)
    for name, found in cluster.revisions.items():
        assert found["spec"] == {**before[name]["spec"], "withdrawn": True}


def test_it_waits_until_its_revisions_are_seen_to_be_withdrawn() -> None:
    cluster = deleted(registry="")
    assert not finalize(cluster).finalized
    assert finalize(cluster).finalized


@pytest.mark.parametrize(
    ("state", "in_use", "goes"), [("Withdrawing", False, True), ("Withdrawing", True, False), ("Current", False, False)]
)
def test_it_waits_for_its_registry(state: str, in_use: bool, goes: bool) -> None:
    cluster = deleted()
    say(cluster, state, in_use=in_use)
    finalize(cluster)
    assert finalize(cluster).finalized is goes


def test_a_registry_that_does_not_exist_has_none_of_its_objects() -> None:
    cluster = deleted()
    finalize(cluster)
    assert finalize(cluster).finalized


@pytest.mark.parametrize("missing", [TENANT.type_key, TENANT_REGISTRY.type_key, TENANT_TEMPLATE_REVISION.type_key])
def test_what_is_not_known_yet_is_waited_for(missing: str) -> None:
    cluster = deleted()
    finalize(cluster)
    del cluster.related[missing]
    response = finalize(cluster)
    assert not response.finalized
    assert response.resync_after_seconds > 0


@pytest.mark.parametrize("done", [False, True])
def test_it_waits_for_tenants_without_a_registry(done: bool) -> None:
    cluster = deleted(registry="")
    by_hand(cluster, withdrawn=done)
    finalize(cluster)
    response = finalize(cluster)
    assert response.finalized is done


def test_it_says_who_has_its_objects() -> None:
    cluster = deleted()
    say(cluster, "Withdrawing", in_use=True)
    by_hand(cluster)
    assert "tenants of TenantRegistry shops, Tenant acme have some" in message(finalize(cluster))


def test_revisions_of_an_earlier_template_of_that_name_are_withdrawn_too() -> None:
    cluster = deleted()
    older = deepcopy(next(iter(cluster.revisions.values())))
    older["metadata"].update(name="webapp-older", labels={**older["metadata"]["labels"], "controller-uid": "before"})
    cluster.related[TENANT_TEMPLATE_REVISION.type_key] = {"webapp-older": older}
    taken_up = next(c for c in finalize(cluster).children if c["metadata"]["name"] == "webapp-older")
    assert taken_up["spec"]["withdrawn"] is True
    assert "controller-uid" not in taken_up["metadata"]["labels"]


def test_a_deselected_template_is_handed_over_untouched() -> None:
    cluster = deleted()
    del cluster.parent["metadata"]["deletionTimestamp"]
    assert finalize(cluster).finalized
    assert withdrawn(cluster) == [False, False]


@pytest.mark.parametrize("spec", [None, "text", {"deletionPolicy": 5}])
def test_a_spec_that_makes_no_sense_retains(spec: Any) -> None:
    cluster = deleted()
    cluster.parent["spec"] = spec
    assert finalize(cluster).finalized
    assert withdrawn(cluster) == [False, False]


def test_the_same_content_takes_a_withdrawal_back() -> None:
    cluster = deleted()
    finalize(cluster)
    del cluster.parent["metadata"]["deletionTimestamp"]
    cluster.parent.pop("status")
    latest = [cluster.sync().status["latestRevision"] for _ in range(2)]
    current = cluster.revisions[latest[1]]
    assert latest[0] == ""
    assert "withdrawn" not in current["spec"]


def related(policy: str, registry: str = "shops") -> list[tuple[str, JSONObject]]:
    cluster = Cluster(entry("config"))
    cluster.parent["spec"].update(deletionPolicy=policy, registry=registry)
    answer = template.customize(CustomizeRequest({}, cluster.parent))
    return [(rule.resource, rule.to_json()) for rule in answer.related]


def test_a_template_that_retains_reads_no_revisions_of_earlier_ones() -> None:
    assert [resource for resource, _ in related("Retain")] == ["namespaces", "tenants", "tenantregistries"]


def test_a_template_that_takes_its_objects_with_it_reads_who_has_them() -> None:
    rules = dict(related("Delete"))
    assert rules.keys() == {"namespaces", "tenants", "tenanttemplaterevisions", "tenantregistries"}
    without_registry = {"matchExpressions": [{"key": "tenantry.io/registry", "operator": "DoesNotExist"}]}
    assert rules["tenants"]["labelSelector"] == without_registry
    assert rules["tenantregistries"]["names"] == ["shops"]
    assert "tenantregistries" not in dict(related("Delete", registry=""))
