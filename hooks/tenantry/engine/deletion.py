"""The order in which objects go: dependents first, by what the observed objects themselves say.

The annotation ``tenantry.io/depends-on``, and who lives in which Namespace, decide alone, so that a tenant can be taken
down without its template.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from tenantry.engine.observe import annotation
from tenantry.engine.retain import is_namespace_in, namespace_of
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION, entry_of
from tenantry.protocol import JSONObject, ObjectKey


def may_go(
    doomed: Mapping[ObjectKey, JSONObject], waiting: Iterable[JSONObject] = (), *, used: Collection[str] = ()
) -> frozenset[ObjectKey]:
    """Of the objects that shall all go, those on which no other of them still depends, nor any that goes later.

    Objects that depend on each other in a circle go together: something must. A Namespace goes after what lives in it,
    also if that does not say that it depends on it. ``waiting`` are those that go later, ``used`` are ids of entries
    and items that something uses which does not go at all.
    """
    if not doomed:
        return frozenset()
    later = needs_of(waiting).union(used)
    needed = later | needs_of(doomed.values())
    lived_in = frozenset(map(namespace_of, doomed))
    free = frozenset(
        key for key, child in doomed.items() if needed.isdisjoint(_ids(child)) and not is_namespace_in(key, lived_in)
    )
    if free or any(not later.isdisjoint(_ids(child)) for child in doomed.values()):
        return free
    return frozenset(doomed)


def needs_of(children: Iterable[JSONObject]) -> set[str]:
    """Ids of the entries and items on which observed objects say that they depend."""
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
