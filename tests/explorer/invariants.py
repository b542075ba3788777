"""What must hold whatever happens: judged from the case, the row and the store, never from what the engine says."""

from __future__ import annotations

from collections.abc import Iterator

from tenantry.names import ANCHOR_NAMESPACE, ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.events import has_failed, is_healthy, said_ready
from tests.explorer.world import FOREIGN, Objects, Round, World

Wanted = tuple[int, int]
"""State of the template, and row."""


def broken_by(case: Case, wanted: Wanted | None, done: Round) -> Iterator[str]:
    """What a sync did that must not be."""
    yield from _lost(case, done)
    yield from _foreign_touched(done)
    yield from _ignored_written(case, done)
    for write in done.writes:
        if write.kind.kind == "Tenant":
            continue
        if write.outcome == "created" and write.after is not None:
            yield from _made_too_early(case, wanted, done.before, write.after)
        if write.outcome == "deleted" and write.before is not None:
            yield from _gone_too_early(case, wanted, done.before, write.before)


def holds_something(case: Case, objects: Objects) -> bool:
    """Whether there is a retained object in the tenant's Namespace."""
    return any(
        obj["metadata"].get("namespace") == subject.HOME and _is_kept(case, name, objects)
        for (_, name), obj in objects.items()
    )


def _is_kept(case: Case, name: str, objects: Objects) -> bool:
    """Whether an object is one that stays: by its entry's policy, or as the Namespace of such an object."""
    if name == FOREIGN:
        return True
    id_ = subject.id_of(case, name)
    if case.choices[id_]["deletionPolicy"] == "Retain":
        return True
    return subject.is_home(case, id_) and holds_something(case, objects)


def _lost(case: Case, done: Round) -> Iterator[str]:
    for key, obj in done.before.items():
        if key in done.after and done.after[key]["metadata"]["uid"] == obj["metadata"]["uid"]:
            continue
        if not _goes_by_hand(obj, done.before) and _is_kept(case, key[1], done.before):
            yield f"{key[0]} {key[1]} was to be retained and is gone"


def _goes_by_hand(obj: JSONObject, objects: Objects) -> bool:
    """Whether a person deleted an object, or the Namespace in which it lives."""
    home = objects.get(("Namespace", obj["metadata"].get("namespace", "")), obj)
    return "deletionTimestamp" in obj["metadata"] or "deletionTimestamp" in home["metadata"]


def _foreign_touched(done: Round) -> Iterator[str]:
    for key, obj in done.before.items():
        if key[1] == FOREIGN and _theirs(done.after.get(key)) != _theirs(obj):
            yield f"somebody else's {key[0]} {key[1]} was changed"


def _ignored_written(case: Case, done: Round) -> Iterator[str]:
    """A field of ``ignoreFields`` that somebody has changed is his."""
    for key, obj in done.before.items():
        after = done.after.get(key)
        if key[1] == FOREIGN or after is None or after["metadata"]["uid"] != obj["metadata"]["uid"]:
            continue
        ignored = case.choices[subject.id_of(case, key[1])]["ignoreFields"] != "none"
        if ignored and content_of(obj).get("free") == "edited" != content_of(after).get("free"):
            yield f"the ignored field of {key[1]} was written"


def _theirs(obj: JSONObject | None) -> object:
    """What is in an object that is not ours, its owners aside, among which Metacontroller writes itself."""
    if obj is None:
        return None
    metadata = {name: obj["metadata"].get(name) for name in ("uid", "labels", "annotations", "finalizers")}
    return metadata, {name: value for name, value in obj.items() if name != "metadata"}


def _made_too_early(case: Case, wanted: Wanted | None, before: Objects, made: JSONObject) -> Iterator[str]:
    name = made["metadata"]["name"]
    if wanted is None:
        yield f"{name} was made for a tenant that is going"
        return
    id_ = subject.id_of(case, name)
    if not subject.is_wanted(case, id_, *wanted) or name not in subject.names_of(case, id_, wanted[1]):
        yield f"{name} was made, which nothing wants"
    patient = case.choices[id_]["skipOnDependencyFailure"] == "true"
    for need in sorted(subject.needs_of(case, id_, wanted[0])):
        if _is_settled(case, need, wanted, before) or (not patient and _has_failed(case, need, wanted, before)):
            continue
        yield f"{name} was made before {need} was ready"


