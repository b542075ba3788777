"""A small part of what ``make explore`` does, and proof that the explorer notices what it is there for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from itertools import product

import pytest

from tenantry.engine import decide, draft, dress, plan, reconcile, standing
from tenantry.engine.keep import keep
from tenantry.engine.lifecycle import Needs, as_run, predecessors
from tenantry.engine.standing import Phase, Standing
from tenantry.protocol import JSONObject, ObjectKey
from tenantry.tenant import farewell, plans, pre_delete
from tests.explorer.cases import POST_READY, PRE_CREATE, PRE_DELETE, SHAPES, Case, case_of, cases
from tests.explorer.explore import Explorer, Violation

DEPTH = 2
SOME = cases()[::3]


@pytest.mark.parametrize("case", SOME, ids=str)
def test_nothing_happens_that_must_not(case: Case) -> None:
    assert Explorer(case).explore(DEPTH).states > 1


def test_every_two_values_of_options_meet() -> None:
    found = cases()
    assert _meet(found, ("a", "deletionPolicy", "Retain"), ("c", "onRename", "Replace"))
    assert _meet(found, ("b", "when", "first row"), ("b", "forEach", "items"))
    assert _meet(found, ("a", "kind", "ConfigMap"), ("b", "skipOnDependencyFailure", "false"))


def test_every_lifecycle_meets_jobs_and_others_that_block_and_that_go_on() -> None:
    found = {
        (lifecycle, case.choices[id_]["kind"], case.choices[id_]["onFailure"])
        for case in cases()
        for id_, lifecycle in SHAPES[case.shape].lifecycles.items()
    }
    assert found == set(product((PRE_CREATE, POST_READY, PRE_DELETE), ("Job", "Widget"), ("Block", "Continue")))


def _meet(found: list[Case], *choices: tuple[str, str, str]) -> bool:
    return any(all(case.choices.get(id_, {}).get(name) == value for id_, name, value in choices) for case in found)


Patch = Callable[[pytest.MonkeyPatch], None]


def _ignore_dependencies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_waiting", lambda planned, standings: None)


def _count_old_content_as_ready(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "standing_of", lambda *arguments: Standing(Phase.READY))


def _forget_to_anchor(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plan, "_may_retain", lambda planned, retaining: False)


def _let_retained_go(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(farewell, "_retained", lambda *arguments: {})


def _delete_all_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(farewell, "may_go", frozenset)


def _delete_dependencies_first(patch: pytest.MonkeyPatch) -> None:
    def may_go(doomed: Mapping[ObjectKey, JSONObject]) -> frozenset[ObjectKey]:
        return frozenset(sorted(doomed)[:1])

    patch.setattr(farewell, "may_go", may_go)


def _never_delete(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(farewell, "may_go", lambda doomed: frozenset())


def _take_everything_for_ours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "is_ours", lambda child: True)


def _mark_again_and_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dress, "_reapply_mark", lambda wanted, live: str(live["resourceVersion"]))


def _keep_what_changed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "marked", lambda obj, live: keep(live))


def _make_at_once(lifecycle: str) -> Patch:
    """Entries of this lifecycle wait for nothing that comes before them because of it."""

    def before(lifecycles: Mapping[str, str], needs: Needs) -> dict[str, tuple[str, ...]]:
        found = predecessors(lifecycles, needs)
        return {id_: first for id_, first in found.items() if lifecycles[id_] != lifecycle}

    return lambda patch: patch.setattr(plan, "predecessors", before)


def _run_nothing_at_the_end(patch: pytest.MonkeyPatch) -> None:
    nothing = pre_delete.PreDelete(pre_delete.State.NONE)
    patch.setattr(farewell, "pre_delete", lambda *arguments, **options: nothing)


def _end_at_a_failure(patch: pytest.MonkeyPatch) -> None:
    moving = pre_delete._MOVING

    def judged(decisions: tuple[decide.Decision, ...], parent: JSONObject) -> pre_delete.PreDelete:
        over = all(one.standing.phase not in moving for one in decisions)
        state = pre_delete.State.COMPLETED if over else pre_delete.State.RUNNING
        return pre_delete.PreDelete(state, "", decisions)

    patch.setattr(pre_delete, "_judged", judged)


def _count_what_ran_for_a_former_tenant(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draft, "as_run", lambda rendered, type_key, deletion="": as_run(rendered, type_key))


def _run_once_for_all_contents(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(draft, "as_run", lambda rendered, type_key, deletion="": rendered)


def _forget_what_ran(patch: pytest.MonkeyPatch) -> None:
    for module in (decide, standing):
        patch.setattr(module, "has_run", lambda planned, memory: False)


def _hold_no_removal_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "_held_back", lambda decisions: False)


def _tolerate_no_failure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "tolerant", lambda decision: decision)


def _wait_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(standing, "_deadline", lambda live, timeout: None)


PAIR = case_of("pair", {})
RETAINED = case_of("one", {("a", "deletionPolicy"): "Retain"})
FIRST = case_of("before one", {})
AT_THE_END = case_of("at the end of one", {})
TOLERANT = case_of("before one", {("a", "onFailure"): "Continue"})
PLANTED: dict[str, tuple[Patch, Case, str]] = {
    "dependencies ignored": (_ignore_dependencies, PAIR, "b was made before a was ready"),
    "old content ready": (_count_old_content_as_ready, PAIR, "b was changed before a was ready"),
    "nothing anchored": (_forget_to_anchor, RETAINED, "a is to be retained and has no anchor"),
    "nothing retained": (_let_retained_go, RETAINED, "a was to be retained and is gone"),
    "all deleted at once": (_delete_all_at_once, PAIR, "a was deleted before b, which needs it"),
    "deleted in the wrong order": (_delete_dependencies_first, PAIR, "a was deleted before b, which needs it"),
    "never deleted": (_never_delete, PAIR, "the tenant does not go"),
    "foreign taken over": (_take_everything_for_ours, case_of("one", {}, foreign=True), "theirs was to be retained"),
    "hot loop": (_mark_again_and_again, PAIR, "it does not come to rest"),
    "no update": (_keep_what_changed, PAIR, "has other content than the template"),
    "first not waited for": (_make_at_once("Sync"), FIRST, "b was made before a was ready"),
    "last made too early": (_make_at_once("PostReady"), case_of("after one", {}), "was made before a was ready"),
    "nothing run at the end": (_run_nothing_at_the_end, AT_THE_END, "a was deleted before b was over"),
    "a failure ends it": (_end_at_a_failure, AT_THE_END, "was deleted before b was over"),
    "a former run counts": (
        _count_what_ran_for_a_former_tenant,
        case_of("at the end of one", {("b", "deletionPolicy"): "Retain"}),
        "a was deleted before b was over",
    ),
    "not run again": (_run_once_for_all_contents, FIRST, "was made, which nothing wants"),
    "run again": (_forget_what_ran, FIRST, "has run and was made again"),
    "removed too early": (
        _hold_no_removal_back,
        case_of("before one", {("b", "forEach"): "items"}),
        "b-x was deleted before a was ready",
    ),
    "failure not tolerated": (_tolerate_no_failure, TOLERANT, "b is missing|the tenant is not Ready"),
    "no timeout": (_wait_for_ever, TOLERANT, "b is missing"),
}
"""Bugs that the engine does not have: what makes one, a case that shows it, and what the explorer says."""


@pytest.fixture
def planted(request: pytest.FixtureRequest) -> Iterator[tuple[Case, str]]:
    """A bug in the engine, which is gone afterwards: plans that were made under it are not remembered."""
    plant, case, told = PLANTED[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_plan", inspect.unwrap(plans._plan))
        plant(patch)
        yield case, told


@pytest.mark.parametrize("planted", PLANTED, indirect=True)
def test_a_planted_bug_is_found(planted: tuple[Case, str]) -> None:
    case, told = planted
    with pytest.raises(Violation, match=told):
        Explorer(case).explore(DEPTH)
