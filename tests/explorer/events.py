"""What can happen to a tenant beside a sync. An event that makes no difference is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from tenantry.names import CONTENT_HASH_ANNOTATION, DELETION_POLICY_ANNOTATION
from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.health import Key, has_failed, is_finished, is_healthy
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
    if world.may_be_let_go():
        yield Event("the tenant is let go", world.let_go)
    if world.is_waiting():
        yield Event("too much time passes", world.take_too_long)
    seen = set()
    for (kind, name), obj in sorted(world.objects().items(), key=_unfinished_first):
        id_ = subject.id_of(world.case, name)
        if id_ not in world.case.choices or id_ in seen or "deletionTimestamp" in obj["metadata"]:
            continue
        seen.add(id_)
        yield from _events_of(world, kind, name, obj)


def _unfinished_first(found: tuple[Key, JSONObject]) -> tuple[bool, Key]:
    return is_finished(found[1]), found[0]


def _events_of(world: World, kind: str, name: str, obj: JSONObject) -> Iterator[Event]:
    address = obj["metadata"].get("namespace", ""), name
    if kind == "Widget":
        yield from _reports(world, address, obj)
    elif kind == "Job" and not is_finished(obj):
        yield Event(f"{name} completes", partial(world.end_job, address, complete=True))
        yield Event(f"{name} fails", partial(world.end_job, address, complete=False))
    yield Event(f"{name} is deleted by hand", partial(_delete, world, obj))
    yield Event(f"{name} is edited", partial(_edit, world, obj))


def _reports(world: World, address: tuple[str, str], obj: JSONObject) -> Iterator[Event]:
    name = address[1]
    if has_failed(obj):
        yield Event(f"{name} recovers", partial(world.report, address, ready="True"))
        return
    yield Event(f"{name} fails", partial(world.report, address, stalled=True))
    if not is_healthy(obj):
        yield Event(f"{name} gets ready", partial(world.report, address, ready="True"))


def _delete(world: World, obj: JSONObject) -> None:
    metadata = obj["metadata"]
    world.cluster.delete(world.kinds[obj["kind"]], metadata["name"], namespace=metadata.get("namespace", ""))


def _edit(world: World, obj: JSONObject) -> None:
    """Somebody changes fields of ours, adds one of his own, and strips what we mark objects with."""
    metadata = obj["metadata"]
    marks = {CONTENT_HASH_ANNOTATION: None, DELETION_POLICY_ANNOTATION: None}
    patch: JSONObject = {"metadata": {"annotations": {**marks, subject.TEMPLATE_NOTE: "edited"}}}
    if obj["kind"] in subject.KINDS:
        patch[subject.KINDS[obj["kind"]][1]] = {"template": "edited", "free": "edited", "extra": "edited"}
    world.cluster.patch(
        world.kinds[obj["kind"]],
        metadata["name"],
        patch,
        namespace=metadata.get("namespace", ""),
        field_manager=USER,
    )
