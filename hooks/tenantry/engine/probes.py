"""What is in the way of an object that does not appear: a TenantProbe looks, and the next sync reads what it found.

A hook sees its own children alone. An object that is missing among them was either refused by the API server, or there
is one of its name that is not this tenant's: to tell one from the other, somebody must look at that object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple, Self

from tenantry import names
from tenantry.engine.observe import Observed
from tenantry.kinds import TENANT_PROBE
from tenantry.protocol import JSONObject, ObjectKey

_RESOURCE_ID: Final = "-/probe"
"""No entry is called so: a template's name does not begin with a hyphen."""
_VOWELS: Final = frozenset("aeiou")


class Sighting(NamedTuple):
    """An object that has the name of one that is missing, as a probe found it."""

    holder: str
    """The Tenant whose object it is; empty if it is none's."""
    orphaned: bool
    forced: bool
    """Whether it says itself that Tenantry may have it."""
    controller: str
    """Kind and name of what controls it; empty if nothing does."""

    @classmethod
    def parse(cls, status: Mapping[str, Any]) -> Self:
        """What a probe's status tells."""
        holder, controller = str(status.get("tenant") or ""), str(status.get("controller") or "")
        return cls(holder, bool(status.get("orphaned")), bool(status.get("forced")), controller)


def sighting(key: ObjectKey | None, observed: Observed, tenant: str) -> Sighting | None:
    """What a probe found under this identity; none if it found nothing, or nobody looked."""
    probe = observed.by_key.get(_probe_key(key, tenant)) if key is not None else None
    if probe is None:
        return None
    status = probe.get("status") or {}
    return Sighting.parse(status) if status.get("exists") else None


def refusal(found: Sighting, what: ObjectKey, tenant: str, *, force: bool) -> str:
    """Why this tenant cannot have the object that was found, and the way out; empty if nothing speaks against it."""
    name = f"{what.type_key.partition('.')[0]} {what.key}"
    if found.holder not in ("", tenant) and not found.orphaned:
        return f"{name} belongs to Tenant {found.holder}: give it another name in the template, or delete it"
    if found.controller not in ("", f"Tenant {tenant}"):
        way_out = "give it another name in the template, or delete that"
        return f"{name} exists and is controlled by {found.controller}: {way_out}"
    if found.holder == tenant:
        return ""
    if force or found.forced:
        return ""
    whose = f"was retained from Tenant {found.holder}" if found.holder else "was not made for this tenant"
    way_out = f"delete it, set conflictPolicy: Force, or annotate it with {names.CONFLICT_POLICY_ANNOTATION}=Force"
    return f"{name} exists and {whose}: {way_out}"


def probes_for(
    missing: Sequence[ObjectKey], controller: JSONObject, observed: Observed, tenant: str
) -> dict[ObjectKey, JSONObject]:
    """The probes that look for these objects, of which ``controller`` lists the resources."""
    if not missing or TENANT_PROBE.type_key not in observed.managed_types:
        return {}
    plurals = plurals_of(controller, {key.type_key for key in missing})
    return {
        _probe_key(key, tenant): _probe(key, plurals[key.type_key], tenant)
        for key in missing
        if key.type_key in plurals
    }


def plurals_of(controller: JSONObject, type_keys: Iterable[str]) -> dict[str, str]:
    """Type key → lower-case plural, as far as the controller's child resources tell.

    A request names kinds, its controller names resources: they belong together by how plurals are made.
    """
    listed = {
        (resource["apiVersion"], resource["resource"])
        for resource in (controller.get("spec") or {}).get("childResources") or ()
    }
    found = {}
    for type_key in type_keys:
        kind, _, api_version = type_key.partition(".")
        for plural in _plurals(kind.lower()):
            if (api_version, plural) in listed:
                found[type_key] = plural
    return found


def _plurals(kind: str) -> tuple[str, ...]:
    if kind.endswith(("s", "x", "z", "ch", "sh")):
        return kind, f"{kind}es"
    if kind.endswith("y") and kind[-2:-1] not in _VOWELS:
        return (f"{kind[:-1]}ies",)
    return kind, f"{kind}s"


def _probe_key(key: ObjectKey, tenant: str) -> ObjectKey:
    return ObjectKey(TENANT_PROBE.type_key, f"{tenant}-{sha256(str(key).encode()).hexdigest()[:8]}")


def _probe(key: ObjectKey, plural: str, tenant: str) -> JSONObject:
    kind, _, api_version = key.type_key.partition(".")
    namespace, _, name = key.key.rpartition("/")
    return {
        "apiVersion": TENANT_PROBE.api_version,
        "kind": TENANT_PROBE.name,
        "metadata": {
            "name": _probe_key(key, tenant).key,
            "labels": {names.MANAGED_BY_LABEL: names.MANAGED_BY, names.TENANT_LABEL: tenant},
            "annotations": {names.RESOURCE_ID_ANNOTATION: _RESOURCE_ID, names.OWNER_ANNOTATION: tenant},
        },
        "spec": {"apiVersion": api_version, "kind": kind, "resource": plural, "name": name}
        | ({"namespace": namespace} if namespace else {}),
    }
