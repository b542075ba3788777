"""What a Tenant's status says, and how often it moves."""

from __future__ import annotations

from itertools import pairwise

import orjson
import pytest

from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tests.support.tenancy import (
    Tenancy,
    condition,
    config,
    deployment,
    entry,
    message,
    namespace,
    phases,
    revision,
    widget,
)

DOWN = {"observedGeneration": 1}


def three() -> Tenancy:
    """Three entries that become ready one after the other."""
    return Tenancy(
        entry("a", widget("a", x="{{ x }}")),
        entry("b", widget("b"), dependsOn=["a"]),
        entry("c", widget("c"), dependsOn=["b"]),
        values={"x": "1"},
    )


def starting() -> Tenancy:
    """One entry that is ready with the next sync, and a workload that takes its time."""
    tenancy = Tenancy(entry("a", widget("a")), entry("web", deployment(in_="default")))
    tenancy.health["web"] = DOWN
    tenancy.sync()
    return tenancy


def test_every_entry_is_listed_sorted_by_its_id() -> None:
    tenancy = Tenancy(*(entry(name, widget(name)) for name in ("z", "a", "m")))
    assert [one["id"] for one in tenancy.sync().status["resources"]] == ["shop/a", "shop/m", "shop/z"]


def test_an_entry_is_listed_with_kind_and_identity() -> None:
    found = Tenancy(entry("cfg", config(in_="default"))).sync().status["resources"][0]
    assert (found["kind"], found["namespace"], found["name"]) == ("ConfigMap", "default", "config")


def test_a_cluster_scoped_object_is_listed_without_a_namespace() -> None:
    assert "namespace" not in Tenancy(entry("ns", namespace())).sync().status["resources"][0]


def test_counts_tell_how_many_objects_stand_where() -> None:
    tenancy = Tenancy(
        entry("good", widget("good")),
        entry("bad", widget("bad", x="{{ missing }}")),
        entry("left", widget("left"), dependsOn=["bad"]),
        entry("web", deployment(in_="default")),
        entry("last", widget("last"), dependsOn=["web"]),
    )
    tenancy.health["web"] = DOWN
    tenancy.sync()
    tenancy.wait(3)
    assert tenancy.sync().status["counts"] == {
        "total": 5,
        "ready": 1,
        "failed": 1,
        "skipped": 1,
        "progressing": 1,
        "pending": 1,
        "degraded": 0,
        "blocked": 0,
        "retained": 0,
        "foreign": 0,
    }


def test_the_revision_is_told_with_the_one_that_was_ready_last() -> None:
    tenancy = three()
    tenancy.settle()
    first = tenancy.spec["templates"][0]["revision"]
    tenancy.use(shop=[entry("a", widget("a", x="2"))])
    second = tenancy.spec["templates"][0]["revision"]
    assert tenancy.ask().status["templates"] == [{"name": "shop", "revision": second, "readyRevision": first}]


def test_a_revision_is_ready_when_all_its_entries_are() -> None:
    tenancy = three()
    tenancy.settle()
    revision = tenancy.spec["templates"][0]["revision"]
    assert tenancy.status["templates"] == [{"name": "shop", "revision": revision, "readyRevision": revision}]


def test_a_revision_that_was_never_ready_is_not_told_as_such() -> None:
    assert "readyRevision" not in three().sync().status["templates"][0]


def test_since_stays_while_phase_and_reason_stay() -> None:
    tenancy = three()
    tenancy.settle()
    before = [one["since"] for one in tenancy.status["resources"]]
    tenancy.wait(1000)
    tenancy.touch()
    assert [one["since"] for one in tenancy.sync().status["resources"]] == before


def test_since_moves_with_the_phase() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default")))
    tenancy.settle()
    before = tenancy.status["resources"][0]["since"]
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert tenancy.sync().status["resources"][0]["since"] > before


def test_the_second_answer_is_byte_identical() -> None:
    tenancy = three()
    first = tenancy.settle()
    tenancy.wait(10_000)
    second = tenancy.sync()
    assert orjson.dumps([second.children, second.status]) == orjson.dumps([first.children, first.status])


def test_a_settled_tenant_asks_for_nothing() -> None:
    assert three().settle().resync_after_seconds == 0


