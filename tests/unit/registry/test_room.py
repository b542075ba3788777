"""A slice holds so many rows and no more."""

from __future__ import annotations

from tenantry.registry.room import MAX_ROWS_BYTES, fit, has_room
from tests.unit.registry.world import settled, shop

BIG = "x" * 400_000


def test_rows_that_find_no_room_are_reported_and_the_others_go_on() -> None:
    world = settled(*(shop(f"shop-{n}", plan=BIG) for n in range(3)), shop("small"), buckets=1)
    assert world.tenant_uids().keys() == {"shop-0", "shop-1", "small"}
    assert world.status["source"]["unplaced"] == 1
    assert world.condition("Degraded")["reason"] == "SliceFull"


def test_rows_that_are_there_come_before_new_ones() -> None:
    world = settled(shop("shop-1", plan=BIG), shop("shop-2", plan=BIG), buckets=1)
    world.rows.append(shop("shop-0", plan=BIG))
    world.next_poll()
    assert world.tenant_uids().keys() == {"shop-1", "shop-2"}


def test_a_row_that_grows_too_big_stays_as_it_is() -> None:
    world = settled(shop("shop-1", plan=BIG), shop("shop-2", plan="small"), buckets=1)
    world.rows[1]["plan"] = BIG * 2
    world.next_poll()
    assert world.rows_written()["shop-2"]["values"]["plan"] == "small"
    assert world.status["source"]["unplaced"] == 1


def test_what_fits_has_room() -> None:
    rows = [{"uid": str(n), "values": {"text": "x" * 1000}} for n in range(1500)]
    chosen, refused = fit(rows, [])
    assert has_room(chosen)
    assert len(chosen) + refused == 1500
    assert not has_room(rows)
    assert len(chosen) > MAX_ROWS_BYTES // 1100
