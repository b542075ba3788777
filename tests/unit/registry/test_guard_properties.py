"""Whatever polls bring, no more tenants pass the guard than it allows, and nobody goes who did not pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tenantry.conditions import timestamp
from tenantry.kinds.registry import Safety
from tenantry.protocol import JSONObject
from tenantry.registry.guard import UNLIMITED, Missing, budget_of, digest_of, judge, limit_of, merged, spent
from tenantry.registry.leaving import Leave, blocked_in, booked, leave_on_record, take_leave
from tenantry.registry.slices import Content

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UIDS = [f"shop-{n:02}" for n in range(24)]

uids = st.frozensets(st.sampled_from(UIDS))
amounts = st.one_of(st.integers(0, 12), st.sampled_from(["0%", "1%", "9%", "10%", "50%", "99%"]))


@given(uids, uids, st.integers(0, 40), st.integers(0, 40), st.integers(0, 12), st.booleans())
def test_every_missing_tenant_is_decided_once(
    new: frozenset[str], before: frozenset[str], existing: int, leaving: int, budget: int, approval: bool
) -> None:
    blocked = dict.fromkeys(before - new, "2026-03-01T12:00:00Z")
    verdict = judge(Missing(new, blocked), existing=existing, leaving=leaving, budget=budget, approval=approval)
    parts = [verdict.passed, verdict.approved, verdict.blocked]
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    assert frozenset().union(*parts) == new | blocked.keys()
    assert len(verdict.passed) <= budget


@given(uids, uids, st.integers(0, 12), st.booleans())
def test_only_what_was_blocked_before_can_be_approved(
    new: frozenset[str], before: frozenset[str], budget: int, approval: bool
) -> None:
    blocked = dict.fromkeys(before - new, "2026-03-01T12:00:00Z")
    verdict = judge(Missing(new, blocked), existing=100, leaving=0, budget=budget, approval=approval)
    assert verdict.approved == (frozenset(blocked) if approval else frozenset())


@given(amounts, st.integers(0, 20_000))
def test_a_percentage_is_never_more_than_it_says_but_for_the_first(amount: int | str, existing: int) -> None:
    limit = limit_of(amount, existing)
    if isinstance(amount, int):
        assert limit == amount
    else:
        percent = int(amount[:-1])
        assert limit == 0 if percent == 0 else 1 <= limit <= max(1, existing * percent / 100)


def test_everything_is_no_limit() -> None:
    assert budget_of(limit_of("100%", 5), 1000) == UNLIMITED


@given(st.dictionaries(st.sampled_from(UIDS), st.sampled_from(["a", "b"]), min_size=1))
def test_a_digest_tells_sets_and_times_apart(blocked: dict[str, str]) -> None:
    uid = min(blocked)
    assert digest_of(blocked) == digest_of(dict(reversed(blocked.items())))
    assert digest_of(blocked) != digest_of({**blocked, uid: "c"})
    assert digest_of(blocked) != digest_of({key: blocked[key] for key in blocked if key != uid})


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9))))
def test_merging_a_ledger_loses_nothing(entries: list[tuple[int, int]]) -> None:
    ledger = [{"time": timestamp(START + timedelta(seconds=at)), "count": count} for at, count in entries]
    assert spent(merged(ledger), 60.0, now=START) == sum(count for _, count in entries)


class Fleet:
    """A registry's tenants and what it remembers of them, in one slice; every poll is a good one."""

    def __init__(self, safety: Safety) -> None:
        self.safety = safety
        self.now = START
        self.tenants = set(UIDS)
        self.content = Content([], [])
        self.passed: list[datetime] = []
        """When each tenant passed that nobody approved."""
        self.limits: list[int] = []
        self.ever_passed: set[str] = set()

    def poll(self, rows: frozenset[str], *, approved: str = "") -> None:
        missing = self.tenants - rows
        before = {entry["uid"] for entry in self.content.missing if not entry.get("blocked")}
        self.limits.append(limit_of(self.safety.max_deletions, len(self.tenants)))
        leave = take_leave(missing, self.tenants, rows, [self.content], self.safety, approved=approved, now=self.now)
        assert leave.entries.keys() <= self.tenants
        self.passed += [self.now] * len(leave.passed)
        assert leave.passed.isdisjoint(before)
        ledger = booked(self.content, leave, self.safety, now=self.now)
        self.follow(leave, ledger)
        self.follow(leave_on_record([self.content], self.safety, now=self.now), ledger)
        self.tenants |= rows

    def follow(self, leave: Leave, ledger: list[JSONObject]) -> None:
        """Remember what was decided, and let those go who are due."""
        self.ever_passed |= leave.inactive
        assert leave.due <= leave.inactive
        known = {} if leave.time else {entry["uid"]: entry for entry in self.content.missing}
        entries = known | dict(leave.entries)
        self.content = Content([], [], [entries[uid] for uid in sorted(entries.keys() - leave.due)], ledger)
        self.tenants -= leave.due

    def most_in_a_window(self) -> int:
        """How many passed within any one window."""
        window = timedelta(hours=1)
        return max((sum(start <= at < start + window for at in self.passed) for start in self.passed), default=0)


steps = st.lists(
    st.tuples(uids, st.sampled_from([1, 30, 700, 1800, 3600, 7200]), st.sampled_from(["", "", "right", "old"])),
    max_size=25,
)
safeties = st.builds(
    lambda amount, grace: Safety(max_deletions=amount, window="1h", grace_period=grace),
    amounts,
    st.sampled_from(["0s", "30s", "1h"]),
)


def run(safety: Safety, plan: list[tuple[frozenset[str], int, Any]]) -> Fleet:
    fleet = Fleet(safety)
    old = ""
    for rows, seconds, annotation in plan:
        current = digest_of(blocked_in([fleet.content]))
        fleet.poll(rows, approved={"": "", "right": current, "old": old}[annotation])
        old = current
        fleet.now += timedelta(seconds=seconds)
    return fleet


@given(safeties, steps)
def test_no_window_lets_more_pass_than_the_limit(safety: Safety, plan: list[tuple[frozenset[str], int, str]]) -> None:
    fleet = run(safety, plan)
    assert fleet.most_in_a_window() <= max(fleet.limits, default=0)


@given(safeties, steps)
def test_nobody_goes_who_did_not_pass(safety: Safety, plan: list[tuple[frozenset[str], int, str]]) -> None:
    fleet = run(safety, plan)
    assert set(UIDS) - fleet.tenants <= fleet.ever_passed


@given(st.sampled_from(["0s", "30s", "1h"]), steps)
def test_with_a_limit_of_zero_only_the_approved_go(grace: str, plan: list[tuple[frozenset[str], int, str]]) -> None:
    safety = Safety(max_deletions=0, window="1h", grace_period=grace)
    fleet = run(safety, [(rows, seconds, "") for rows, seconds, _ in plan])
    assert fleet.tenants >= set(UIDS)
    assert fleet.content.ledger == []
