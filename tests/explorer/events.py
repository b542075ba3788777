"""What can happen to a tenant beside a sync. An event that makes no difference is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from tenantry.names import CONTENT_HASH_ANNOTATION, DELETION_POLICY_ANNOTATION
from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.world import USER, World


class Event(NamedTuple):
    """Something that happens, now."""

    name: str
    happen: Callable[[], None]


def events(world: World) -> Iterator[Event]:
    """All that can happen now. Of the objects of one entry, things happen to the first."""
    if world.tenant() is None:
        yield Event("the tenant comes back", world.create_tenant)
    elif world.wanted() is not None:
        yield Event("the row changes", world.change_row)
        yield Event("the template changes", world.change_template)
        yield Event("the tenant is deleted", world.delete_tenant)
    seen = set()
    for (kind, name), obj in sorted(world.objects().items()):
        id_ = subject.id_of(world.case, name)
        if id_ not in world.case.choices or id_ in seen or "deletionTimestamp" in obj["metadata"]:
            continue
        seen.add(id_)
        yield from _events_of(world, kind, name, obj)


def _events_of(world: World, kind: str, name: str, obj: JSONObject) -> Iterator[Event]:
    if kind == "Widget":
        yield from _reports(world, name, obj)
    yield Event(f"{name} is deleted by hand", partial(_delete, world, obj))
    yield Event(f"{name} is edited", partial(_edit, world, obj))


def _reports(world: World, name: str, obj: JSONObject) -> Iterator[Event]:
    address = obj["metadata"]["namespace"], name
    if has_failed(obj):
        yield Event(f"{name} recovers", partial(world.report, address, ready="True"))
        return
    yield Event(f"{name} fails", partial(world.report, address, stalled=True))
    if not is_healthy(obj):
        yield Event(f"{name} gets ready", partial(world.report, address, ready="True"))


def has_failed(obj: JSONObject) -> bool:
    """Whether a Widget's controller says, of the object as it is now, that it has failed."""
    return not _is_outdated(obj) and _condition(obj, "Stalled")


def is_healthy(obj: JSONObject) -> bool:
    """Whether an object is well, as it is now: for a Widget its controller says so, everything else is by itself."""
    return obj["kind"] != "Widget" or (not _is_outdated(obj) and _condition(obj, "Ready"))


def said_ready(obj: JSONObject) -> bool:
    """Whether a Widget's controller said last that it is ready, whatever has been changed since."""
    return _condition(obj, "Ready")


def _is_outdated(obj: JSONObject) -> bool:
    return bool(obj.get("status", {}).get("observedGeneration", 0) < obj["metadata"].get("generation", 0))


def _condition(obj: JSONObject, type_: str) -> bool:
    conditions = obj.get("status", {}).get("conditions", [])
    return any(found["type"] == type_ and found["status"] == "True" for found in conditions)


def _delete(world: World, obj: JSONObject) -> None:
    metadata = obj["metadata"]
    world.cluster.delete(world.kinds[obj["kind"]], metadata["name"], namespace=metadata.get("namespace", ""))


def _edit(world: World, obj: JSONObject) -> None:
    """Somebody changes fields of ours, adds one of his own, and strips what we mark objects with."""
    metadata = obj["metadata"]
    marks = {CONTENT_HASH_ANNOTATION: None, DELETION_POLICY_ANNOTATION: None}
    patch: JSONObject = {"metadata": {"annotations": {**marks, "example.com/template": "edited"}}}
    if obj["kind"] in subject.KINDS:
        patch[subject.KINDS[obj["kind"]][1]] = {"template": "edited", "free": "edited", "extra": "edited"}
    world.cluster.patch(
        world.kinds[obj["kind"]],
        metadata["name"],
        patch,
        namespace=metadata.get("namespace", ""),
        field_manager=USER,
    )
