"""Who owns which fields of an observed object."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.ownership import ABSENT, Owners, counterpart, keys_of, owners_of, steps_of
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject

TCP = 'k:{"containerPort":53,"protocol":"TCP"}'
UDP = 'k:{"containerPort":53,"protocol":"UDP"}'


def port(number: int = 53, **keys: Any) -> JSONObject:
    return {"containerPort": number, **keys}


def owned(*steps: str, by_others: tuple[str, ...] = ()) -> Owners:
    """A value of which we own these parts, and others those."""
    theirs: JSONObject = {step: {} for step in by_others}
    return Owners({step: {} for step in steps}, (theirs,) if theirs else ())


@pytest.mark.parametrize(
    ("items", "steps"),
    [
        ([port(protocol="UDP"), port(protocol="TCP")], [UDP, TCP]),
        ([port(protocol="SCTP")], [""]),
        ([port(54, protocol="TCP")], [""]),
        ([], []),
    ],
)
def test_items_of_an_associative_list_are_found_by_all_their_keys(items: list[JSONObject], steps: list[str]) -> None:
    assert steps_of(items, owned(TCP, UDP)) == steps


def test_an_item_without_a_key_that_has_a_default_takes_the_step_that_is_left_for_it() -> None:
    assert steps_of([port(), port(protocol="UDP")], owned(UDP, TCP)) == [TCP, UDP]


def test_a_step_is_taken_by_one_item_alone() -> None:
    assert steps_of([port(), port()], owned(TCP)) == [TCP, ""]


def test_an_item_with_none_of_the_keys_takes_no_step() -> None:
    assert steps_of([{"name": "dns"}], owned(TCP)) == [""]


def test_an_item_of_another_key_takes_no_step_that_is_left() -> None:
    assert steps_of([port(54)], owned(TCP)) == [""]


def test_an_item_that_is_no_map_takes_no_step_of_an_associative_list() -> None:
    assert steps_of(["dns"], owned(TCP)) == [""]


def test_items_of_a_set_are_found_by_their_value() -> None:
    assert steps_of(["b", "c", "a"], owned('v:"a"', 'v:"b"')) == ['v:"b"', "", 'v:"a"']


def test_a_map_takes_no_step_of_a_set() -> None:
    assert steps_of([{"a": "a"}], owned('v:"a"')) == [""]


def test_steps_that_others_own_count_too() -> None:
    assert steps_of([port(protocol="TCP")], owned(by_others=(TCP,))) == [TCP]


def test_fields_are_no_steps_of_a_list() -> None:
    assert steps_of([port(protocol="TCP")], owned("f:x", ".")) == [""]


@pytest.mark.parametrize(
    ("step", "keys"), [(TCP, {"containerPort": 53, "protocol": "TCP"}), ('v:"a"', {}), ('v:{"a":1}', {})]
)
def test_only_items_of_associative_lists_have_keys(step: str, keys: JSONObject) -> None:
    assert keys_of(step) == keys


@pytest.mark.parametrize(
    ("item", "step", "live", "found"),
    [
        (port(), TCP, [port(protocol="UDP"), port(protocol="TCP")], port(protocol="TCP")),
        (port(), TCP, [port(protocol="UDP")], ABSENT),
        ("a", 'v:"a"', ["b", "a"], "a"),
        ("a", 'v:"a"', ["b"], ABSENT),
        ({"name": "b", "x": 1}, "", ["b", {"name": "a"}, {"name": "b"}], {"name": "b"}),
        ({"name": "b"}, "", [{"name": "a"}, {}], ABSENT),
        ({"x": 1}, "", [{"x": 2}, {"x": 1}], {"x": 1}),
        ({"x": 1}, "", [{"x": 2}], ABSENT),
        ("b", "", ["a", "b"], "b"),
        ("name", "", ["a"], ABSENT),
        ("a", "", {"a": 1}, ABSENT),
        ("a", 'v:"a"', None, ABSENT),
    ],
)
def test_an_item_is_found_by_its_step_or_its_name_or_as_it_is(item: Any, step: str, live: Any, found: Any) -> None:
    assert counterpart(item, step, live) == found


@pytest.mark.parametrize(
    ("owners", "divided"),
    [
        (Owners({"f:a": {}}, ()), True),
        (Owners(None, ({"f:a": {}},)), True),
        (Owners({}, ({}, {"f:a": {}})), True),
        (Owners({".": {}}, ({".": {}},)), False),
        (Owners({}, ({},)), False),
        (Owners(None, ()), False),
    ],
)
def test_a_value_is_divided_if_a_part_of_it_has_an_owner(owners: Owners, divided: bool) -> None:
    assert owners.divided is divided


@pytest.mark.parametrize(
    ("owners", "alone"),
    [(Owners({}, ()), True), (Owners({}, ({},)), False), (Owners(None, ()), False), (Owners(None, ({},)), False)],
)
def test_we_own_alone_what_nobody_else_owns(owners: Owners, alone: bool) -> None:
    assert owners.ours_alone is alone


def test_owners_of_a_part_are_those_who_name_it() -> None:
    owners = Owners({"f:a": {"f:x": {}}}, ({"f:a": {"f:y": {}}}, {"f:b": {}}))
    assert owners.below("f:a") == Owners({"f:x": {}}, ({"f:y": {}},))
    assert owners.below("f:b") == Owners(None, ({},))
    assert Owners(None, ()).below("f:a") == Owners(None, ())


def test_what_our_field_manager_wrote_otherwise_than_by_an_apply_counts_for_nobody() -> None:
    entries = [
        {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": {"f:data": {"f:ours": {}}}},
        {"manager": FIELD_MANAGER, "operation": "Update", "fieldsV1": {"f:data": {"f:updated": {}}}},
        {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {"f:theirs": {}}}},
        {"manager": "kubectl", "operation": "Update"},
    ]
    assert owners_of({"metadata": {"managedFields": entries}}) == Owners(
        {"f:data": {"f:ours": {}}}, ({"f:data": {"f:theirs": {}}},)
    )


def test_an_object_of_which_nobody_is_known_to_own_anything_has_no_owners() -> None:
    assert owners_of({"metadata": {}}) == Owners(None, ())
