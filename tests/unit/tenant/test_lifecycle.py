"""Entries that run before all others are made, and when all others are ready."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.names import CONTENT_HASH_ANNOTATION
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, condition, config, deployment, entry, message, namespace, phases, returned

RUNNING: JSONObject = {"active": 1}
FAILED: JSONObject = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}
NS = entry("ns", namespace())


def job(id_: str, lifecycle: str, *, say: str = "hello", **options: Any) -> JSONObject:
    """Entry of a Job."""
    container = {"name": "main", "image": "tools:1", "args": [say]}
    obj = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": id_, "namespace": "{{ slug }}"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}},
    }
    return entry(id_, obj, lifecycle=lifecycle, **options)


def name_of(tenancy: Tenancy, id_: str) -> str:
    """Name of the one Job of an entry."""
    (name,) = names_of(tenancy, id_)
    return name


def names_of(tenancy: Tenancy, id_: str) -> list[str]:
    return sorted(name for name in tenancy.names() if name.rpartition("-")[0] == id_)


def held(tenancy: Tenancy, id_: str, status: JSONObject = RUNNING) -> str:
    """Sync until there is a Job of an entry, and let it have this status."""
    while not names_of(tenancy, id_):
        tenancy.sync()
    name = name_of(tenancy, id_)
    set_status(tenancy, name, status)
    return name


def set_status(tenancy: Tenancy, name: str, status: JSONObject) -> None:
    tenancy.health[name] = status
    tenancy.live(name)["status"] = status


def heal(tenancy: Tenancy, name: str) -> None:
    set_status(tenancy, name, {"conditions": [{"type": "Complete", "status": "True"}]})


def preparing(**options: Any) -> Tenancy:
    return Tenancy(
        NS,
        entry("cfg", config("cfg", v="{{ v }}")),
        job("prepare", "PreCreate", say="{{ v }}", **options),
        values={"v": "1"},
    )


def test_a_first_entry_comes_before_all_but_the_namespace_that_it_needs() -> None:
    tenancy = preparing()
    assert returned(tenancy.sync()) == ["acme"]
    name = held(tenancy, "prepare")
    assert set(returned(tenancy.sync())) == {"acme", name}


def test_all_else_follows_when_it_is_complete() -> None:
    tenancy = preparing()
    held(tenancy, "prepare")
    heal(tenancy, name_of(tenancy, "prepare"))
    tenancy.settle()
    assert "cfg" in tenancy.names()


def test_a_first_entry_that_is_complete_stays_so_while_its_job_is_being_deleted() -> None:
    tenancy = preparing()
    name = held(tenancy, "prepare")
    heal(tenancy, name)
    tenancy.settle()
    tenancy.live(name)["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert phases(tenancy.ask())["prepare"] == "Ready"


def test_a_declared_dependency_of_a_first_entry_goes_before_it() -> None:
    tenancy = Tenancy(
        NS,
        entry("cfg", config("cfg")),
        entry("web", config("web")),
        job("prepare", "PreCreate", dependsOn=["cfg"]),
    )
    held(tenancy, "prepare")
    assert {"acme", "cfg"} < tenancy.names()
    assert "web" not in tenancy.names()


def test_a_failed_first_entry_blocks_all_else() -> None:
    tenancy = preparing()
    held(tenancy, "prepare", FAILED)
    answer = tenancy.settle()
    assert phases(answer)["cfg"] == "Skipped/DependencyFailed"
    assert condition(answer, "Ready")["reason"] == "ResourcesFailed"


def test_a_failed_first_entry_blocks_even_what_skips_no_failure() -> None:
    tenancy = Tenancy(NS, entry("cfg", config("cfg"), skipOnDependencyFailure=False), job("prepare", "PreCreate"))
    held(tenancy, "prepare", FAILED)
    assert "cfg" not in returned(tenancy.settle())


def test_a_first_entry_that_takes_too_long_is_a_failure() -> None:
    tenancy = preparing(timeoutSeconds=10)
    held(tenancy, "prepare")
    tenancy.wait(11)
    answer = tenancy.sync()
    assert (phases(answer)["prepare"], phases(answer)["cfg"]) == ("Failed/Timeout", "Skipped/DependencyFailed")


@pytest.mark.parametrize("status", [FAILED, RUNNING])
def test_with_continue_all_else_goes_on_and_the_tenant_is_ready(status: JSONObject) -> None:
    tenancy = preparing(onFailure="Continue", timeoutSeconds=10)
    held(tenancy, "prepare", status)
    tenancy.wait(11)
    answer = tenancy.settle()
    assert phases(answer)["cfg"] == "Ready"
    assert condition(answer, "Ready")["status"] == "True"
    assert answer.status["templates"][0]["readyRevision"]


def test_with_continue_a_failure_is_told() -> None:
    tenancy = preparing(onFailure="Continue")
    held(tenancy, "prepare", FAILED)
    found = condition(tenancy.settle(), "Degraded")
    assert (found["status"], found["reason"]) == ("True", "ResourcesFailed")
    assert "shop/prepare" in found["message"]


def test_with_continue_a_failure_is_marked_as_one_that_nobody_waits_for() -> None:
    tenancy = preparing(onFailure="Continue")
    held(tenancy, "prepare", FAILED)
    resources = tenancy.settle().status["resources"]
    assert [one["id"] for one in resources if one.get("tolerated")] == ["shop/prepare"]


def test_with_continue_all_else_still_waits_while_it_runs() -> None:
    tenancy = preparing(onFailure="Continue")
    held(tenancy, "prepare")
    assert phases(tenancy.sync())["cfg"] == "Pending/WaitingForDependency"


def test_a_first_entry_runs_again_when_its_content_changes() -> None:
    tenancy = preparing()
    tenancy.settle()
    before = name_of(tenancy, "prepare")
    tenancy.change(v="2")
    tenancy.settle()
    assert name_of(tenancy, "prepare") != before


def test_a_changed_content_waits_for_the_new_run_and_keeps_the_former_until_then() -> None:
    tenancy = preparing()
    tenancy.settle()
    before = name_of(tenancy, "prepare")
    tenancy.change(v="2")
    tenancy.sync()
    after = next(name for name in names_of(tenancy, "prepare") if name != before)
    set_status(tenancy, after, RUNNING)
    answer = tenancy.settle()
    assert (tenancy.live("cfg")["data"], names_of(tenancy, "prepare")) == ({"v": "1"}, sorted([before, after]))
    assert phases(answer)["cfg"] == "Pending/WaitingForDependency"
    heal(tenancy, after)
    tenancy.settle()
    assert (tenancy.live("cfg")["data"], names_of(tenancy, "prepare")) == ({"v": "2"}, [after])


def test_what_left_the_template_stays_until_the_new_first_entry_completes() -> None:
    tenancy = Tenancy(NS, entry("cfg", config("cfg")), entry("old", config("old")))
    tenancy.settle()
    tenancy.use(shop=[NS, entry("cfg", config("cfg")), job("migrate", "PreCreate")])
    name = held(tenancy, "migrate", FAILED)
    tenancy.settle()
    assert "old" in tenancy.names()
    heal(tenancy, name)
    tenancy.settle()
    assert "old" not in tenancy.names()


def test_a_new_first_entry_leaves_what_is_unchanged_ready() -> None:
    tenancy = Tenancy(NS, entry("cfg", config("cfg")))
    tenancy.settle()
    tenancy.use(shop=[NS, entry("cfg", config("cfg")), job("migrate", "PreCreate")])
    held(tenancy, "migrate", FAILED)
    assert phases(tenancy.settle())["cfg"] == "Ready"


def test_a_job_that_is_gone_after_it_completed_does_not_run_again() -> None:
    tenancy = preparing()
    tenancy.settle()
    key = next(key for key in tenancy.objects if key.type_key == "Job.batch/v1")
    del tenancy.objects[key]
    answer = tenancy.settle()
    assert (names_of(tenancy, "prepare"), phases(answer)["prepare"]) == ([], "Ready")
    assert condition(answer, "Ready")["status"] == "True"


def test_a_job_that_is_gone_right_after_it_completed_does_not_run_again() -> None:
    tenancy = preparing()
    held(tenancy, "prepare")
    tenancy.sync()
    heal(tenancy, name_of(tenancy, "prepare"))
    tenancy.wait(1)
    tenancy.sync()
    del tenancy.objects[next(key for key in tenancy.objects if key.type_key == "Job.batch/v1")]
    tenancy.wait(1)
    tenancy.sync()
    assert names_of(tenancy, "prepare") == []


def test_a_job_that_completed_and_lost_our_marks_does_not_run_again() -> None:
    tenancy = preparing()
    tenancy.settle()
    key = next(key for key in tenancy.objects if key.type_key == "Job.batch/v1")
    del tenancy.objects[key]["metadata"]["annotations"][CONTENT_HASH_ANNOTATION]
    del tenancy.parent["status"]
    tenancy.sync()
    del tenancy.objects[key]
    tenancy.sync()
    assert names_of(tenancy, "prepare") == []


def test_a_job_that_is_gone_before_it_completed_runs_again() -> None:
    tenancy = preparing()
    name = held(tenancy, "prepare")
    del tenancy.objects[next(key for key in tenancy.objects if key.type_key == "Job.batch/v1")]
    tenancy.sync()
    assert name_of(tenancy, "prepare") == name


def test_another_kind_that_is_deleted_by_hand_comes_back() -> None:
    tenancy = Tenancy(NS, entry("seed", config("seed"), lifecycle="PreCreate"), entry("cfg", config("cfg")))
    tenancy.settle()
    name = name_of(tenancy, "seed")
    del tenancy.objects[next(key for key in tenancy.objects if key.key == f"acme/{name}")]
    tenancy.settle()
    assert name_of(tenancy, "seed") == name


def test_without_wait_for_ready_existing_is_enough() -> None:
    tenancy = preparing(waitForReady=False)
    held(tenancy, "prepare")
    tenancy.settle()
    assert "cfg" in tenancy.names()


def test_its_own_expression_tells_when_it_is_done() -> None:
    tenancy = preparing(readyWhen="{{ self.status.succeeded == 1 }}")
    name = held(tenancy, "prepare")
    assert phases(tenancy.settle())["prepare"] == "Progressing/ReadyWhenError"
    set_status(tenancy, name, {"succeeded": 1})
    assert phases(tenancy.settle())["cfg"] == "Ready"


def test_a_first_entry_that_is_switched_off_holds_nobody() -> None:
    assert phases(preparing(when="{{ v == '2' }}").settle())["cfg"] == "Ready"


def test_all_items_of_a_first_entry_complete_first() -> None:
    each = job("seed", "PreCreate", say="{{ item }}", forEach="{{ ['a', 'b'] }}")
    tenancy = Tenancy(NS, each, entry("cfg", config("cfg")))
    tenancy.sync()
    tenancy.sync()
    first, second = names_of(tenancy, "seed")
    set_status(tenancy, second, RUNNING)
    assert "cfg" not in returned(tenancy.settle())
    heal(tenancy, second)
    tenancy.settle()
    assert {"cfg", first, second} < tenancy.names()


def test_first_entries_go_in_the_order_of_their_dependencies() -> None:
    tenancy = Tenancy(NS, job("second", "PreCreate", dependsOn=["first"]), job("first", "PreCreate"))
    held(tenancy, "first")
    tenancy.sync()
    assert names_of(tenancy, "second") == []


def test_first_entries_of_one_template_come_before_all_of_another() -> None:
    tenancy = Tenancy()
    tenancy.use(base=[NS, job("prepare", "PreCreate")], shop=[entry("cfg", config("cfg"))])
    held(tenancy, "prepare")
    assert "cfg" not in returned(tenancy.settle())


def announcing(**options: Any) -> Tenancy:
    web = entry("web", deployment("web", image="{{ v }}"))
    return Tenancy(NS, job("announce", "PostReady", **options), web, values={"v": "1"})


def test_a_last_entry_waits_until_all_others_are_ready() -> None:
    tenancy = announcing()
    tenancy.health["web"] = {"observedGeneration": 1}
    answer = tenancy.settle()
    assert (names_of(tenancy, "announce"), phases(answer)["announce"]) == ([], "Pending/WaitingForDependency")


def test_a_last_entry_is_made_when_all_others_are_ready() -> None:
    tenancy = announcing()
    tenancy.settle()
    assert name_of(tenancy, "announce")


def test_a_last_entry_does_not_run_again_when_others_change() -> None:
    tenancy = announcing()
    tenancy.settle()
    before = name_of(tenancy, "announce")
    tenancy.change(v="2")
    tenancy.settle()
    assert names_of(tenancy, "announce") == [before]


def test_a_last_entry_is_skipped_when_another_failed() -> None:
    tenancy = announcing(skipOnDependencyFailure=False)
    tenancy.use(shop=[*tenancy.related[0]["spec"]["resources"], entry("bad", config("bad", x="{{ missing }}"))])
    answer = tenancy.settle()
    assert phases(answer)["announce"] == "Skipped/DependencyFailed"


def test_a_tenant_is_not_ready_while_its_last_entry_failed() -> None:
    tenancy = announcing()
    held(tenancy, "announce", FAILED)
    assert condition(tenancy.settle(), "Ready")["status"] == "False"


def test_the_status_tells_the_lifecycle_of_an_entry() -> None:
    entries = {one["id"]: one.get("lifecycle") for one in announcing().settle().status["resources"]}
    assert entries == {"shop/announce": "PostReady", "shop/ns": None, "shop/web": None}


def test_across_templates_a_dependency_on_what_is_made_last_fails_with_its_path() -> None:
    tenancy = Tenancy()
    tenancy.use(base=[NS, job("report", "PostReady")], shop=[entry("cfg", config("cfg"), dependsOn=["base/report"])])
    answer = tenancy.settle()
    assert phases(answer)["cfg"] == "Failed/WrongLifecycle"
    assert "shop/cfg → base/report → shop/cfg" in message(answer, "cfg")


def test_a_tenant_at_rest_is_left_alone() -> None:
    tenancy = preparing()
    tenancy.settle()
    before = (tenancy.ask().children, tenancy.ask().status)
    assert (tenancy.sync().children, tenancy.ask().status) == before
