"""A new revision reaches the tenants of a registry step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tenantry.protocol import JSONObject, TryLater
from tenantry.registry.rollout.memory import Wave
from tenantry.registry.rollout.moves import with_wave
from tenantry.registry.slices import Content
from tests.unit.registry.world import World, shop, template

UIDS = tuple(f"shop-{number}" for number in range(6))


class Rolling(World):
    """A world whose tenants become Ready when a test says so, and whose template has settings of rollouts."""

    def release(self, latest: str, **rollout: Any) -> None:
        """A template with this latest revision."""
        found = template("webapp", latest)
        found["spec"]["rollout"] = rollout or {"maxSkew": 2}
        found["status"]["revisions"] = ["webapp-1", "webapp-2", "webapp-3"]
        self.templates["webapp"] = found

    def work(self, rounds: int = 4, *, broken: tuple[str, ...] = (), slow: tuple[str, ...] = ()) -> None:
        """Sync everything; tenants become Ready, but for those that fail or hang with any revision but the first."""
        for _ in range(rounds):
            try:
                self.sync()
            except TryLater:
                self.pass_time(1)
                continue
            for name in list(self.slices):
                self.sync_slice(name)
            before = {name: tenant.get("status") for name, tenant in self.tenants.items()}
            self.make_ready()
            for name, tenant in self.tenants.items():
                uid, pins = tenant["spec"]["uid"], tenant["spec"]["templates"]
                if uid in broken + slow and pins[0]["revision"] != "webapp-1":
                    tenant["status"] = _stuck(tenant, before[name] or {}, failed=uid in broken)
            self.pass_time(3)

    def pins(self) -> list[str]:
        """The revisions of the rows, by uid."""
        rows = self.rows_written()
        return [rows[uid]["pins"]["webapp"] for uid in sorted(rows)]

    @property
    def rollout(self) -> JSONObject:
        """What the status tells of the template's rollout."""
        return dict(self.status["templates"][0])


def _stuck(tenant: JSONObject, before: JSONObject, *, failed: bool) -> JSONObject:
    revision = tenant["spec"]["templates"][0]["revision"]
    ready = (before.get("templates") or [{}])[0].get("readyRevision", "")
    entry = {"id": "webapp/app", "phase": "Failed" if failed else "Progressing", "reason": "Broken", "message": "no"}
    return {
        "observedGeneration": tenant["metadata"]["generation"],
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "X"},
            {"type": "Progressing", "status": str(not failed), "reason": "X"},
            {"type": "Degraded", "status": str(failed), "reason": "ResourcesFailed"},
        ],
        "templates": [{"name": "webapp", "revision": revision, "readyRevision": ready}],
        "resources": [entry],
    }


def rolling(*rows: JSONObject, **rollout: Any) -> Rolling:
    """A world at rest on the first revision."""
    world = Rolling(rows=list(rows or [shop(uid) for uid in UIDS]))
    world.release("webapp-1", **rollout)
    world.work(6)
    return world


def test_at_most_max_skew_tenants_are_moved_before_others_are_ready() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(6, slow=UIDS)
    assert world.pins().count("webapp-2") == 2
    assert (world.rollout["phase"], world.rollout["underWay"]) == ("Progressing", 2)


def test_a_rollout_that_is_complete_says_so() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(20)
    done = world.rollout
    assert (done["phase"], done["updated"], done["total"], done["lastGoodRevision"]) == ("Complete", 6, 6, "webapp-2")
    assert world.status["rollout"] == {"phase": "Complete", "progress": "6/6"}
    assert done["finished"] > done["started"]


def test_those_with_a_higher_priority_are_moved_first() -> None:
    world = rolling(*(shop(uid, rank=number) for number, uid in enumerate(UIDS)))
    world.edit(valueMappings={"uid": "id", "activate": "active", "priority": "rank"})
    world.work(3)
    world.release("webapp-2")
    world.work(6, slow=UIDS)
    assert world.pins() == ["webapp-1"] * 4 + ["webapp-2"] * 2


@pytest.mark.parametrize("priority", [None, "high", float("nan"), b"x"])
def test_a_priority_that_is_no_number_counts_as_none(priority: object) -> None:
    world = Rolling(rows=[shop("acme", rank=priority)])
    world.edit(valueMappings={"uid": "id", "activate": "active", "priority": "rank"})
    world.work(3)
    assert "priority" not in world.rows_written()["acme"]