@pytest.mark.parametrize("length", [10, 256, 257, 5000])
def test_messages_have_at_most_256_characters(length: int) -> None:
    tenancy = Tenancy(entry("bad", widget("bad", x="{{ x." + "y" * length + " }}")), values={"x": {}})
    assert len(message(tenancy.sync(), "bad")) <= 256


def test_messages_are_one_line() -> None:
    tenancy = Tenancy(entry("bad", widget("bad", x="{{ x['a\\nb'] }}\n\n{{ x }}")), values={"x": {}})
    assert "\n" not in message(tenancy.sync(), "bad")


def test_conditions_of_a_ready_tenant() -> None:
    answer = three().settle()
    assert {one["type"]: (one["status"], one["reason"]) for one in answer.status["conditions"]} == {
        "Degraded": ("False", "Healthy"),
        "Progressing": ("False", "Converged"),
        "Ready": ("True", "AllReady"),
    }


def test_conditions_of_a_tenant_on_its_way() -> None:
    answer = three().sync()
    assert {one["type"]: (one["status"], one["reason"]) for one in answer.status["conditions"]} == {
        "Degraded": ("False", "Healthy"),
        "Progressing": ("True", "Reconciling"),
        "Ready": ("False", "ResourcesNotReady"),
    }


def test_a_failed_object_makes_the_tenant_degraded_and_says_which_and_why() -> None:
    tenancy = Tenancy(entry("bad", widget("bad", x="{{ missing }}")), entry("good", widget("good")))
    found = condition(tenancy.sync(), "Degraded")
    assert (found["status"], found["reason"], "shop/bad: RenderError" in found["message"]) == (
        "True",
        "ResourcesFailed",
        True,
    )


def test_a_degraded_object_makes_the_tenant_degraded() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default")))
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert condition(tenancy.ask(), "Degraded")["reason"] == "ResourcesDegraded"


def test_many_failures_are_summed_up() -> None:
    tenancy = Tenancy(*(entry(f"bad{n}", widget(f"bad{n}", x="{{ missing }}")) for n in range(10)))
    assert condition(tenancy.sync(), "Ready")["message"].endswith("and 7 more")


def test_conditions_carry_the_observed_generation() -> None:
    tenancy = three()
    tenancy.parent["metadata"]["generation"] = 41
    assert {one["observedGeneration"] for one in tenancy.sync().status["conditions"]} == {41}


def test_transition_times_move_with_the_status_alone() -> None:
    tenancy = three()
    tenancy.settle()
    before = condition(tenancy.ask(), "Ready")["lastTransitionTime"]
    tenancy.wait(100)
    tenancy.touch()
    assert condition(tenancy.sync(), "Ready")["lastTransitionTime"] == before


