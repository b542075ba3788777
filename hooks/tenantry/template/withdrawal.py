"""A template that was deleted takes its objects with it, if its policy says so.

Its revisions are marked as withdrawn, which stays when it is gone: tenants that are pinned to one take down what the
template made. The template waits until none of them has such an object any more. Its registry tells whether one of its
tenants has, Tenants without a registry tell it themselves, and a registry that does not exist has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenantry.conditions import ConditionType, Reason, condition
from tenantry.engine.hold import hold_everything, with_conditions
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT, TENANT_REGISTRY, TENANT_TEMPLATE_REVISION
from tenantry.kinds.tenant import templates_run
from tenantry.names import MANAGED_BY, MANAGED_BY_LABEL, REGISTRY_LABEL, TEMPLATE_LABEL, anchor, anchor_uid
from tenantry.protocol import JSONObject, ObjectMap, RelatedRule, SyncRequest, SyncResponse
from tenantry.words import counted

LOOK_AGAIN_SECONDS: Final = 10.0
"""When to look again: whatever it waits for wakes the template anyway, this is for the rest."""


@dataclass(frozen=True, slots=True)
class Users:
    """Who still has objects of a template."""

    unknown: bool
    """Whether somebody has yet to say."""
    told: tuple[str, ...]
    """Who has, in words."""


def takes_objects(template: JSONObject) -> bool:
    """Whether a template's objects go with it. Its spec is read leniently."""
    spec = template.get("spec")
    return isinstance(spec, dict) and spec.get("deletionPolicy") == "Delete"


def withdrawal_rules(template: JSONObject) -> tuple[RelatedRule, ...]:
    """What a template reads to go with its objects: its registry, Tenants without one, and all its revisions.

    Without that policy it needs none of them.
    """
    if not takes_objects(template):
        return ()
    rules = [
        RelatedRule(TENANT.api_version, TENANT.plural, without_labels=(REGISTRY_LABEL,)),
        RelatedRule(
            TENANT_TEMPLATE_REVISION.api_version,
            TENANT_TEMPLATE_REVISION.plural,
            match_labels={TEMPLATE_LABEL: template["metadata"]["name"]},
        ),
    ]
    registry = _registry(template)
    if registry:
        rules.append(RelatedRule(TENANT_REGISTRY.api_version, TENANT_REGISTRY.plural, names=(registry,)))
    return tuple(rules)


def withdraw(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """Mark all revisions as withdrawn, and let the template go when that is seen and nobody has objects of it."""
    anchor_ = anchor_uid(request.related)
    related = request.related.get(TENANT_TEMPLATE_REVISION.type_key)
    if not anchor_ or related is None:
        message = "The template waits until Namespace kube-system and its revisions are known."
        return hold_everything(request, Reason.ANCHOR_MISSING, message, now=now, ask_again=LOOK_AGAIN_SECONDS)
    name = request.parent["metadata"]["name"]
    revisions = {**related, **request.children.get(TENANT_TEMPLATE_REVISION.type_key, {})}
    own = {key: found for key, found in revisions.items() if _is_of(name, found)}
    users = users_of(request.parent, request.related)
    done = not users.unknown and not users.told and all(_is_withdrawn(found) for found in own.values())
    strangers = [keep(found) for key, found in revisions.items() if key not in own and key not in related]
    children = [*(_withdrawn(own[key], anchor_) for key in sorted(own)), *strangers]
    return SyncResponse(
        children=children,
        status=_status(request.parent, users, now=now),
        resync_after_seconds=0.0 if done else LOOK_AGAIN_SECONDS,
        finalized=done,
    )


def users_of(template: JSONObject, related: ObjectMap) -> Users:
    """Who still has objects of a template, by what its registry and the Tenants without a registry say."""
    name = template["metadata"]["name"]
    tenants = related.get(TENANT.type_key)
    if tenants is None:
        return Users(True, ())
    by_hand = sorted(key for key, tenant in tenants.items() if name in templates_run(tenant))
    told = [f"Tenant {key}" for key in by_hand[:3]]
    if len(by_hand) > 3:
        told.append(f"{counted(len(by_hand) - 3, 'more Tenant')} without a registry")
    registry = _registry(template)
    if not registry:
        return Users(False, tuple(told))
    registries = related.get(TENANT_REGISTRY.type_key)
    if registries is None:
        return Users(True, tuple(told))
    found = registries.get(registry)
    if found is None:
        return Users(False, tuple(told))
    use = _use(found, name)
    if use is None:
        return Users(True, tuple(told))
    return Users(False, (f"tenants of TenantRegistry {registry}", *told) if use else tuple(told))


def _use(registry: JSONObject, template: str) -> bool | None:
    """Whether a registry's tenants have objects of a template; ``None`` while it does not know of the deletion."""
    for entry in (registry.get("status") or {}).get("templateUse") or ():
        if entry.get("name") == template and entry.get("state") == "Withdrawing":
            return bool(entry.get("inUse"))
    return None


def _registry(template: Mapping[str, JSONObject]) -> str:
    return str(template["spec"].get("registry") or "")


def _is_of(template: str, revision: JSONObject) -> bool:
    return bool((revision.get("spec") or {}).get("template") == template)


def _is_withdrawn(revision: JSONObject) -> bool:
    return revision["spec"].get("withdrawn") is True


def _withdrawn(revision: JSONObject, anchor_: str) -> JSONObject:
    """A revision as it was written, and withdrawn. One of an earlier template of that name is taken up so."""
    return {
        "apiVersion": TENANT_TEMPLATE_REVISION.api_version,
        "kind": TENANT_TEMPLATE_REVISION.name,
        "metadata": {
            "name": revision["metadata"]["name"],
            "labels": {MANAGED_BY_LABEL: MANAGED_BY, TEMPLATE_LABEL: revision["spec"]["template"]},
            "ownerReferences": [anchor(anchor_)],
        },
        "spec": {**revision["spec"], "withdrawn": True},
    }


def _status(parent: JSONObject, users: Users, *, now: datetime) -> JSONObject:
    generation = parent["metadata"].get("generation", 0)
    message = "The template goes: nobody has objects of it."
    if users.told:
        message = f"The template waits until none of its objects is left: {', '.join(users.told)} have some."
    elif users.unknown:
        message = "The template waits until its registry has told whether its tenants have objects of it."
    reason = Reason.TEMPLATE_IN_USE if users.told else Reason.DELETING
    conditions = [
        condition(ConditionType.READY, False, reason, message, generation=generation),
        condition(ConditionType.PROGRESSING, True, reason, message, generation=generation),
    ]
    return with_conditions(parent, conditions, now=now)