@pytest.mark.parametrize(
    ("canary", "first"),
    [({"count": 1}, [0]), ({"percent": 20}, [0, 1]), ({"when": "{{ uid == 'shop-4' }}"}, [4])],
)
def test_canaries_go_first(canary: JSONObject, first: list[int]) -> None:
    rollout = {"maxSkew": "100%", "canary": canary}
    world = rolling(**rollout)
    world.release("webapp-2", **rollout)
    world.work(6, slow=UIDS)
    assert [number for number, pin in enumerate(world.pins()) if pin == "webapp-2"] == first
    assert world.rollout["phase"] == "Canary"


def test_the_others_wait_until_the_canaries_have_baked() -> None:
    rollout = {"maxSkew": "100%", "canary": {"count": 1, "bakeSeconds": 60}}
    world = rolling(**rollout)
    world.release("webapp-2", **rollout)
    world.work(8)
    assert (world.rollout["phase"], world.pins().count("webapp-2")) == ("Baking", 1)
    assert world.answer["resyncAfterSeconds"] <= 60
    world.pass_time(60)
    world.work(8)
    assert world.rollout["phase"] == "Complete"


def test_a_canary_that_gets_into_trouble_while_it_bakes_stops_the_rollout() -> None:
    rollout = {"maxSkew": "100%", "canary": {"count": 1, "bakeSeconds": 600}}
    world = rolling(**rollout)
    world.release("webapp-2", **rollout)
    world.work(8)
    tenant = world.tenants["shops.shop-0"]
    tenant["status"] = {**_stuck(tenant, tenant["status"], failed=True)}
    tenant["status"]["templates"][0]["readyRevision"] = "webapp-2"
    for name in list(world.slices):
        world.sync_slice(name)
    world.sync()
    assert (world.rollout["phase"], world.rollout["failing"][0]["uid"]) == ("Failed", "shop-0")


def test_a_tenant_that_fails_stops_the_rollout() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(20, broken=("shop-0",))
    assert (world.rollout["phase"], world.pins().count("webapp-2")) == ("Failed", 2)
    assert world.rollout["failing"] == [{"uid": "shop-0", "reason": "Broken", "message": "webapp/app: no"}]
    assert world.condition("Degraded")["reason"] == "RolloutFailed"


def test_a_tenant_that_is_not_ready_in_time_stops_the_rollout() -> None:
    world = rolling()
    world.release("webapp-2", maxSkew=1, progressDeadlineSeconds=60)
    world.work(6, slow=UIDS)
    assert world.rollout["phase"] == "Progressing"
    world.pass_time(60)
    world.work(2, slow=UIDS)
    assert (world.rollout["phase"], world.rollout["failing"][0]["reason"]) == ("Failed", "ProgressDeadlineExceeded")


def test_a_failed_revision_is_rolled_back_and_not_tried_again() -> None:
    world = rolling()
    world.release("webapp-2", maxSkew=2, onFailure="Rollback")
    world.work(20, broken=("shop-1",))
    assert (world.rollout["phase"], world.pins()) == ("RolledBack", ["webapp-1"] * 6)
    assert world.rollout["failedRevisions"] == ["webapp-2"]


def test_after_a_pause_a_stopped_rollout_goes_on() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(20, broken=("shop-0",))
    world.release("webapp-2", maxSkew=2, paused=True)
    world.work(2)
    assert (world.rollout["phase"], world.pins().count("webapp-2")) == ("Paused", 2)
    world.release("webapp-2")
    world.work(20)
    assert world.rollout["phase"] == "Complete"


def test_a_new_target_in_the_middle_moves_those_under_way_first() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(6, slow=UIDS)
    world.release("webapp-3")
    world.work(6, slow=UIDS)
    assert world.pins() == ["webapp-3"] * 2 + ["webapp-1"] * 4


def test_tenants_that_were_never_ready_go_last_and_stop_nobody() -> None:
    world = rolling()
    world.tenants["shops.shop-0"]["status"]["templates"] = []
    for name in list(world.slices):
        world.sync_slice(name)
    world.release("webapp-2", maxSkew=1)
    world.work(2, broken=("shop-0",))
    assert world.pins()[0] == "webapp-1"
    for _ in range(30):
        world.tenants["shops.shop-0"]["status"]["templates"] = []
        world.work(1, broken=("shop-0",))
    assert (world.rollout["phase"], world.pins()) == ("Complete", ["webapp-2"] * 6)


def test_a_new_tenant_waits_for_nobody() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(4, slow=UIDS)
    world.rows.append(shop("zoe"))
    world.annotate("poll-now", "1")
    world.work(2, slow=UIDS)
    assert world.pins()[-1] == "webapp-2"


def test_a_new_tenant_gets_the_last_good_revision_while_the_rollout_stands_still() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(20, broken=("shop-0",))
    world.rows.append(shop("zoe"))
    world.annotate("poll-now", "1")
    world.work(2, broken=("shop-0",))
    assert world.pins()[-1] == "webapp-1"


