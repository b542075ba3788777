"""Whatever lifecycles entries have: they run in their order, the tenant comes to rest, and in the end it goes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.engine.lifecycle import POST_READY, PRE_CREATE, PRE_DELETE, SYNC, misplaced
from tenantry.names import RESOURCE_ID_ANNOTATION, resource_id
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, condition, config, entry, namespace
from tests.unit.tenant.test_lifecycle import RUNNING, heal, job, set_status

LIFECYCLES = (SYNC, PRE_CREATE, POST_READY, PRE_DELETE)
ROUNDS = 60


@st.composite
def templates(draw: st.DrawFn) -> list[JSONObject]:
    """Up to six ConfigMaps and Jobs of any lifecycle that depend on each other as their lifecycles allow."""
    lifecycles = draw(st.lists(st.sampled_from(LIFECYCLES), min_size=1, max_size=6))
    entries = [entry("ns", namespace())]
    for number, lifecycle in enumerate(lifecycles):
        allowed = [other for other in range(number) if not misplaced("a", lifecycle, "b", lifecycles[other])]
        needs = draw(st.lists(st.sampled_from(allowed), unique=True, max_size=2)) if allowed else []
        id_ = f"e{number}"
        made = job(id_, lifecycle) if draw(st.booleans()) else entry(id_, config(id_), lifecycle=lifecycle)
        entries.append({**made, "dependsOn": [f"e{need}" for need in needs]})
    shuffled: list[JSONObject] = draw(st.permutations(entries))
    return shuffled


def lifecycles_of(resources: list[JSONObject]) -> dict[str, str]:
    return {resource_id("shop", one["id"]): one.get("lifecycle", SYNC) for one in resources}


def ids(tenancy: Tenancy) -> set[str]:
    return {obj["metadata"]["annotations"][RESOURCE_ID_ANNOTATION] for obj in tenancy.objects.values()}


def exempt(resources: list[JSONObject]) -> set[str]:
    """Entries that PreCreate entries are or need, directly or not; their Namespace too."""
    needs = {one["id"]: one.get("dependsOn", []) for one in resources}
    found = {"ns"} | {one["id"] for one in resources if one.get("lifecycle") == PRE_CREATE}
    while further := {need for id_ in found for need in needs[id_]} - found:
        found |= further
    return {resource_id("shop", id_) for id_ in found}


def run_one_by_one(tenancy: Tenancy, *, finalizing: bool) -> list[tuple[set[str], set[str]]]:
    """Ask again and again; a new Job runs for a round. What there was after each round: all, and what runs."""
    seen = []
    started: set[str] = set()
    for _ in range(ROUNDS):
        running = {name for name in started if name in tenancy.names()}
        for name in running:
            heal(tenancy, name)
        answer = tenancy.finalize() if finalizing else tenancy.sync()
        if answer.finalized:
            break
        fresh = {key.key.partition("/")[2] for key in tenancy.objects if key.type_key == "Job.batch/v1"} - started
        for name in fresh:
            set_status(tenancy, name, RUNNING)
        started |= fresh
        now_running = {tenancy.live(name)["metadata"]["annotations"][RESOURCE_ID_ANNOTATION] for name in fresh}
        seen.append((ids(tenancy), now_running))
        tenancy.wait(3)
    return seen


@settings(max_examples=30, deadline=None)
@given(templates())
def test_entries_are_made_in_the_order_of_their_lifecycles(resources: list[JSONObject]) -> None:
    tenancy = Tenancy(*resources)
    lifecycles = lifecycles_of(resources)
    free = exempt(resources)
    first = {id_ for id_, lifecycle in lifecycles.items() if lifecycle == PRE_CREATE}
    others = {id_ for id_, lifecycle in lifecycles.items() if lifecycle in (SYNC, PRE_CREATE)}
    for there, running in run_one_by_one(tenancy, finalizing=False):
        if not first <= there or first & running:
            assert there <= free
        if not others <= there or others & running:
            assert not any(lifecycles[id_] == POST_READY for id_ in there)
        assert not any(lifecycles[id_] == PRE_DELETE for id_ in there)


@settings(max_examples=30, deadline=None)
@given(templates())
def test_every_tenant_becomes_ready_and_quiet(resources: list[JSONObject]) -> None:
    tenancy = Tenancy(*resources)
    run_one_by_one(tenancy, finalizing=False)
    answer = tenancy.ask()
    assert condition(answer, "Ready")["status"] == "True"
    assert answer.status == tenancy.status


@settings(max_examples=30, deadline=None)
@given(templates())
def test_nothing_goes_before_what_runs_first_and_then_all_goes(resources: list[JSONObject]) -> None:
    tenancy = Tenancy(*resources)
    run_one_by_one(tenancy, finalizing=False)
    before = ids(tenancy)
    last = {id_ for id_, lifecycle in lifecycles_of(resources).items() if lifecycle == PRE_DELETE}
    tenancy.delete()
    completed = not last
    for there, running in run_one_by_one(tenancy, finalizing=True):
        if not completed:
            assert before <= there
        completed = completed or (last <= there and not running)
    assert tenancy.objects == {}
