"""Order of dependency among named things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""Each name with the names that it needs."""


def find_cycle(graph: Graph) -> list[str]:
    """A path that leads from a name back to itself, or nothing. Needs that are not in the graph are passed over."""
    done: set[str] = set()
    for start in graph:
        path = [start]
        pending = [(start, iter(graph[start]))]
        while pending:
            name, needs = pending[-1]
            following = next((need for need in needs if need in graph and need not in done), None)
            if following is None:
                done.add(name)
                pending.pop()
                path.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            else:
                path.append(following)
                pending.append((following, iter(graph[following])))
    return []


def in_order(graph: Graph) -> list[str]:
    """All names of a graph, each behind what it needs unless that leads back to it, otherwise in the graph's order."""
    order: dict[str, None] = {}
    begun: set[str] = set()
    for start in graph:
        pending = [start]
        while pending:
            name = pending[-1]
            begun.add(name)
            missing = [need for need in reversed(graph[name]) if need in graph and need not in begun]
            if name in order or not missing:
                order[name] = None
                pending.pop()
            else:
                pending += missing
    return list(order)
