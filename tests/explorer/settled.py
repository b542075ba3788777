"""Whether entries let others go on: what was made, and has become ready as it shall be now."""

from __future__ import annotations

from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.health import has_failed, is_healthy, said_ready
from tests.explorer.objects import has_content
from tests.explorer.runs import Scene, has_run
from tests.explorer.subject import Wanted


def waits_for(case: Case, id_: str, wanted: Wanted, scene: Scene) -> list[str]:
    """What an entry must wait for: its dependencies, and what comes before it because of its lifecycle."""
    patient = case.choices[id_]["skipOnDependencyFailure"] == "true"
    before = subject.predecessors_of(case, id_, wanted.state)
    needs = subject.needs_of(case, id_, wanted.state)
    unsettled = [need for need in sorted(needs | before) if not is_settled(case, need, wanted, scene)]
    return [need for need in unsettled if patient or need in before or not _has_failed(case, need, wanted, scene)]


def is_settled(case: Case, id_: str, wanted: Wanted, scene: Scene) -> bool:
    """Whether dependents of an entry may go on: all its objects are ready as they shall be now, or none is wanted.

    One with ``onFailure: Continue`` may have failed instead.
    """
    if not subject.is_wanted(case, id_, *wanted):
        return True
    if subject.goes_on(case, id_) and _has_failed(case, id_, wanted, scene):
        return True
    return all(_is_ready(case, id_, wanted, name, scene) for name in subject.names_of(case, id_, wanted))


def _is_ready(case: Case, id_: str, wanted: Wanted, name: str, scene: Scene) -> bool:
    kind = subject.kind_of(case, id_)
    if has_run(case, name, scene) and (kind == "Job" or subject.goes_on(case, id_)):
        return True
    obj = scene.objects.get((kind, name))
    if obj is None or "deletionTimestamp" in obj["metadata"]:
        return False
    if not subject.is_once(case, id_) and not has_content(case, id_, wanted, obj):
        return False
    return is_well(case, id_, obj)


def is_well(case: Case, id_: str, obj: JSONObject) -> bool:
    """Whether an object that is there, as it shall be, counts as ready."""
    chosen = case.choices[id_]
    if chosen["waitForReady"] == "false":
        return True
    if chosen["readyWhen"] != "no" and obj["kind"] == "Widget":
        return bool(obj.get("status", {}).get("level") == 1)
    # With ignoreFields it was ready with this content, and stays so until its controller says something else.
    return is_healthy(obj) or (chosen["ignoreFields"] != "none" and said_ready(obj))


def _has_failed(case: Case, id_: str, wanted: Wanted, scene: Scene) -> bool:
    """Whether an entry failed, or was passed over since one failed that it needs."""
    keys = [(subject.kind_of(case, id_), name) for name in subject.names_of(case, id_, wanted)]
    if any(key in scene.overdue or (key in scene.objects and has_failed(scene.objects[key])) for key in keys):
        return True
    needs = subject.needs_of(case, id_, wanted.state)
    return any(_has_failed(case, need, wanted, scene) for need in needs if not subject.goes_on(case, need))
