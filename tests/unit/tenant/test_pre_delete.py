"""Entries that run when a Tenant is deleted: they complete before anything of it goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.engine.keep import keep
from tenantry.names import ORPHANED_LABEL, SKIP_PRE_DELETE_ANNOTATION
from tenantry.protocol import JSONObject, SyncResponse
from tests.support.tenancy import (
    START,
    Tenancy,
    child,
    condition,
    config,
    entry,
    message,
    namespace,
    phases,
    removed,
    returned,
    widget,
)
from tests.unit.tenant.test_lifecycle import FAILED, RUNNING, heal, job, name_of, names_of, set_status

NS = entry("ns", namespace())
CFG = entry("cfg", config("cfg", v="{{ v }}"))


def living(*resources: JSONObject, **options: Any) -> Tenancy:
    """A tenant at rest that makes a backup when it is deleted."""
    tenancy = Tenancy(NS, CFG, *resources, job("backup", "PreDelete", **options), values={"v": "1"})
    tenancy.settle()
    return tenancy


def dying(*resources: JSONObject, status: JSONObject = RUNNING, **options: Any) -> Tenancy:
    """The same, deleted, with its backup in this status."""
    tenancy = living(*resources, **options)
    tenancy.delete()
    tenancy.finalize()
    set_status(tenancy, name_of(tenancy, "backup"), status)
    return tenancy


def last(tenancy: Tenancy, rounds: int = 8) -> SyncResponse:
    """Finalize again and again. The last answer."""
    for _ in range(rounds):
        answer = tenancy.finalize()
        tenancy.wait(3)
        if answer.finalized:
            break
    return answer


def skip(tenancy: Tenancy) -> None:
    tenancy.parent["metadata"]["annotations"] = {SKIP_PRE_DELETE_ANNOTATION: "true"}


def test_it_is_not_made_while_the_tenant_lives() -> None:
    tenancy = living()
    assert phases(tenancy.ask())["backup"] == "Pending/WaitsForDeletion"
    assert names_of(tenancy, "backup") == []


def test_a_tenant_that_has_one_is_ready() -> None:
    answer = living().ask()
    assert (condition(answer, "Ready")["status"], condition(answer, "Progressing")["status"]) == ("True", "False")
    assert condition(answer, "Ready")["message"] == "2 of 2 objects are ready"
    assert answer.status["templates"][0]["readyRevision"]


def test_one_that_cannot_be_rendered_is_told_while_the_tenant_lives() -> None:
    answer = living(say="{{ missing }}").ask()
    assert phases(answer)["backup"] == "Failed/RenderError"
    assert condition(answer, "Ready")["status"] == "False"


def test_one_of_a_kind_that_is_not_managed_is_told_while_the_tenant_lives() -> None:
    gadget = {"apiVersion": "example.com/v9", "kind": "Gadget", "metadata": {"name": "x"}}
    tenancy = Tenancy(NS, entry("gadget", gadget, lifecycle="PreDelete"))
    assert phases(tenancy.settle())["gadget"] == "Failed/UnmanagedKind"


def test_one_that_was_left_from_a_former_tenant_is_removed_while_the_tenant_lives() -> None:
    tenancy = dying()
    del tenancy.parent["metadata"]["deletionTimestamp"]
    tenancy.settle()
    assert names_of(tenancy, "backup") == []


def test_when_the_tenant_is_deleted_it_is_made_and_all_else_stays_as_it_is() -> None:
    tenancy = living()
    before = {key: keep(live) for key, live in tenancy.objects.items()}
    tenancy.delete()
    answer = tenancy.finalize()
    assert (len(answer.children), answer.removed, answer.finalized) == (3, frozenset(), False)
    assert all(child(answer, kept["metadata"]["name"]) == kept for kept in before.values())


def test_nothing_goes_while_it_runs() -> None:
    tenancy = dying()
    answer = last(tenancy)
    assert (answer.removed, answer.finalized) == (frozenset(), False)
    assert condition(answer, "PreDeleteCompleted")["status"] == "False"


def test_the_status_follows_it() -> None:
    tenancy = dying()
    answer = tenancy.finalize()
    assert phases(answer)["backup"].startswith("Progressing/")
    assert answer.status["counts"]["progressing"] == 1
    assert condition(answer, "Ready")["reason"] == "Deleting"


def test_everything_goes_when_it_completed_and_it_ran_once() -> None:
    tenancy = dying()
    heal(tenancy, name_of(tenancy, "backup"))
    seen = []
    for _ in range(6):
        answer = tenancy.finalize()
        seen.append(removed(answer))
    assert seen[0] == set()
    assert [{name.rpartition("-")[0] or name for name in found} for found in seen[1:3]] == [{"backup", "cfg"}, {"acme"}]
    assert answer.finalized
    assert tenancy.objects == {}


def test_nothing_goes_before_the_status_says_that_it_completed() -> None:
    tenancy = dying()
    heal(tenancy, name_of(tenancy, "backup"))
    stale = dict(tenancy.status)
    first = tenancy.finalize()
    tenancy.parent["status"] = stale
    second = tenancy.finalize()
    assert (first.removed, second.removed) == (frozenset(), frozenset())
    assert (first.resync_after_seconds, second.resync_after_seconds) == (1.0, 1.0)


def test_a_backup_that_is_cleaned_up_after_it_completed_does_not_run_again() -> None:
    tenancy = Tenancy(NS, job("backup", "PreDelete"), job("upload", "PreDelete", dependsOn=["backup"]))
    tenancy.settle()
    tenancy.delete()
    tenancy.finalize()
    tenancy.finalize()
    set_status(tenancy, name_of(tenancy, "upload"), RUNNING)
    tenancy.finalize()
    del tenancy.objects[next(key for key in tenancy.objects if "backup-" in key.key)]
    answer = last(tenancy)
    assert (names_of(tenancy, "backup"), phases(answer)["backup"]) == ([], "Ready")


def test_they_run_in_the_order_of_their_dependencies() -> None:
    tenancy = Tenancy(NS, job("upload", "PreDelete", dependsOn=["backup"]), job("backup", "PreDelete"))
    tenancy.settle()
    tenancy.delete()
    tenancy.finalize()
    assert (len(names_of(tenancy, "backup")), names_of(tenancy, "upload")) == (1, [])
    tenancy.finalize()
    assert len(names_of(tenancy, "upload")) == 1


def test_what_else_it_depends_on_need_not_be_ready() -> None:
    tenancy = living(entry("bad", widget("bad")), dependsOn=["bad"])
    tenancy.live("bad")["status"] = {"conditions": [{"type": "Stalled", "status": "True"}]}
    tenancy.delete()
    tenancy.finalize()
    assert name_of(tenancy, "backup")


def test_it_goes_before_what_it_depends_on() -> None:
    tenancy = living(dependsOn=["cfg"])
    tenancy.delete()
    seen = []
    for _ in range(8):
        seen += [name.rpartition("-")[0] or name for name in sorted(removed(tenancy.finalize()))]
    assert seen == ["backup", "cfg", "acme"]


@pytest.mark.parametrize("status", [FAILED, RUNNING])
def test_one_that_failed_or_takes_too_long_blocks_and_says_how_to_go_on(status: JSONObject) -> None:
    tenancy = dying(status=status, timeoutSeconds=10)
    tenancy.wait(11)
    answer = last(tenancy)
    assert (answer.removed, answer.finalized) == (frozenset(), False)
    for type_ in ("Ready", "Degraded", "PreDeleteCompleted"):
        assert condition(answer, type_)["reason"] == "Blocked"
    told = condition(answer, "Degraded")["message"]
    assert "shop/backup is Failed" in told
    assert f"kubectl annotate tenant shops.acme {SKIP_PRE_DELETE_ANNOTATION}=true" in told


def test_one_that_takes_too_long_is_looked_at_again_in_time() -> None:
    tenancy = dying(timeoutSeconds=100)
    waited = (tenancy.now - START).total_seconds()
    assert tenancy.finalize().resync_after_seconds == 100 - waited


def test_one_that_is_refused_blocks_after_a_while() -> None:
    tenancy = living()
    tenancy.delete()
    tenancy.refused = {name for name in returned(tenancy.finalize()) if name.startswith("backup")}
    del tenancy.objects[next(key for key in tenancy.objects if "backup" in key.key)]
    assert tenancy.finalize().resync_after_seconds == 31.0
    tenancy.wait(31)
    assert phases(tenancy.finalize())["backup"] == "Blocked/NotApplied"


def test_a_late_success_lets_the_tenant_go() -> None:
    tenancy = dying(timeoutSeconds=10)
    tenancy.wait(11)
    tenancy.finalize()
    heal(tenancy, name_of(tenancy, "backup"))
    answer = last(tenancy)
    assert answer.finalized
    assert condition(answer, "Degraded")["status"] == "False"


def test_a_failed_job_that_is_deleted_runs_again() -> None:
    tenancy = dying(status=FAILED)
    tenancy.finalize()
    name = name_of(tenancy, "backup")
    del tenancy.objects[next(key for key in tenancy.objects if "backup" in key.key)]
    tenancy.health.clear()
    tenancy.finalize()
    assert name_of(tenancy, "backup") == name
    assert last(tenancy).finalized


@pytest.mark.parametrize("status", [FAILED, RUNNING])
def test_with_continue_the_tenant_goes_nevertheless(status: JSONObject) -> None:
    tenancy = dying(status=status, timeoutSeconds=10, onFailure="Continue")
    tenancy.wait(11)
    assert last(tenancy).finalized


@pytest.mark.parametrize("say", ["{{ missing }}", "{{ resources.cfg.data.other }}"])
def test_with_continue_one_that_cannot_be_rendered_is_passed_when_its_time_is_over(say: str) -> None:
    tenancy = living(say=say, onFailure="Continue", timeoutSeconds=600)
    tenancy.delete()
    tenancy.now = datetime(2026, 1, 2, 4, 9, 50, tzinfo=UTC)
    answer = tenancy.finalize()
    assert (answer.removed, answer.resync_after_seconds) == (frozenset(), 10.0)
    tenancy.wait(10)
    assert last(tenancy).finalized


def test_the_annotation_passes_a_failed_one() -> None:
    tenancy = dying(status=FAILED)
    tenancy.finalize()
    skip(tenancy)
    answer = tenancy.finalize()
    found = condition(answer, "PreDeleteCompleted")
    assert (found["status"], found["reason"], bool(answer.removed)) == ("True", "Skipped", True)
    assert condition(answer, "Degraded")["status"] == "False"
    assert last(tenancy).finalized


def test_the_annotation_is_there_before_the_deletion() -> None:
    tenancy = living()
    tenancy.delete()
    skip(tenancy)
    last(tenancy)
    assert tenancy.objects == {}


def test_one_that_cannot_be_rendered_blocks() -> None:
    tenancy = living(say="{{ missing }}")
    tenancy.delete()
    answer = last(tenancy)
    assert (answer.finalized, condition(answer, "Degraded")["reason"]) == (False, "Blocked")
    assert "missing" in message(answer, "backup")


def test_one_that_waits_for_a_value_that_never_comes_blocks() -> None:
    tenancy = living(say="{{ resources.cfg.data.other }}")
    tenancy.delete()
    answer = last(tenancy)
    assert phases(answer)["backup"] == "Failed/RenderError"
    assert "resources.cfg.data.other" in condition(answer, "Degraded")["message"]


def test_one_sees_what_another_became() -> None:
    upload = job("upload", "PreDelete", say="{{ resources.backup.metadata.name }}")
    tenancy = Tenancy(NS, upload, job("backup", "PreDelete"))
    tenancy.settle()
    tenancy.delete()
    for _ in range(3):
        tenancy.finalize()
    container = tenancy.live(name_of(tenancy, "upload"))["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == [name_of(tenancy, "backup")]


def test_a_missing_revision_blocks_and_the_annotation_passes_it() -> None:
    tenancy = living()
    tenancy.related = []
    tenancy.delete()
    answer = last(tenancy)
    assert (answer.finalized, answer.removed) == (False, frozenset())
    assert condition(answer, "Degraded")["reason"] == "Blocked"
    assert answer.resync_after_seconds == 10.0
    skip(tenancy)
    assert last(tenancy).finalized


def test_a_missing_revision_blocks_when_the_status_is_of_another_one() -> None:
    tenancy = Tenancy(NS, CFG, values={"v": "1"})
    tenancy.settle()
    tenancy.use(shop=[NS, CFG, job("backup", "PreDelete")])
    tenancy.related = []
    tenancy.delete()
    assert condition(last(tenancy), "Degraded")["reason"] == "Blocked"


def test_a_missing_revision_holds_up_no_tenant_that_never_made_anything() -> None:
    tenancy = Tenancy(NS, CFG, values={"v": "1"})
    tenancy.related = []
    tenancy.delete()
    assert last(tenancy).finalized


def test_one_that_cannot_be_rendered_holds_up_no_tenant_that_never_made_anything() -> None:
    tenancy = Tenancy(values={"v": "text"})
    tenancy.declare({"v": {"type": "integer"}}, NS, CFG, job("backup", "PreDelete"))
    tenancy.settle()
    assert tenancy.names() == set()
    tenancy.delete()
    assert last(tenancy).finalized


def test_one_that_cannot_be_rendered_blocks_though_somebody_removed_all_that_there_was() -> None:
    tenancy = living()
    tenancy.objects.clear()
    tenancy.declare({"v": {"type": "integer"}}, NS, CFG, job("backup", "PreDelete"))
    tenancy.delete()
    assert not last(tenancy).finalized


def test_an_invalid_spec_blocks_a_tenant_that_has_something_to_run() -> None:
    tenancy = living()
    tenancy.parent["spec"] = {}
    tenancy.delete()
    assert condition(last(tenancy), "Degraded")["reason"] == "Blocked"


def test_one_that_is_switched_off_does_not_run() -> None:
    tenancy = living(when="{{ v == '2' }}")
    tenancy.delete()
    last(tenancy)
    assert tenancy.objects == {}


def test_a_namespace_that_goes_leaves_nothing_to_run_for() -> None:
    tenancy = dying()
    tenancy.live("acme")["metadata"]["deletionTimestamp"] = "2026-01-02T04:00:00Z"
    answer = tenancy.finalize()
    assert phases(answer)["backup"] == "Skipped/NamespaceGone"
    assert tenancy.finalize().removed


def test_a_tenant_that_never_had_its_namespace_goes() -> None:
    tenancy = Tenancy(NS, CFG, job("backup", "PreDelete"), values={"v": "1"})
    tenancy.delete()
    assert last(tenancy).finalized


def test_a_namespace_that_is_not_seen_but_lived_in_is_there() -> None:
    tenancy = living()
    del tenancy.objects[next(key for key in tenancy.objects if key.type_key == "Namespace.v1")]
    tenancy.delete()
    answer = tenancy.finalize()
    assert answer.removed == frozenset()
    assert name_of(tenancy, "backup")


def test_a_retained_one_stays_with_its_namespace() -> None:
    tenancy = living(deletionPolicy="Retain")
    tenancy.delete()
    assert last(tenancy).finalized
    assert tenancy.names() == {"acme", name_of(tenancy, "backup")}
    assert ORPHANED_LABEL in tenancy.live(name_of(tenancy, "backup"))["metadata"]["labels"]


def test_the_next_tenant_of_that_name_makes_a_backup_of_its_own() -> None:
    tenancy = living(deletionPolicy="Retain")
    tenancy.delete()
    last(tenancy)
    former = name_of(tenancy, "backup")
    tenancy.parent["metadata"] |= {"uid": "uid-of-the-next"}
    del tenancy.parent["metadata"]["deletionTimestamp"]
    del tenancy.parent["status"]
    tenancy.settle()
    tenancy.delete()
    last(tenancy)
    assert len(names_of(tenancy, "backup")) == 2
    assert former in tenancy.names()


def test_an_object_of_somebody_else_stays_while_it_runs() -> None:
    tenancy = dying()
    tenancy.adopt(config("theirs", in_="acme"))
    assert "theirs" in returned(tenancy.finalize())


def test_a_deselected_tenant_runs_nothing() -> None:
    tenancy = living()
    answer = tenancy.finalize()
    assert (answer.finalized, names_of(tenancy, "backup")) == (True, [])


def test_a_waiting_tenant_is_quiet() -> None:
    tenancy = dying(status=FAILED)
    last(tenancy)
    before = tenancy.status
    tenancy.wait(60)
    assert tenancy.finalize().status == before
