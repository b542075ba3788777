"""Order of dependency, and circles in it."""

from __future__ import annotations

import pytest

from tenantry.engine.graph import Graph, find_cycle, in_order


@pytest.mark.parametrize(
    ("graph", "cycle"),
    [
        ({}, []),
        ({"a": ()}, []),
        ({"a": ("b",), "b": ()}, []),
        ({"a": ("a",)}, ["a", "a"]),
        ({"a": ("b",), "b": ("a",)}, ["a", "b", "a"]),
        ({"x": ("a",), "a": ("b",), "b": ("c",), "c": ("a",)}, ["a", "b", "c", "a"]),
        ({"a": ("x", "b"), "x": (), "b": ("x", "a")}, ["a", "b", "a"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, []),
        ({"a": ("elsewhere",), "b": ("elsewhere", "b")}, ["b", "b"]),
        ({"done": (), "a": ("done", "b"), "b": ("done", "a")}, ["a", "b", "a"]),
    ],
)
def test_a_cycle_is_found_with_its_whole_path(graph: Graph, cycle: list[str]) -> None:
    assert find_cycle(graph) == cycle


def test_what_many_ways_lead_to_is_looked_at_once() -> None:
    """Forty layers of two names, each of which needs both of the next layer: 2⁴⁰ ways."""
    graph = {f"{side}{layer}": (f"a{layer + 1}", f"b{layer + 1}") for layer in range(40) for side in "ab"}
    assert find_cycle(graph) == []
    assert in_order(graph)[-2:] == ["a0", "b0"]


@pytest.mark.parametrize(
    ("graph", "order"),
    [
        ({}, []),
        ({"a": (), "b": (), "c": ()}, ["a", "b", "c"]),
        ({"a": ("b",), "b": ("c",), "c": ()}, ["c", "b", "a"]),
        ({"a": ("b", "c"), "b": (), "c": ()}, ["b", "c", "a"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, ["d", "b", "c", "a"]),
        ({"a": ("elsewhere",), "b": ()}, ["a", "b"]),
        ({"a": ("b",), "b": ("a",), "c": ("b",)}, ["b", "a", "c"]),
        ({"a": ("a",)}, ["a"]),
    ],
)
def test_each_name_comes_behind_what_it_needs_and_else_in_the_order_given(graph: Graph, order: list[str]) -> None:
    assert in_order(graph) == order
