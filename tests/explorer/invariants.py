"""What must hold whatever happens: judged from the case, the row and the store, never from what the engine says."""

from __future__ import annotations

from collections.abc import Iterator

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.statistics import Write
from tests.explorer import runs, subject
from tests.explorer.cases import PRE_CREATE, PRE_DELETE, Case
from tests.explorer.objects import FOREIGN, content_of, is_kept, needs_of, own_content
from tests.explorer.runs import Objects, Scene
from tests.explorer.settled import is_settled, waits_for
from tests.explorer.world import Round


def broken_by(case: Case, done: Round) -> Iterator[str]:
    """What a sync did that must not be."""
    yield from _lost(case, done)
    yield from _foreign_touched(done)
    yield from _ignored_written(case, done)
    for write in done.writes:
        if write.kind.kind != "Tenant":
            yield from _written_wrongly(case, done.before, write)
    if done.gone:
        for id_ in _not_over(case, done.before):
            yield f"the tenant went before {id_} was over"


def _written_wrongly(case: Case, before: Scene, write: Write) -> Iterator[str]:
    match write.outcome, write.before, write.after:
        case "created", _, dict(made):
            yield from _made_wrongly(case, before, made)
        case "changed", dict(was), dict(became) if own_content(was) != own_content(became):
            yield from _changed_wrongly(case, before, became)
        case "deleted", dict(gone), _:
            yield from _gone_too_early(case, before, gone)
            yield from _gone_before_runs(case, before, gone)


def _lost(case: Case, done: Round) -> Iterator[str]:
    before = done.before.objects
    for key, obj in before.items():
        if key in done.after and done.after[key]["metadata"]["uid"] == obj["metadata"]["uid"]:
            continue
        if not _goes_by_hand(obj, before) and is_kept(case, key[1], before):
            yield f"{key[0]} {key[1]} was to be retained and is gone"


def _goes_by_hand(obj: JSONObject, objects: Objects) -> bool:
    """Whether a person deleted an object, or the Namespace in which it lives."""
    home = objects.get(("Namespace", obj["metadata"].get("namespace", "")), obj)
    return "deletionTimestamp" in obj["metadata"] or "deletionTimestamp" in home["metadata"]


def _foreign_touched(done: Round) -> Iterator[str]:
    for key, obj in done.before.objects.items():
        if key[1] == FOREIGN and _theirs(done.after.get(key)) != _theirs(obj):
            yield f"somebody else's {key[0]} {key[1]} was changed"


def _ignored_written(case: Case, done: Round) -> Iterator[str]:
    """A field of ``ignoreFields`` that somebody has changed is his."""
    for key, obj in done.before.objects.items():
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


def _made_wrongly(case: Case, before: Scene, made: JSONObject) -> Iterator[str]:
    name = made["metadata"]["name"]
    if before.wanted is None:
        yield from _made_wrongly_at_the_end(case, before, made)
        return
    id_ = subject.id_of(case, name)
    if not subject.is_wanted(case, id_, *before.wanted) or name not in subject.names_of(case, id_, before.wanted):
        yield f"{name} was made, which nothing wants"
    if subject.kind_of(case, id_) == "Job" and runs.ran_ever_since(case, name, before):
        yield f"{name} has run and was made again"
    for need in waits_for(case, id_, before.wanted, before):
        yield f"{name} was made before {need} was ready"


def _made_wrongly_at_the_end(case: Case, before: Scene, made: JSONObject) -> Iterator[str]:
    """Only what runs before a tenant goes is made for one that goes: once, and one after the other."""
    name, going = made["metadata"]["name"], before.going
    if going is None or not runs.begun_for(case, going, made):
        yield f"{name} was made for a tenant that is going"
        return
    id_ = subject.id_of(case, name)
    if subject.kind_of(case, id_) == "Job" and runs.ran_ever_since(case, name, before):
        yield f"{name} has run and was made again"
    for need in sorted(subject.needs_of(case, id_, going.wanted.state)):
        if not runs.is_over(case, need, before, going):
            yield f"{name} was made before {need} was over"


def _changed_wrongly(case: Case, before: Scene, became: JSONObject) -> Iterator[str]:
    name = became["metadata"]["name"]
    id_ = subject.id_of(case, name)
    if before.wanted is not None:
        for need in waits_for(case, id_, before.wanted, before):
            yield f"{name} was changed before {need} was ready"
    elif subject.lifecycle_of(case, id_) != PRE_DELETE:
        yield f"{name} was changed for a tenant that is going"


def _gone_too_early(case: Case, before: Scene, gone: JSONObject) -> Iterator[str]:
    name = gone["metadata"]["name"]
    id_ = subject.id_of(case, name)
    for (_, other), obj in before.objects.items():
        if other == FOREIGN or "deletionTimestamp" in obj["metadata"] or is_kept(case, other, before.objects):
            continue
        if id_ in needs_of(case, obj) and not _has_place(case, before, other):
            yield f"{name} was deleted before {other}, which needs it"


def _gone_before_runs(case: Case, before: Scene, gone: JSONObject) -> Iterator[str]:
    """Nothing is removed before what runs first completed, and nothing goes before what runs at the end is over."""
    name = gone["metadata"]["name"]
    for id_ in case.choices:
        first = before.wanted is not None and subject.lifecycle_of(case, id_) == PRE_CREATE
        if first and before.wanted is not None and not is_settled(case, id_, before.wanted, before):
            yield f"{name} was deleted before {id_} was ready"
    for id_ in _not_over(case, before):
        yield f"{name} was deleted before {id_} was over"


def _not_over(case: Case, before: Scene) -> list[str]:
    going = before.going
    return [] if going is None else [id_ for id_ in case.choices if not runs.is_over(case, id_, before, going)]


def _has_place(case: Case, before: Scene, name: str) -> bool:
    """Whether an object is wanted as it is called, or stays under the name that it has."""
    if before.wanted is None:
        return False
    id_ = subject.id_of(case, name)
    names = subject.names_of(case, id_, before.wanted)
    blocks = case.choices[id_]["onRename"] == "Block"
    placed = name in names or (blocks and subject.former_name(case, id_, name) in names)
    return placed and subject.is_wanted(case, id_, *before.wanted)
