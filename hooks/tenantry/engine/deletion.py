"""The order in which objects go: dependents first, by what the observed objects themselves say.

The annotation ``tenantry.io/depends-on`` alone decides, so that a tenant can be taken down without its template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tenantry.engine.observe import annotation
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION, entry_of
from tenantry.protocol import JSONObject, ObjectKey


def may_go(doomed: Mapping[ObjectKey, JSONObject], waiting: Iterable[JSONObject] = ()) -> frozenset[ObjectKey]:
    """Of the objects that shall all go, those on which no other of them still depends, nor any that goes later.

    Objects that depend on each other in a circle go together: something must. ``waiting`` are those that go later.
    """
    if not doomed:
        return frozenset()
    later = _needs_of(waiting)
    needed = later | _needs_of(doomed.values())
    free = frozenset(key for key, child in doomed.items() if needed.isdisjoint(_ids(child)))
    if free or any(not later.isdisjoint(_ids(child)) for child in doomed.values()):
        return free
    return frozenset(doomed)


def _needs_of(children: Iterable[JSONObject]) -> set[str]:
    return {
        need
        for child in children
        for need in annotation(child, DEPENDS_ON_ANNOTATION).split(",")
        if need and need != annotation(child, RESOURCE_ID_ANNOTATION)
    }


def _ids(child: JSONObject) -> tuple[str, str]:
    """What others may call the entry of an object: an item is needed by those who need all items of its entry."""
    id_ = annotation(child, RESOURCE_ID_ANNOTATION)
    return id_, entry_of(id_)
