"""Another number of shards moves as few tenants as possible."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.registry.sharding.rendezvous import shard_of

UIDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), unique=True, max_size=50)


@given(uids=UIDS, count=st.integers(1, 30))
def test_an_added_shard_takes_tenants_and_moves_none_between_the_others(uids: list[str], count: int) -> None:
    moved = [uid for uid in uids if shard_of(uid, count) != shard_of(uid, count + 1)]
    assert {shard_of(uid, count + 1) for uid in moved} <= {str(count)}


@given(uids=UIDS, count=st.integers(2, 30))
def test_a_dropped_shard_moves_its_own_tenants_alone(uids: list[str], count: int) -> None:
    for uid in uids:
        before = shard_of(uid, count)
        assert before == str(count - 1) or shard_of(uid, count - 1) == before


@given(uid=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), count=st.integers(1, 100))
def test_a_shard_is_a_number_below_the_count(uid: str, count: int) -> None:
    assert shard_of(uid, count) in {str(number) for number in range(count)}


@pytest.mark.parametrize("count", [2, 3, 4, 8, 16])
def test_tenants_are_spread_evenly(count: int) -> None:
    spread = Counter(shard_of(f"shop-{number}", count) for number in range(4000))
    share = 4000 / count
    assert all(0.75 * share < spread[str(shard)] < 1.25 * share for shard in range(count))


def test_an_added_shard_takes_its_share_and_no_more() -> None:
    moved = sum(shard_of(f"shop-{number}", 4) != shard_of(f"shop-{number}", 5) for number in range(4000))
    assert 0.75 * 800 < moved < 1.25 * 800


@pytest.mark.parametrize(
    ("uid", "shards"),
    [("acme", "0122226666"), ("42", "0023333333"), ("Ärger & Söhne", "0000000000")],
)
def test_the_shard_of_a_uid_never_changes(uid: str, shards: str) -> None:
    assert "".join(shard_of(uid, count) for count in range(1, 11)) == shards
