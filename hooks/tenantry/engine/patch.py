"""What is sent of an object that exists already: ``ignoreFields`` and ``patchStrategy`` make it less or more."""

from __future__ import annotations

from typing import NamedTuple

from tenantry.engine.compiled import MERGE, REPLACE
from tenantry.engine.foreign import Foreign, foreign_in, spelled, with_removals
from tenantry.engine.ignore import without_ignored
from tenantry.engine.merge import with_former_fields
from tenantry.engine.observe import annotation, is_deleting
from tenantry.engine.plan import Planned
from tenantry.engine.readiness import is_outdated
from tenantry.names import CONTENT_HASH_ANNOTATION
from tenantry.protocol import JSONObject, Location

FOREIGN_FIELDS = "ForeignFields"
"""Reason of an entry whose object has what others added and an apply cannot remove."""
REMOVING_FIELDS = "RemovingFields"
"""Reason of an entry from whose object is being removed what others added."""
_TOLD = 3
_NOTHING_FOREIGN = Foreign((), ())


class Sent(NamedTuple):
    """What is sent for one object."""

    object: JSONObject
    removals: frozenset[Location] = frozenset()
    """Where it has a null, or a text in its place, on purpose."""
    foreign: Foreign = _NOTHING_FOREIGN


def sent_for(planned: Planned, obj: JSONObject, live: JSONObject) -> Sent:
    """What is sent of a planned object to become of ``live``; the very same object if there is nothing to it."""
    entry = planned.entry
    if entry.patch == MERGE:
        obj = with_former_fields(obj, live)
    if planned.ignored:
        obj = without_ignored(obj, planned.ignored, live)
    # New content goes first, and by itself: it must not fail because something cannot be removed.
    if entry.patch != REPLACE or annotation(live, CONTENT_HASH_ANNOTATION) != planned.content_hash or is_deleting(live):
        return Sent(obj)
    found = foreign_in(obj, live, _Ignored(planned, live))
    return Sent(with_removals(obj, found.removable), frozenset(found.removable), found)


def told(foreign: Foreign) -> tuple[str, str]:
    """Reason and message for what others added to an object; empty if they added nothing."""
    if foreign.stuck:
        way_out = "an apply cannot remove it: remove it by hand, or name it in ignoreFields"
        return FOREIGN_FIELDS, f"somebody added {_listed(foreign.stuck)}, and {way_out}"
    if foreign.removable:
        return REMOVING_FIELDS, f"somebody added {_listed(foreign.removable)}, which is being removed"
    return "", ""


def as_asked(planned: Planned, sent: JSONObject, live: JSONObject, *, was_ready: bool) -> JSONObject:
    """The observed object as its readiness is judged when somebody else owns an ignored field of it.

    Its number of replicas is theirs: it does its work with as many as we asked for. And while it was ready with this
    content, a status that is about an earlier generation still counts: the change was not ours.
    """
    if not planned.ignored or planned.object is None or sent is planned.object:
        return live
    result = live
    wanted, found = _replicas(planned.object), _replicas(live)
    if wanted is not None and found is not None and _replicas(sent) is None and planned.entry.ready_when is None:
        result = {**result, "spec": {**result["spec"], "replicas": min(wanted, found)}}
    status = live.get("status")
    if was_ready and isinstance(status, dict) and is_outdated(live, status):
        result = {**result, "metadata": {**live["metadata"], "generation": status["observedGeneration"]}}
    return result


def _replicas(obj: JSONObject) -> int | None:
    spec = obj.get("spec")
    found = spec.get("replicas") if isinstance(spec, dict) else None
    return found if isinstance(found, int) else None


def _listed(locations: tuple[Location, ...]) -> str:
    first = ", ".join(spelled(location) for location in locations[:_TOLD])
    return first if len(locations) <= _TOLD else f"{first} and {len(locations) - _TOLD} more"


class _Ignored:
    """Whether ``ignoreFields`` match at a place of the observed object; looked up only once somebody asks."""

    def __init__(self, planned: Planned, live: JSONObject) -> None:
        self._paths = planned.entry.ignored
        self._live = live
        self._locations: frozenset[Location] | None = None

    def __call__(self, location: Location) -> bool:
        if not self._paths:
            return False
        if self._locations is None:
            self._locations = frozenset(found for path in self._paths for found in path.locations(self._live))
        return any(location[: len(found)] == found for found in self._locations)
