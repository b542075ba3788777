"""A LynqForm as a TenantTemplate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tenantry.cli.migrate.lynq.entries import Place, convert_entry
from tenantry.cli.migrate.lynq.naming import entry_ids, registry_name, template_name
from tenantry.cli.migrate.lynq.notes import Notes
from tenantry.cli.migrate.lynq.scope import Scope
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject

GROUPS: Final = (
    *("serviceAccounts", "deployments", "statefulSets", "daemonSets", "services", "ingresses", "configMaps", "secrets"),
    *("persistentVolumeClaims", "jobs", "cronJobs", "podDisruptionBudgets", "networkPolicies"),
    *("horizontalPodAutoscalers", "namespaces", "manifests"),
)
"""Lynq's lists of resources, in the order in which it collects them. What stands in one says its kind alone."""
_UNLIMITED: Final = "100%"
_STUCK: Final = (
    "conflictPolicy Stuck leaves alone any object that was not made for the tenant. Lynq takes such an object over "
    "unless somebody else owns the same fields"
)
_ROLLOUT: Final = (
    "a tenant that fails, or takes longer than progressDeadlineSeconds, stops a rollout here. Lynq never looks at that "
    "field, and goes on or hangs"
)
_TWICE: Final = "a value of the database is data. Lynq renders names, labels and annotations twice, values in them too"
_NO_HUB: Final = "its LynqHub is not among the files: which variables it maps is not known, nor whether hostOrUrl is"


def place_of(form: JSONObject) -> str:
    """How notes call a form."""
    return f"LynqForm {form['metadata'].get('name', '')}"


def convert_form(
    form: JSONObject, hub: JSONObject | None, notes: Notes, *, namespace: str = "default"
) -> tuple[JSONObject, set[str]]:
    """The template, and the built-in columns that it uses."""
    place, spec = place_of(form), form.get("spec") or {}
    original = str(form["metadata"].get("name", ""))
    name = template_name(original)
    if name != original:
        notes.differs(place, f"is TenantTemplate {name}: names of templates are DNS labels of at most 52 characters")
    if hub is None:
        notes.differs(f"{place}: spec.hubId", _NO_HUB)
    scope = _scope(spec, original, hub)
    where = Place(scope, notes, form["metadata"].get("namespace") or namespace)
    found = list(_resources(spec))
    ids = entry_ids([str(resource.get("id", "")) for _, resource in found])
    entries = [convert_entry(one, ids, f"{place}: {group}[{one.get('id', '')}]", where) for group, one in found]
    for key in sorted(spec.keys() - {"hubId", "rollout", *GROUPS}):
        notes.lost(f"{place}: spec.{key}", "is not known here")
    notes.differs(place, _STUCK)
    notes.differs(place, _TWICE)
    converted: JSONObject = {
        "registry": registry_name(str(spec.get("hubId", ""))),
        "resources": entries,
        "rollout": _rollout(spec.get("rollout") or {}, place, notes),
    }
    template = {"apiVersion": API_VERSION, "kind": "TenantTemplate", "metadata": {"name": name}, "spec": converted}
    return template, scope.used


def _scope(spec: JSONObject, form: str, hub: JSONObject | None) -> Scope:
    hub_name = str(spec.get("hubId", ""))
    if hub is None:
        return Scope(hub_name, form)
    mapped = hub.get("spec") or {}
    has_host = bool((mapped.get("valueMappings") or {}).get("hostOrUrl"))
    return Scope(hub_name, form, mapped.get("extraValueMappings") or {}, has_host)


def _resources(spec: JSONObject) -> Iterator[tuple[str, JSONObject]]:
    for group in GROUPS:
        for resource in spec.get(group) or ():
            if isinstance(resource, dict):
                yield group, resource


def _rollout(rollout: JSONObject, place: str, notes: Notes) -> JSONObject:
    skew = rollout.get("maxSkew") or 0
    found: JSONObject = {"maxSkew": int(skew) if skew else _UNLIMITED}
    if rollout.get("progressDeadlineSeconds"):
        found["progressDeadlineSeconds"] = rollout["progressDeadlineSeconds"]
    notes.differs(f"{place}: spec.rollout", _ROLLOUT)
    for key in sorted(rollout.keys() - {"maxSkew", "progressDeadlineSeconds"}):
        notes.lost(f"{place}: spec.rollout.{key}", "is not known here")
    return found
