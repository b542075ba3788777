"""How large objects may be."""

from __future__ import annotations

from tenantry.engine.sizes import MAX_OBJECT_BYTES, MAX_TENANT_BYTES, Room


def test_an_object_of_the_largest_size_has_its_place() -> None:
    assert Room().refusal(MAX_OBJECT_BYTES) == ""


def test_an_object_that_is_a_byte_too_large_is_told_how_large_it_may_be() -> None:
    assert Room().refusal(MAX_OBJECT_BYTES + 1) == (
        "the object would have 1,048,577 bytes; 1,048,576 are allowed: shorten it, or split it into several objects"
    )


def test_objects_fill_the_room_of_a_tenant_to_the_last_byte() -> None:
    room = Room()
    assert [room.refusal(MAX_OBJECT_BYTES) for _ in range(MAX_TENANT_BYTES // MAX_OBJECT_BYTES)] == [""] * 8
    assert (room.used, room.left) == (MAX_TENANT_BYTES, 0)


def test_an_object_beyond_the_room_of_its_tenant_takes_none() -> None:
    room = Room()
    for _ in range(8):
        room.refusal(MAX_OBJECT_BYTES - 1)
    assert room.refusal(9) == (
        "the objects of this tenant would have more than 8,388,608 bytes with the 9 of this one: shorten them"
    )
    assert room.refusal(8) == ""
    assert room.used == MAX_TENANT_BYTES
