"""``lifecycle``: entries that run before a tenant is made, when all of it is ready, or before it is deleted.

``PreCreate`` and ``PostReady`` are dependencies that nobody has to write down, and nothing more: everything else waits
for a PreCreate entry, and a PostReady entry waits for everything else. ``PreDelete`` entries are put off for as long as
the tenant lives. What runs is named after its content, so that it runs again when its content changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tenantry.names import content_hash, entry_of
from tenantry.protocol import JSONObject

SYNC: Final = "Sync"
PRE_CREATE: Final = "PreCreate"
POST_READY: Final = "PostReady"
PRE_DELETE: Final = "PreDelete"
CONTINUE: Final = "Continue"
"""``onFailure``: what fails is told, and nothing waits for it."""
WAITS_FOR_DELETION: Final = "WaitsForDeletion"
"""Reason of a PreDelete entry while its tenant lives: no object is wanted, and nothing is wrong."""
NAMESPACE_GONE: Final = "NamespaceGone"
"""Reason of a PreDelete entry that has no place to run in any more."""

_ORDER: Final = (PRE_CREATE, SYNC, POST_READY, PRE_DELETE)
_LONGEST_NAME: Final = {"CronJob.batch/v1": 52, "Job.batch/v1": 63, "Namespace.v1": 63, "Pod.v1": 63, "Service.v1": 63}
_LONGEST_OTHER_NAME: Final = 253

Needs = Mapping[str, Sequence[str]]
"""Entry or item → ids of the entries and items that it depends on."""


def as_run(rendered: JSONObject, type_key: str, *, deletion: str = "") -> JSONObject:
    """An object under a name that ends in ten hex digits of its content; a name that would be too long is cut.

    ``deletion`` is the uid of the Tenant that is being deleted. It counts as content of what runs before a deletion:
    what an earlier Tenant of this name left behind is no proof that it ran for this one.
    """
    metadata = rendered["metadata"]
    digits = content_hash({"deletion": deletion, "object": rendered} if deletion else rendered)
    longest = _LONGEST_NAME.get(type_key, _LONGEST_OTHER_NAME) - len(digits) - 1
    base = metadata["name"][:longest].rstrip("-.")
    return {**rendered, "metadata": {**metadata, "name": f"{base}-{digits}"}}


def predecessors(lifecycles: Mapping[str, str], needs: Needs) -> dict[str, tuple[str, ...]]:
    """Entry or item → those that come before it because of their lifecycle, sorted. Who waits for none is left out.

    What a PreCreate entry depends on, however indirectly, goes before it by itself and does not wait for any.
    """
    first = _of(lifecycles, PRE_CREATE)
    exempt = _all_needed(first, lifecycles, needs) if first else frozenset()
    before_the_end = tuple(sorted((*first, *_of(lifecycles, SYNC))))
    found = {
        **dict.fromkeys((id_ for id_ in _of(lifecycles, SYNC) if id_ not in exempt), first),
        **dict.fromkeys(_of(lifecycles, POST_READY), before_the_end),
    }
    return {id_: before for id_, before in found.items() if before}


def misplaced(id_: str, lifecycle: str, need: str, need_lifecycle: str) -> str:
    """Why an entry cannot depend on another because of their lifecycles; empty if it can."""
    if _ORDER.index(need_lifecycle) <= _ORDER.index(lifecycle) or (lifecycle, need_lifecycle) == (PRE_CREATE, SYNC):
        return ""
    if need_lifecycle == PRE_DELETE:
        return f"{need!r} is PreDelete and is not made before the Tenant is deleted: {id_!r} would wait for ever"
    return (
        f"{need!r} is PostReady and waits until {id_!r} is ready, which is {lifecycle}: {id_} → {need} → {id_}. "
        f"Make {id_!r} PostReady too, or remove the dependency"
    )


def lifecycle_of(entry: JSONObject) -> str:
    """The lifecycle of an entry of a template."""
    return str(entry.get("lifecycle") or SYNC)


def problems_of(resources: Sequence[JSONObject], needs: Needs) -> list[tuple[str, str, str]]:
    """What is wrong with the lifecycles of a template's entries: which, where in it, and what to do about it."""
    lifecycles = {entry["id"]: lifecycle_of(entry) for entry in resources}
    problems = []
    for entry in resources:
        id_, lifecycle = entry["id"], lifecycle_of(entry)
        if lifecycle == SYNC and entry.get("onFailure") == CONTINUE:
            problems.append((id_, ".onFailure", "needs a lifecycle other than Sync: remove it"))
        for need in needs[id_]:
            why = misplaced(id_, lifecycle, need, lifecycles.get(need, lifecycle))
            if why:
                declared = need in (entry.get("dependsOn") or ())
                problems.append((id_, ".dependsOn" if declared else "", why))
    return problems


def _of(lifecycles: Mapping[str, str], lifecycle: str) -> tuple[str, ...]:
    return tuple(sorted(id_ for id_, found in lifecycles.items() if found == lifecycle))


def _all_needed(ids: Iterable[str], lifecycles: Mapping[str, str], needs: Needs) -> frozenset[str]:
    """These and all that they depend on, directly or not. Who needs an entry needs each of its items."""
    items: dict[str, list[str]] = {}
    for id_ in lifecycles:
        items.setdefault(entry_of(id_), []).append(id_)
    found: set[str] = set()
    pending = list(ids)
    while pending:
        id_ = pending.pop()
        if id_ not in found:
            found.add(id_)
            pending += [each for need in needs.get(id_, ()) for each in (need, *items.get(need, ()))]
    return frozenset(found)
