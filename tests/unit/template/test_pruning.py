"""Revisions that no Tenant needs go, beyond so many."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.kinds import TENANT, TENANT_REGISTRY
from tenantry.protocol import JSONObject
from tests.unit.template.test_template import Cluster, entry


def cluster(contents: int, **rollout: Any) -> Cluster:
    """A template that had so many contents, each stored, one a minute, and the registry's word on them."""
    made = Cluster(entry("config"))
    made.parent["spec"]["rollout"] = {"historyLimit": 0, **rollout}
    order = []
    for number in range(contents):
        made.edit(entry("config", str(number)))
        made.sync()
        order.append(made.sync().status["latestRevision"])
    for number, name in enumerate(order):
        made.revisions[name]["metadata"]["creationTimestamp"] = f"2026-03-01T12:{number:02d}:00Z"
    told(made)
    return made


def told(made: Cluster, *in_use: str, **fields: Any) -> None:
    """What the registry tells, and that there is no Tenant without one."""
    latest = made.parent["status"]["latestRevision"]
    use = {"name": "webapp", "latest": latest, "inUse": [latest, *in_use], **fields}
    registry = {"metadata": {"name": "shops"}, "status": {"templates": [use]}}
    made.related = {**made.related, TENANT_REGISTRY.type_key: {"shops": registry}, TENANT.type_key: {}}


def oldest(made: Cluster) -> str:
    revisions = made.revisions
    return min(revisions, key=lambda name: str(revisions[name]["metadata"].get("creationTimestamp")))


def by_hand(revision: str) -> JSONObject:
    return {"metadata": {"name": "hand"}, "spec": {"templates": [{"name": "webapp", "revision": revision}]}}


@pytest.mark.parametrize(("limit", "left"), [(0, 1), (2, 3), (10, 4)])
def test_the_newest_of_those_not_in_use_are_kept(limit: int, left: int) -> None:
    made = cluster(4, historyLimit=limit)
    made.sync()
    assert len(made.revisions) == left
    assert made.parent["status"]["latestRevision"] in made.revisions


def test_a_revision_in_use_is_kept() -> None:
    made = cluster(3)
    used = oldest(made)
    told(made, used)
    made.sync()
    assert used in made.revisions


def test_a_revision_that_a_tenant_by_hand_has_is_kept() -> None:
    made = cluster(3)
    used = oldest(made)
    made.related[TENANT.type_key] = {"hand": by_hand(used)}
    made.sync()
    assert used in made.revisions


def test_a_revision_that_the_template_names_is_kept() -> None:
    made = cluster(3)
    used = oldest(made)
    made.parent["spec"]["rollout"]["revision"] = used
    made.sync()
    assert used in made.revisions


@pytest.mark.parametrize("lost", ["no tenants", "no registry", "nothing said", "an older latest"])
def test_nothing_goes_while_it_is_not_known_who_uses_what(lost: str) -> None:
    made = cluster(3)
    if lost == "no tenants":
        del made.related[TENANT.type_key]
    elif lost == "no registry":
        made.related[TENANT_REGISTRY.type_key] = {}
    elif lost == "nothing said":
        made.related[TENANT_REGISTRY.type_key]["shops"]["status"] = {}
    else:
        told(made, latest="webapp-0000000000")
    made.sync()
    assert len(made.revisions) == 3


def test_the_status_lists_revisions_newest_first() -> None:
    made = cluster(3, historyLimit=1)
    status = made.sync().status
    assert (len(status["revisions"]), status["revisions"][0]) == (2, status["latestRevision"])


def test_of_revisions_made_within_one_second_the_content_that_came_last_is_the_newest() -> None:
    made = Cluster(entry("config"))
    order = []
    for number in range(5):
        made.edit(entry("config", str(number)))
        made.sync()
        order.append(made.sync().status["latestRevision"])
        made.revisions[order[-1]]["metadata"]["creationTimestamp"] = "2026-03-01T12:00:00Z"
    assert made.sync().status["revisions"] == order[::-1]


def test_content_that_comes_back_is_the_newest_again() -> None:
    made = cluster(3, historyLimit=10)
    third, second, first = made.parent["status"]["revisions"]
    made.edit(entry("config", "0"))
    told(made)
    assert made.sync().status["revisions"] == [first, third, second]


def test_a_template_that_lost_its_status_tells_revisions_by_their_age() -> None:
    made = cluster(3, historyLimit=10)
    before = made.parent["status"]["revisions"]
    del made.parent["status"]
    assert made.sync().status["revisions"] == before


def test_an_expression_for_canaries_that_is_none_makes_the_template_invalid() -> None:
    made = Cluster(entry("config"))
    made.parent["spec"]["rollout"] = {"canary": {"when": "{{ plan =="}}
    conditions = {found["type"]: found for found in made.sync().status["conditions"]}
    assert conditions["Valid"]["status"] == "False"
    assert "rollout.canary.when" in conditions["Valid"]["message"]