def _is_settled(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    """Whether dependents of an entry may go on: all its objects are ready as they shall be now, or none is wanted."""
    if not subject.is_wanted(case, id_, *wanted):
        return True
    names = subject.names_of(case, id_, wanted[1])
    return all(_is_ready(case, id_, wanted, objects.get((subject.kind_of(case, id_), name))) for name in names)


def _is_ready(case: Case, id_: str, wanted: Wanted, obj: JSONObject | None) -> bool:
    if obj is None or "deletionTimestamp" in obj["metadata"]:
        return False
    chosen = case.choices[id_]
    if chosen["creationPolicy"] == "WhenNeeded" and not has_content(case, id_, wanted, obj):
        return False
    if chosen["waitForReady"] == "false":
        return True
    if chosen["readyWhen"] != "no" and obj["kind"] == "Widget":
        return bool(obj.get("status", {}).get("level") == 1)
    # With ignoreFields it was ready with this content, and stays so until its controller says something else.
    return is_healthy(obj) or (chosen["ignoreFields"] != "none" and said_ready(obj))


def _has_failed(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    """Whether an entry failed, or was passed over since one failed that it needs."""
    kind = subject.kind_of(case, id_)
    found = [objects.get((kind, name)) for name in subject.names_of(case, id_, wanted[1])]
    if any(obj is not None and has_failed(obj) for obj in found):
        return True
    return any(_has_failed(case, need, wanted, objects) for need in subject.needs_of(case, id_, wanted[0]))


def has_content(case: Case, id_: str, wanted: Wanted, obj: JSONObject) -> bool:
    """Whether an object is as template and row say. Others may add to it."""
    found = content_of(obj)
    expected = subject.fixed_content(case, id_, *wanted)
    return all(value is None or found.get(name) == value for name, value in expected.items())


def content_of(obj: JSONObject) -> JSONObject:
    if obj["kind"] == "Namespace":
        return dict(obj["metadata"].get("annotations", {}))
    return dict(obj.get(subject.KINDS[obj["kind"]][1]) or {})


def _gone_too_early(case: Case, wanted: Wanted | None, before: Objects, gone: JSONObject) -> Iterator[str]:
    name = gone["metadata"]["name"]
    id_ = subject.id_of(case, name)
    for (_, other), obj in before.items():
        if other == FOREIGN or "deletionTimestamp" in obj["metadata"] or _is_kept(case, other, before):
            continue
        if id_ in _needs_of(case, obj) and not _has_place(case, wanted, other):
            yield f"{name} was deleted before {other}, which needs it"


def _needs_of(case: Case, obj: JSONObject) -> frozenset[str]:
    """What an object depends on, by the state of the template that it was made from, or by both if it was edited."""
    id_ = subject.id_of(case, obj["metadata"]["name"])
    said = content_of(obj).get("template" if obj["kind"] in subject.KINDS else "example.com/template")
    states = [state for state in subject.STATES if said in (str(state), "edited")]
    return frozenset.intersection(*(subject.needs_of(case, id_, state) for state in states))


def _has_place(case: Case, wanted: Wanted | None, name: str) -> bool:
    """Whether an object is wanted as it is called, or stays under the name that it has."""
    if wanted is None:
        return False
    id_ = subject.id_of(case, name)
    names = subject.names_of(case, id_, wanted[1])
    blocks = case.choices[id_]["onRename"] == "Block"
    placed = name in names or (blocks and subject.former_name(case, id_, name) in names)
    return placed and subject.is_wanted(case, id_, *wanted)


def wrong_at_rest(world: World) -> Iterator[str]:
    """What is not as template and row say, now that nothing happens any more and everything is well."""
    case, objects, wanted = world.case, world.objects(), world.wanted()
    tenant = world.tenant()
    if tenant is not None and wanted is None:
        yield "the tenant does not go"
    for id_ in case.choices:
        if wanted is not None and subject.is_wanted(case, id_, *wanted):
            yield from _wrong_entry(case, id_, wanted, objects)
        else:
            yield from _wrong_leftover(case, id_, (), objects)
    if tenant is not None and wanted is not None:
        yield from _wrong_status(tenant, world)


def _wrong_entry(case: Case, id_: str, wanted: Wanted, objects: Objects) -> Iterator[str]:
    names = list(subject.names_of(case, id_, wanted[1]))
    waits = _waits_for_ever(case, id_, wanted, objects)
    for place, name in enumerate(names):
        obj = _in_place(case, id_, name, objects)
        if obj is None:
            if not waits:
                yield f"{name} is missing"
            continue
        names[place] = obj["metadata"]["name"]
        once = case.choices[id_]["creationPolicy"] == "Once"
        if not (once or waits or names[place] != name or has_content(case, id_, wanted, obj)):
            yield f"{name} has other content than the template: {content_of(obj)}"
        elif not (once or waits or names[place] != name):
            yield from _too_much(case, id_, wanted, obj)
        yield from _wrong_marks(case, id_, obj, objects)
    if waits:  # what would replace them cannot be made
        names += subject.names_of(case, id_, 3 - wanted[1])
    yield from _wrong_leftover(case, id_, tuple(names), objects)


def _too_much(case: Case, id_: str, wanted: Wanted, obj: JSONObject) -> Iterator[str]:
    """Fields that an object should not have any more, by its patchStrategy."""
    strategy, found = case.choices[id_]["patchStrategy"], content_of(obj)
    if strategy == "replace" and "extra" in found:
        yield f"{obj['metadata']['name']} still has what somebody added to it"
    if strategy != "merge" and wanted[0] == 2 and "former" in found:
        yield f"{obj['metadata']['name']} still has what its template had before"


def _waits_for_ever(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    """Whether an entry needs one whose objects may not take the names that they would now have."""
    return any(
        subject.is_wanted(case, need, *wanted)
        and (_is_blocked(case, need, wanted, objects) or _waits_for_ever(case, need, wanted, objects))
        for need in subject.needs_of(case, id_, wanted[0])
    )


def _is_blocked(case: Case, id_: str, wanted: Wanted, objects: Objects) -> bool:
    if case.choices[id_]["onRename"] != "Block":
        return False
    names = subject.names_of(case, id_, wanted[1])
    held = [(name, _in_place(case, id_, name, objects)) for name in names]
    return any(obj is None or obj["metadata"]["name"] != name for name, obj in held)


def _in_place(case: Case, id_: str, name: str, objects: Objects) -> JSONObject | None:
    """The object that an entry has where it wants one of this name.

    With ``onRename: Block`` an entry stays with the object that it has under its former name: not even an orphan that
    is called as the template says now takes its place.
    """
    kind = subject.kind_of(case, id_)
    named = objects.get((kind, name))
    if case.choices[id_]["onRename"] != "Block" or (named is not None and not _is_orphan(named)):
        return named
    former = objects.get((kind, subject.former_name(case, id_, name)))
    return named if former is None or (named is not None and _is_orphan(former)) else former


def _is_orphan(obj: JSONObject) -> bool:
    return ORPHANED_LABEL in obj["metadata"].get("labels", {})


def _wrong_marks(case: Case, id_: str, obj: JSONObject, objects: Objects) -> Iterator[str]:
    name = obj["metadata"]["name"]
    if _is_orphan(obj):
        yield f"{name} has a place and is labelled as an orphan"
    if _is_kept(case, name, objects) and not is_anchored(obj):
        yield f"{name} is to be retained and has no anchor"


def is_anchored(obj: JSONObject) -> bool:
    return any(owner["name"] == ANCHOR_NAMESPACE for owner in obj["metadata"].get("ownerReferences", ()))


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
