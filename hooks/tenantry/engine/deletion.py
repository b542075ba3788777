"""The order in which objects go: dependents first, by what the observed objects themselves say.

The annotation ``tenantry.io/depends-on`` alone decides, so that a tenant can be taken down without its template.
"""

from __future__ import annotations

from collections.abc import Mapping

from tenantry.engine.observe import annotation
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION, entry_of
from tenantry.protocol import JSONObject, ObjectKey


def may_go(doomed: Mapping[ObjectKey, JSONObject]) -> frozenset[ObjectKey]:
    """Of the objects that shall all go, those on which no other of them still depends.

    Objects that depend on each other in a circle go together: something must.
    """
    if not doomed:
        return frozenset()
    needed = {
        need
        for child in doomed.values()
        for need in annotation(child, DEPENDS_ON_ANNOTATION).split(",")
        if need and need != annotation(child, RESOURCE_ID_ANNOTATION)
    }
    free = frozenset(key for key, child in doomed.items() if needed.isdisjoint(_ids(child)))
    return free or frozenset(doomed)


def _ids(child: JSONObject) -> tuple[str, str]:
    """What others may call the entry of an object: an item is needed by those who need all items of its entry."""
    id_ = annotation(child, RESOURCE_ID_ANNOTATION)
    return id_, entry_of(id_)
