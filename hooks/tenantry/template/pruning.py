"""Which revisions of a template are kept: those in use, and so many of the others as its history may have.

A revision goes only when it is known that no Tenant has it. A registry says so of its tenants, those included that are
being deleted; Tenants without a registry are looked at here. While any of them is not known, nothing goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tenantry.kinds import TENANT, TENANT_REGISTRY, TenantTemplateSpec
from tenantry.names import REGISTRY_LABEL
from tenantry.protocol import JSONObject, ObjectMap, RelatedRule


def use_rules(template: JSONObject) -> tuple[RelatedRule, ...]:
    """Who may use revisions of a template: Tenants without a registry, and its registry."""
    rules = [RelatedRule(TENANT.api_version, TENANT.plural, without_labels=(REGISTRY_LABEL,))]
    spec = template.get("spec")
    registry = str(spec.get("registry") or "") if isinstance(spec, dict) else ""
    if registry:
        rules.append(RelatedRule(TENANT_REGISTRY.api_version, TENANT_REGISTRY.plural, names=(registry,)))
    return tuple(rules)


def newest_first(revisions: Mapping[str, JSONObject], *, told: Sequence[str], current: str) -> list[str]:
    """Names of revisions that are not on their way out, that which was the template's content last first.

    ``told`` is this order as it was told before. A creation time alone would not do: it has whole seconds, and content
    that comes back has the revision that it had.
    """
    staying = [name for name in sorted(revisions) if "deletionTimestamp" not in revisions[name]["metadata"]]
    staying.sort(key=lambda name: _made(revisions[name]), reverse=True)
    place = {name: position for position, name in enumerate(told)}
    return sorted(staying, key=lambda name: -2 if name == current else place.get(name, -1))


def outdated(
    template: JSONObject, spec: TenantTemplateSpec, newest: Sequence[str], related: ObjectMap, current: str
) -> frozenset[str]:
    """Names of the revisions that go, of those observed. ``current`` is that of the present content, or empty."""
    latest = (template.get("status") or {}).get("latestRevision") or ""
    used = revisions_used(template["metadata"]["name"], spec.registry, latest, related)
    if used is None:
        return frozenset()
    kept = used | {current, latest, spec.rollout.revision}
    spare = [name for name in newest if name not in kept]
    return frozenset(spare[spec.rollout.history_limit :])


def revisions_used(template: str, registry: str, latest: str, related: ObjectMap) -> set[str] | None:
    """Revisions that a Tenant has or may get; ``None`` while that is not known.

    A registry that does not know of the latest revision may be about to hand out the one before.
    """
    tenants = related.get(TENANT.type_key)
    if tenants is None:
        return None
    used = {
        found["revision"]
        for tenant in tenants.values()
        for found in _references(tenant)
        if found.get("name") == template and found.get("revision")
    }
    if not registry:
        return used
    found = related.get(TENANT_REGISTRY.type_key, {}).get(registry)
    entries = (found.get("status") or {}).get("templates") if found else None
    entry: Mapping[str, Any] = next((entry for entry in entries or () if entry.get("name") == template), {})
    if "inUse" not in entry or entry.get("latest") != latest:
        return None
    return used | set(entry["inUse"])


def _references(tenant: JSONObject) -> list[JSONObject]:
    """What a Tenant is made from, and what it was made from last."""
    return [
        *((tenant.get("spec") or {}).get("templates") or ()),
        *((tenant.get("status") or {}).get("templates") or ()),
    ]


def _made(revision: JSONObject) -> str:
    return str(revision["metadata"].get("creationTimestamp") or "")