def test_a_condition_of_somebody_else_stays() -> None:
    tenancy = three()
    theirs = {"type": "Billing", "status": "True", "reason": "Paid", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    tenancy.parent["status"] = {"conditions": [theirs]}
    assert theirs in tenancy.sync().status["conditions"]


def test_a_status_that_only_tells_of_progress_does_not_move_within_two_seconds() -> None:
    tenancy = three()
    first = tenancy.sync()
    tenancy.wait(1)
    assert tenancy.sync().status == first.status


def test_progress_that_is_not_told_yet_is_looked_at_again_in_two_seconds() -> None:
    tenancy = starting()
    tenancy.wait(1)
    assert 0 < tenancy.sync().resync_after_seconds <= 2


def test_progress_is_told_after_two_seconds() -> None:
    tenancy = starting()
    tenancy.wait(2)
    assert phases(tenancy.sync())["a"] == "Ready"


def test_progress_waits_longer_while_objects_are_being_applied() -> None:
    tenancy = three()
    first = tenancy.sync()
    tenancy.wait(9)
    assert tenancy.sync().status == first.status


def test_progress_is_told_after_ten_seconds_although_objects_are_being_applied() -> None:
    tenancy = three()
    tenancy.sync()
    tenancy.wait(10)
    assert phases(tenancy.sync())["a"] == "Ready"


def test_objects_that_are_being_applied_are_not_looked_at_by_the_clock() -> None:
    tenancy = three()
    tenancy.sync()
    tenancy.wait(1)
    answer = tenancy.sync()
    assert (phases(answer)["a"], answer.resync_after_seconds) == ("Progressing/Applying", 0)


def test_while_there_is_only_progress_the_status_moves_at_most_every_two_seconds() -> None:
    depth = 100
    tenancy = Tenancy(*(entry(f"e{n}", widget(f"w{n}"), dependsOn=[f"e{n - 1}"] if n else []) for n in range(depth)))
    moves = []
    for _ in range(depth - 1):
        before = tenancy.parent.get("status")
        tenancy.sync()
        if tenancy.status != before:
            moves.append(tenancy.now)
        tenancy.wait(0.25)
    assert min((later - earlier).total_seconds() for earlier, later in pairwise(moves)) >= 2


def test_success_is_told_at_once() -> None:
    tenancy = Tenancy(entry("a", widget("a")))
    tenancy.sync()
    assert condition(tenancy.sync(), "Ready")["status"] == "True"


def test_failure_is_told_at_once() -> None:
    tenancy = three()
    tenancy.sync()
    tenancy.use(shop=[entry("a", widget("a", x="{{ missing }}"))])
    tenancy.parent["metadata"]["generation"] -= 1
    assert condition(tenancy.sync(), "Degraded")["status"] == "True"


def test_a_new_generation_is_told_at_once() -> None:
    tenancy = three()
    tenancy.sync()
    tenancy.touch()
    assert tenancy.sync().status["observedGeneration"] == tenancy.parent["metadata"]["generation"]


def test_a_new_value_is_never_told_as_ready_before_it_is_applied() -> None:
    tenancy = three()
    tenancy.settle()
    tenancy.change(x="2")
    assert condition(tenancy.sync(), "Ready")["status"] == "False"


def test_a_stale_status_of_the_same_generation_does_not_make_new_content_ready() -> None:
    tenancy = three()
    tenancy.settle()
    tenancy.spec["values"] = {"x": "2"}
    answer = tenancy.ask()
    assert (phases(answer)["a"], condition(answer, "Ready")["status"]) == ("Progressing/Applying", "False")


def test_a_tenant_without_a_template_is_not_ready() -> None:
    assert condition(Tenancy().sync(), "Ready")["status"] == "False"


def test_a_tenant_of_an_empty_template_is_ready() -> None:
    tenancy = Tenancy()
    tenancy.use(shop=[])
    assert condition(tenancy.sync(), "Ready")["reason"] == "NoResources"


def test_trouble_is_told_at_once_while_others_are_on_their_way() -> None:
    tenancy = Tenancy(
        entry("web", deployment(in_="default")),
        entry("slow", deployment("slow", in_="default")),
        entry("last", widget("last"), dependsOn=["slow"]),
    )
    tenancy.health["web"] = {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}
    tenancy.health["slow"] = DOWN
    tenancy.sync()
    tenancy.wait(1)
    assert condition(tenancy.sync(), "Degraded")["reason"] == "ResourcesFailed"


def test_another_revision_is_told_at_once_while_objects_are_on_their_way() -> None:
    tenancy = three()
    template = {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": "shop"},
        "spec": {"resources": [entry("a", widget("a")), entry("b", widget("b"), dependsOn=["a"])]},
    }
    tenancy.related, tenancy.spec["templates"] = [template], [{"name": "shop"}]
    tenancy.sync()
    tenancy.wait(1)
    patient = [entry("a", widget("a"), timeoutSeconds=60), entry("b", widget("b"), dependsOn=["a"])]
    tenancy.related = [template | {"spec": {"resources": patient}}]
    expected = revision("shop", patient)["metadata"]["name"]
    assert tenancy.sync().status["templates"][0]["revision"] == expected


def test_objects_that_were_applied_dynamically_are_told_of() -> None:
    tenancy = Tenancy(entry("config", config()), values={})
    tenancy.settle()
    tenancy.live("config")["metadata"]["annotations"][LAST_APPLIED_ANNOTATION] = "{}"
    degraded = condition(tenancy.ask(), "Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", "UnsupportedApplyStrategy")
    assert "--apply-strategy=server-side-apply" in degraded["message"]
