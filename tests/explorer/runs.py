"""What runs because of its lifecycle, and whether it has run: told from what was there when the hook looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.health import Key, has_failed, is_healthy
from tests.explorer.subject import Wanted

Objects = Mapping[Key, JSONObject]


class Run(NamedTuple):
    """A run that ended, and was seen to: it completed or, at the end of a tenant that goes on then, failed."""

    name: str
    created: str
    steady: bool
    """Whether it completed and has been wanted under this very name ever since: then it must not happen again."""


Runs = Mapping[str, Run]
"""Name of a run without its hash → the last one."""


class Going(NamedTuple):
    """A tenant that is being deleted."""

    wanted: Wanted
    """What it shall be for as long as it is there."""
    since: str
    skipped: bool
    """Whether somebody said that nothing shall run before it goes."""


class Scene(NamedTuple):
    """What there is, to judge by."""

    objects: Objects
    wanted: Wanted | None
    """What the tenant shall be; none if there is none, or it is going."""
    going: Going | None
    runs: Runs
    overdue: frozenset[Key]
    """Objects that have not become ready in time."""


def remembered(case: Case, scene: Scene) -> Runs:
    """The runs that are known when a hook has seen this."""
    current = _current(case, scene.wanted)
    found = {
        base: run._replace(steady=run.steady and (run.name in current or scene.going is not None))
        for base, run in scene.runs.items()
    }
    for key, obj in scene.objects.items():
        at_the_end = scene.going is not None and begun_for(case, scene.going, obj)
        if not at_the_end and key[1] not in current:
            continue
        completed = is_healthy(obj)
        if completed or (at_the_end and may_fail(case, key, scene)):
            found[subject.base_of(case, key[1])] = Run(key[1], obj["metadata"]["creationTimestamp"], completed)
    return found


def may_fail(case: Case, key: Key, scene: Scene) -> bool:
    """Whether an object failed, or took too long, and nothing may wait for it."""
    failed = has_failed(scene.objects[key]) or key in scene.overdue
    return failed and subject.goes_on(case, subject.id_of(case, key[1]))


def _current(case: Case, wanted: Wanted | None) -> frozenset[str]:
    if wanted is None:
        return frozenset()
    ids = [id_ for id_ in case.choices if subject.is_run(case, id_) and subject.is_wanted(case, id_, *wanted)]
    return frozenset(name for id_ in ids for name in subject.names_of(case, id_, wanted))


def has_run(case: Case, name: str, scene: Scene) -> bool:
    """Whether an object of this name completed, and nothing of its entry did after it."""
    run = scene.runs.get(subject.base_of(case, name))
    return run is not None and run.name == name


def ran_ever_since(case: Case, name: str, scene: Scene) -> bool:
    """The same, of one that has been wanted under this name all the time."""
    return has_run(case, name, scene) and scene.runs[subject.base_of(case, name)].steady


def begun_for(case: Case, going: Going, obj: JSONObject) -> bool:
    """Whether an object runs because this tenant goes, and not because a former one did."""
    metadata = obj["metadata"]
    id_ = subject.id_of(case, metadata["name"])
    if id_ not in case.choices or not subject.runs_at_end(case, id_, *going.wanted):
        return False
    bases = subject.bases_of(case, id_, going.wanted.row)
    return subject.base_of(case, metadata["name"]) in bases and metadata["creationTimestamp"] >= going.since


def is_over(case: Case, id_: str, scene: Scene, going: Going) -> bool:
    """Whether a PreDelete entry lets its tenant go: it completed, may fail and did, or has no place to run in."""
    if not subject.runs_at_end(case, id_, *going.wanted) or going.skipped or _has_no_place(case, id_, scene):
        return True
    return all(_is_over(case, id_, base, scene, going) for base in subject.bases_of(case, id_, going.wanted.row))


def _is_over(case: Case, id_: str, base: str, scene: Scene, going: Going) -> bool:
    run = scene.runs.get(base)
    if run is not None and run.created >= going.since:
        return True
    return any(
        subject.base_of(case, key[1]) == base
        and begun_for(case, going, obj)
        and (is_healthy(obj) or may_fail(case, key, scene))
        for key, obj in scene.objects.items()
    )


def _has_no_place(case: Case, id_: str, scene: Scene) -> bool:
    """Whether the tenant's Namespace, in which an entry would run, is gone or going."""
    home = scene.objects.get(("Namespace", subject.namespace_of(case, id_)))
    return subject.namespace_of(case, id_) == subject.HOME and (home is None or "deletionTimestamp" in home["metadata"])
