"""A small part of what ``make explore`` does, and proof that the explorer notices what it is there for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tenantry.engine import decide, dress, plan, reconcile
from tenantry.engine.keep import keep
from tenantry.protocol import JSONObject, ObjectKey
from tenantry.tenant import farewell, plans
from tests.explorer.cases import Case, case_of, cases
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


def _meet(found: list[Case], *choices: tuple[str, str, str]) -> bool:
    return any(all(case.choices.get(id_, {}).get(name) == value for id_, name, value in choices) for case in found)


Patch = Callable[[pytest.MonkeyPatch], None]


def _ignore_dependencies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_waiting", lambda planned, standings: None)


def _count_old_content_as_ready(patch: pytest.MonkeyPatch) -> None:
    def standing(planned: Any, live: JSONObject, hash_: str, memory: Any, now: Any) -> decide.Standing:
        return decide.Standing(decide.Phase.READY)

    patch.setattr(decide, "_standing", standing)


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


PAIR = case_of("pair", {})
RETAINED = case_of("one", {("a", "deletionPolicy"): "Retain"})
PLANTED: dict[str, tuple[Patch, Case, str]] = {
    "dependencies ignored": (_ignore_dependencies, PAIR, "b was made before a was ready"),
    "old content ready": (_count_old_content_as_ready, PAIR, "b was made before a was ready"),
    "nothing anchored": (_forget_to_anchor, RETAINED, "a is to be retained and has no anchor"),
    "nothing retained": (_let_retained_go, RETAINED, "a was to be retained and is gone"),
    "all deleted at once": (_delete_all_at_once, PAIR, "a was deleted before b, which needs it"),
    "deleted in the wrong order": (_delete_dependencies_first, PAIR, "a was deleted before b, which needs it"),
    "never deleted": (_never_delete, PAIR, "the tenant does not go"),
    "foreign taken over": (_take_everything_for_ours, case_of("one", {}, foreign=True), "theirs was to be retained"),
    "hot loop": (_mark_again_and_again, PAIR, "it does not come to rest"),
    "no update": (_keep_what_changed, PAIR, "has other content than the template"),
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
