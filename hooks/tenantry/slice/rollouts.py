"""What a slice tells of its Tenants for the sake of rollouts: who is under way, who failed, who is not ready.

A Tenant is *settled* with a template when it was Ready once with the revision of its row: it carries that pin with the
row's mark, and its status names the revision as the one that was rendered last and the one that was Ready last. One
that was moved and is not settled is under way, unless it is excused, paused or on its way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tenantry.conditions import ConditionType, Reason, find_condition, parse_timestamp
from tenantry.names import is_paused
from tenantry.protocol import JSONObject

MAX_LISTED: Final = 250
"""Tenants of each list that a slice names. All are counted."""
MESSAGE_LIMIT: Final = 200

_BROKEN: Final = frozenset((Reason.INVALID_SPEC, Reason.REVISION_EDITED, Reason.TEMPLATE_INVALID))
"""Reasons for which a whole Tenant is held and that no waiting ends."""
_FAILED_PHASES: Final = frozenset(("Failed", "Blocked"))
_MAY_PASS: Final = "NotApplied"
"""Reason of an object that the API server has not taken yet, under load for example: the deadline judges it."""


def rollouts_of(pairs: Iterable[tuple[JSONObject, JSONObject]], observed: Mapping[str, JSONObject]) -> list[JSONObject]:
    """``status.rollouts``: who is under way, by template. ``pairs`` are rows, each with the Tenant that it wants."""
    by_template: dict[str, list[JSONObject]] = {}
    for row, wanted in pairs:
        tenant = observed.get(wanted["metadata"]["name"])
        if tenant is not None and _aside(tenant):
            continue
        pins = row.get("pins") or {}
        for template in pins:
            if template in (row.get("excused") or ()):
                continue
            entry = _under_way(template, pins[template], row, tenant)
            if entry is not None:
                by_template.setdefault(template, []).append(entry)
    return [_rollout(template, by_template[template]) for template in sorted(by_template)]


def unready_of(pairs: Iterable[tuple[JSONObject, JSONObject]], observed: Mapping[str, JSONObject]) -> list[JSONObject]:
    """``status.unready``: Tenants that a rollout moves last, with the reason, by uid."""
    found = []
    for row, wanted in pairs:
        reason = _unready(row, observed.get(wanted["metadata"]["name"]))
        if reason:
            found.append({"uid": row["uid"], "reason": reason})
    return found[:MAX_LISTED]


def revisions_of(observed: Mapping[str, JSONObject]) -> list[str]:
    """``status.revisions``: the revisions that Tenants have, those on their way out included."""
    return sorted({found["revision"] for tenant in observed.values() for found in references_of(tenant).values()})


def ahead_of(pairs: Iterable[tuple[JSONObject, JSONObject]], observed: Mapping[str, JSONObject]) -> list[JSONObject]:
    """``status.ahead``: pins of Tenants that their rows do not know, for the rows to follow."""
    found = []
    for row, wanted in pairs:
        present = references_of(observed.get(wanted["metadata"]["name"]))
        for template, pin in sorted((row.get("pins") or {}).items()):
            if template in present and _is_ahead(present[template], pin, mark_of(row, template)):
                found.append({"uid": row["uid"], **present[template]})
    return found[:MAX_LISTED]


def is_behind(reference: JSONObject, mark: str) -> bool:
    """Whether a Tenant's pin is older than that of its row, which was moved at ``mark``."""
    return bool((reference.get("since") or "") < mark)


def mark_of(row: JSONObject, template: str) -> str:
    """When a rollout moved a row last; empty if none did."""
    return (row.get("moved") or {}).get(template) or ""


def _is_ahead(reference: JSONObject, pin: str, mark: str) -> bool:
    """Whether a Tenant has another pin than its row, and not because it has yet to follow."""
    return bool(reference["revision"] != pin and not is_behind(reference, mark))


def references_of(tenant: JSONObject | None) -> dict[str, JSONObject]:
    """Template → name, revision and time of a Tenant's pin."""
    templates = (tenant.get("spec") or {}).get("templates") if tenant else None
    return {found["name"]: found for found in templates or () if found.get("revision")}


def _rollout(template: str, entries: Sequence[JSONObject]) -> JSONObject:
    listed = sorted(entries, key=lambda entry: ("reason" not in entry, entry["uid"]))[:MAX_LISTED]
    return {"template": template, "underWay": len(entries), "tenants": listed}


def _aside(tenant: JSONObject) -> str:
    """Why a Tenant takes no part in rollouts now; empty if it does."""
    if "deletionTimestamp" in tenant["metadata"]:
        return "Deleting"
    return "Paused" if is_paused(tenant) else ""


def _unready(row: JSONObject, tenant: JSONObject | None) -> str:
    if tenant is None:
        return "Missing"
    aside = _aside(tenant)
    if aside:
        return aside
    ready = {found["name"] for found in _told(tenant) if found.get("readyRevision")}
    if not ready.issuperset(row.get("pins") or ()):
        return "NeverReady"
    degraded = find_condition(tenant.get("status"), ConditionType.DEGRADED)
    if degraded is None or degraded["status"] != "True" or degraded["reason"] == Reason.UNSUPPORTED_APPLY_STRATEGY:
        return ""
    return str(degraded["reason"])


def _under_way(template: str, pin: str, row: JSONObject, tenant: JSONObject | None) -> JSONObject | None:
    """What is told of a tenant that is under way with a template; nothing of one that is not."""
    mark = mark_of(row, template)
    if tenant is None:
        return {"uid": row["uid"], "since": mark} if mark else None
    reference = references_of(tenant).get(template, {})
    since = reference.get("since") or ""
    if reference and _is_ahead(reference, pin, mark):
        pin, mark = reference["revision"], since
    told = next((found for found in _told(tenant) if found["name"] == template), {})
    matches = reference.get("revision") == pin and since >= mark
    if matches and told.get("revision") == pin and told.get("readyRevision") == pin:
        return None
    if not mark and not since and not told.get("readyRevision"):
        return None  # Made with this revision, and never moved.
    entry: JSONObject = {"uid": row["uid"]}
    began = _later(mark or since, tenant["metadata"].get("creationTimestamp") or "")
    if began:
        entry["since"] = began
    return {**entry, **_failure(template, pin, tenant, told)} if matches else entry


def _failure(template: str, pin: str, tenant: JSONObject, told: Mapping[str, Any]) -> JSONObject:
    """Reason and message if the Tenant says that it cannot become ready with the revision it is pinned to."""
    status = tenant.get("status") or {}
    if told.get("revision") == pin:
        for entry in status.get("resources") or ():
            failed = entry.get("phase") in _FAILED_PHASES and not entry.get("tolerated")
            if failed and entry.get("reason") != _MAY_PASS and entry["id"].startswith(f"{template}/"):
                message = f"{entry['id']}: {entry.get('message', '')}"[:MESSAGE_LIMIT]
                return {"reason": entry.get("reason") or entry["phase"], "message": message}
    held = find_condition(status, ConditionType.DEGRADED)
    if (
        held is not None
        and held["status"] == "True"
        and held["reason"] in _BROKEN
        and held.get("observedGeneration") == tenant["metadata"].get("generation")
    ):
        return {"reason": held["reason"], "message": held["message"][:MESSAGE_LIMIT]}
    return {}


def _told(tenant: JSONObject) -> list[JSONObject]:
    """What a Tenant's status says of its templates."""
    return (tenant.get("status") or {}).get("templates") or []


def _later(one: str, other: str) -> str:
    """The later of two times, either of which may be empty."""
    if not one or not other:
        return one or other
    return max(one, other, key=parse_timestamp)