def test_changed_values_are_no_rollout() -> None:
    world = rolling()
    world.rows = [shop(uid, plan="pro") for uid in UIDS]
    world.annotate("poll-now", "1")
    world.work(1)
    assert {tenant["spec"]["values"]["plan"] for tenant in world.tenants.values()} == {"pro"}


def test_settings_alone_change_nothing_in_the_slices() -> None:
    world = rolling()
    before = {name: found["spec"] for name, found in world.slices.items()}
    world.release("webapp-1", maxSkew="50%", canary={"count": 3}, onFailure="Rollback", progressDeadlineSeconds=5)
    world.work(3)
    assert {name: found["spec"] for name, found in world.slices.items()} == before


def test_a_revision_that_is_named_is_gone_to() -> None:
    world = rolling()
    world.release("webapp-2", maxSkew="100%")
    world.work(10)
    world.release("webapp-2", maxSkew="100%", revision="webapp-1")
    world.work(10)
    assert (world.pins(), world.rollout["revision"]) == (["webapp-1"] * 6, "webapp-1")


def test_a_revision_that_is_not_there_is_reported_and_moves_nobody() -> None:
    world = rolling()
    world.release("webapp-1", revision="webapp-9")
    world.work(4)
    assert (world.pins(), world.condition("Degraded")["reason"]) == (["webapp-1"] * 6, "RevisionMissing")


def test_a_registry_that_was_made_again_leaves_tenants_on_their_revisions() -> None:
    world = rolling()
    world.recreate_registry()
    world.release("webapp-2")
    world.work(12)
    assert (world.pins(), world.rollout["phase"]) == (["webapp-1"] * 6, "Paused")
    assert "6 of 6 tenants" in world.rollout["message"]


def test_a_registry_without_its_status_moves_nobody_on() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(4, slow=UIDS)
    moved = world.pins()
    world.parent.pop("status")
    world.work(8)
    assert (world.pins(), world.rollout["phase"]) == (moved, "Paused")


@pytest.mark.parametrize("paused", [True, False])
def test_a_registry_without_its_status_is_at_rest_while_its_source_is_away(paused: bool) -> None:
    world = rolling()
    world.release("webapp-2", maxSkew=2, paused=paused)
    world.work(4, slow=UIDS)
    world.parent.pop("status")
    world.failure = "away"
    world.work(3)
    written = {name: found["spec"]["sequence"] for name, found in world.slices.items()}
    world.work(6)
    assert {name: found["spec"]["sequence"] for name, found in world.slices.items()} == written


def test_numbers_move_at_most_every_two_seconds_while_tenants_are_under_way() -> None:
    world = rolling()
    world.release("webapp-2")
    world.work(4, slow=UIDS)
    first = world.status["countsTime"]
    world.now = world.now.replace(microsecond=0)
    for found in world.slices.values():
        found["status"] = {**found["status"], "ready": 0}
    world.sync()
    moved = world.status["countsTime"]
    world.pass_time(1)
    for found in world.slices.values():
        found["status"] = {**found["status"], "ready": 1}
    world.sync()
    assert (moved > first, world.status["countsTime"]) == (True, moved)


def test_a_change_of_a_slice_names_what_it_was_made_from() -> None:
    world = rolling()
    before = {name: found["spec"]["sequence"] for name, found in world.slices.items()}
    world.release("webapp-2")
    world.work(6)
    for name, found in world.slices.items():
        spec = found["spec"]
        assert spec["base"] < spec["sequence"] or spec["sequence"] == before[name]


@pytest.mark.parametrize("canary", [{}, {"canary": {"count": 1}}], ids=["no canary", "canary"])
def test_what_a_slice_said_of_the_revision_before_stops_nothing(canary: JSONObject) -> None:
    world = rolling()
    world.release("webapp-2", maxSkew=1)
    world.work(20, broken=("shop-0",))
    assert world.rollout["phase"] == "Failed"
    world.release("webapp-3", maxSkew=1, **canary)
    for _ in range(6):
        world.sync()
        world.pass_time(1)
    assert world.rollout["phase"] in ("Progressing", "Canary")


def test_a_wave_that_was_called_off_marks_nobody_as_moved() -> None:
    row: dict[str, Any] = {"uid": "acme", "pins": {"webapp": "webapp-1"}}
    contents = {"shops-1-0000": Content([row], [])}
    wave = Wave("2026-03-01T12:00:00.000000Z", "webapp-2", ("acme",))

    spared = with_wave(contents, "webapp", replace(wave, revision=""))
    assert "moved" not in spared["shops-1-0000"].rows[0]
    assert with_wave(spared, "webapp", wave) == spared
