"""What an object is: what is in it, and whether it stays when its tenant does not need it any more."""

from __future__ import annotations

from typing import Final

from tenantry.names import ANCHOR_NAMESPACE, ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.runs import Objects
from tests.explorer.subject import Wanted

FOREIGN: Final = "theirs"
"""The object of somebody else."""


def content_of(obj: JSONObject) -> JSONObject:
    """What an object was made from, or has become since."""
    if obj["kind"] in subject.NOTED_KINDS:
        return dict(obj["metadata"].get("annotations", {}))
    return dict(obj.get(subject.KINDS[obj["kind"]][1]) or {})


def own_content(obj: JSONObject) -> JSONObject:
    """What the template has to say about. What somebody added is not: to remove that again waits for nobody."""
    return {name: value for name, value in content_of(obj).items() if name in subject.OWN_FIELDS}


def has_content(case: Case, id_: str, wanted: Wanted, obj: JSONObject) -> bool:
    """Whether an object is as template and row say. Others may add to it."""
    found = content_of(obj)
    expected = subject.fixed_content(case, id_, *wanted)
    return all(value is None or found.get(name) == value for name, value in expected.items())


def needs_of(case: Case, obj: JSONObject) -> frozenset[str]:
    """What an object depends on, by the state of the template that it was made from, or by both if that is not known.

    It is not if somebody edited it. Nor is it of an object that is made once and keeps its place: its content stays,
    but what it depends on is as the template says now.
    """
    id_ = subject.id_of(case, obj["metadata"]["name"])
    said = content_of(obj).get("template" if obj["kind"] in subject.KINDS else subject.TEMPLATE_NOTE)
    if subject.is_once(case, id_) and not subject.is_run(case, id_):
        said = "edited"
    states = [state for state in subject.STATES if said in (str(state), "edited")]
    return frozenset.intersection(*(subject.needs_of(case, id_, state) for state in states))


def is_kept(case: Case, name: str, objects: Objects) -> bool:
    """Whether an object is one that stays: by its entry's policy, or as the Namespace of such an object."""
    if name == FOREIGN:
        return True
    id_ = subject.id_of(case, name)
    if case.choices[id_]["deletionPolicy"] == "Retain":
        return True
    return subject.is_home(case, id_) and _holds_something(case, objects)


def _holds_something(case: Case, objects: Objects) -> bool:
    """Whether there is a retained object in the tenant's Namespace."""
    return any(
        obj["metadata"].get("namespace") == subject.HOME and is_kept(case, name, objects)
        for (_, name), obj in objects.items()
    )


def is_orphan(obj: JSONObject) -> bool:
    return ORPHANED_LABEL in obj["metadata"].get("labels", {})


def is_anchored(obj: JSONObject) -> bool:
    return any(owner["name"] == ANCHOR_NAMESPACE for owner in obj["metadata"].get("ownerReferences", ()))
