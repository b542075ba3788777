"""What is right once nothing happens any more: judged from the case, the row and the store."""

from __future__ import annotations

from collections.abc import Iterator

from tenantry.names import ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.objects import FOREIGN, content_of, has_content, is_anchored, is_kept, is_orphan
from tests.explorer.runs import Objects, Scene, has_run
from tests.explorer.subject import Wanted
from tests.explorer.world import World


def wrong_at_rest(world: World) -> Iterator[str]:
    """What is not as template and row say, now that nothing happens any more and everything is well."""
    case, scene, tenant = world.case, world.scene(), world.tenant()
    objects, wanted = scene.objects, scene.wanted
    if tenant is not None and wanted is None:
        yield "the tenant does not go"
    for id_ in case.choices:
        if wanted is not None and subject.is_wanted(case, id_, *wanted):
            yield from _wrong_entry(case, id_, wanted, scene)
        else:
            yield from _wrong_leftover(case, id_, (), objects)
    if tenant is not None and wanted is not None:
        yield from _wrong_status(tenant, world)


def _wrong_entry(case: Case, id_: str, wanted: Wanted, scene: Scene) -> Iterator[str]:
    objects, names = scene.objects, list(subject.names_of(case, id_, wanted))
    waits = _waits_for_ever(case, id_, wanted, objects)
    for place, name in enumerate(names):
        obj = _in_place(case, id_, name, objects)
        if obj is None:
            if not (waits or (subject.kind_of(case, id_) == "Job" and has_run(case, name, scene))):
                yield f"{name} is missing"
            continue
        names[place] = obj["metadata"]["name"]
        once = subject.is_once(case, id_)
        if not (once or waits or names[place] != name or has_content(case, id_, wanted, obj)):
            yield f"{name} has other content than the template: {content_of(obj)}"
        elif not (once or waits or names[place] != name):
            yield from _too_much(case, id_, wanted, obj)
        yield from _wrong_marks(case, id_, obj, objects)
    if waits:  # what would replace them cannot be made
        names += subject.names_of(case, id_, wanted._replace(row=3 - wanted.row))
    yield from _wrong_leftover(case, id_, tuple(names), objects)


def _too_much(case: Case, id_: str, wanted: Wanted, obj: JSONObject) -> Iterator[str]:
    """Fields that an object should not have any more, by its patchStrategy."""
    strategy, found = case.choices[id_]["patchStrategy"], content_of(obj)
    if strategy == "replace" and "extra" in found:
        yield f"{obj['metadata']['name']} still has what somebody added to it"
    if strategy != "merge" and wanted.state == 2 and "former" in found:
        yield f"{obj['metadata']['name']} still has what its template had before"


def _waits_for_ever(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    """Whether an entry needs one whose objects may not take the names that they would now have."""
    return any(
        subject.is_wanted(case, need, *wanted)
        and (_is_blocked(case, need, wanted, objects) or _waits_for_ever(case, need, wanted, objects))
        for need in subject.needs_of(case, id_, wanted.state)
    )


def _is_blocked(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    if case.choices[id_]["onRename"] != "Block":
        return False
    names = subject.names_of(case, id_, wanted)
    held = [(name, _in_place(case, id_, name, objects)) for name in names]
    return any(obj is None or obj["metadata"]["name"] != name for name, obj in held)


def _in_place(case: Case, id_: str, name: str, objects: Objects) -> JSONObject | None:
    """The object that an entry has where it wants one of this name.

    With ``onRename: Block`` an entry stays with the object that it has under its former name: not even an orphan that
    is called as the template says now takes its place.
    """
    kind = subject.kind_of(case, id_)
    named = objects.get((kind, name))
    if case.choices[id_]["onRename"] != "Block" or (named is not None and not is_orphan(named)):
        return named
    former = objects.get((kind, subject.former_name(case, id_, name)))
    return named if former is None or (named is not None and is_orphan(former)) else former


def _wrong_marks(case: Case, id_: str, obj: JSONObject, objects: Objects) -> Iterator[str]:
    name = obj["metadata"]["name"]
    if is_orphan(obj):
        yield f"{name} has a place and is labelled as an orphan"
    if is_kept(case, name, objects) and not is_anchored(obj):
        yield f"{name} is to be retained and has no anchor"


def _wrong_leftover(case: Case, id_: str, names: tuple[str, ...], objects: Objects) -> Iterator[str]:
    """Objects of an entry that have no place: they are gone, or stay as what they are."""
    for (_, name), obj in objects.items():
        if name == FOREIGN or subject.id_of(case, name) != id_ or name in names:
            continue
        if not subject.is_retained(case, id_):
            yield f"{name} has no place any more and is still there"
        elif obj["metadata"].get("labels", {}).get(ORPHANED_LABEL) != "true":
            yield f"{name} has no place any more and is not labelled as an orphan"
        elif not is_anchored(obj):
            yield f"{name} is to be retained and has no anchor"


def _wrong_status(tenant: JSONObject, world: World) -> Iterator[str]:
    renamed = any(chosen["onRename"] == "Block" for chosen in world.case.choices.values())
    conditions = {found["type"]: found for found in tenant["status"]["conditions"]}
    if conditions["Ready"]["status"] != "True" and not renamed:
        yield f"the tenant is not Ready: {conditions['Ready']['reason']}: {conditions['Ready']['message']}"
    if (
        conditions["Ready"]["status"] == "True"
        and tenant["status"]["observedGeneration"] != tenant["metadata"]["generation"]
    ):
        yield "the tenant is Ready as it was before"
