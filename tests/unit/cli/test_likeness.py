"""An object laid out like another one: what differs stands out, not where a server happens to keep its keys."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.cli.likeness import laid_out_like


@pytest.mark.parametrize(
    ("value", "model", "keys"),
    [
        ({"b": 1, "a": 2}, {"a": 3, "b": 4}, ["a", "b"]),
        ({"z": 1, "b": 1, "a": 2}, {"a": 3, "b": 4}, ["a", "b", "z"]),
        ({"b": 1}, {"a": 3, "b": 4}, ["b"]),
        ({"b": 1, "a": 2}, None, ["b", "a"]),
        ({"b": 1, "a": 2}, ["a", "b"], ["b", "a"]),
    ],
    ids=["another order", "a key more", "a key less", "nothing to be like", "another type"],
)
def test_keys_come_in_the_order_of_the_model(value: Any, model: Any, keys: list[str]) -> None:
    found = laid_out_like(value, model)
    assert (list(found), found) == (keys, value)


def test_objects_in_lists_are_laid_out_too() -> None:
    found = laid_out_like(
        {"spec": [{"image": "a:1", "name": "a"}, {"x": 1}]}, {"spec": [{"name": "a", "image": "a:2"}]}
    )
    assert [list(item) for item in found["spec"]] == [["name", "image"], ["x"]]
