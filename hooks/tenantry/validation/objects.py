"""All findings of one object, and of objects that belong together."""

from __future__ import annotations

from collections.abc import Sequence

from tenantry.engine.compile import check_resources
from tenantry.kinds import TENANT, TENANT_REGISTRY, TENANT_TEMPLATE
from tenantry.kinds.kind import Kind
from tenantry.protocol import JSONObject
from tenantry.validation.finding import Finding
from tenantry.validation.risks import registry_risks, template_risks
from tenantry.validation.schema import schema_findings
from tenantry.validation.variables import Mapped, variable_findings

KINDS: dict[str, Kind] = {kind.name: kind for kind in (TENANT_TEMPLATE, TENANT_REGISTRY, TENANT)}
"""The kinds that people write."""


def findings_of(obj: JSONObject, *, mapped: Mapped | None = None) -> list[Finding]:
    """Everything that there is to say of an object of ours; nothing of objects of other groups.

    ``mapped`` is what the rows of a template's registry have, none if that is not known.
    """
    kind = KINDS.get(str(obj.get("kind")))
    if kind is None or obj.get("apiVersion") != kind.api_version:
        return []
    found = schema_findings(kind, obj)
    if found:
        return found
    spec = obj["spec"]
    if kind is TENANT_REGISTRY:
        return list(registry_risks(spec))
    if kind is not TENANT_TEMPLATE:
        return []
    problems = check_resources(spec["resources"], spec.get("variables"))
    found = [Finding(f"spec.{problem.path}", problem.message) for problem in problems]
    if found:
        return found
    return [*variable_findings(spec, mapped), *template_risks(spec)]


def findings_together(objects: Sequence[JSONObject]) -> list[list[Finding]]:
    """The findings of each of these objects, templates judged by the mappings of their registry where it is there."""
    mappings = {
        str(_mapping(obj, "metadata").get("name")): _mapped(_mapping(obj, "spec"))
        for obj in objects
        if obj.get("kind") == TENANT_REGISTRY.name
    }
    return [findings_of(obj, mapped=mappings.get(str(_mapping(obj, "spec").get("registry")))) for obj in objects]


def _mapped(spec: JSONObject) -> Mapped:
    return Mapped(*(frozenset(_mapping(spec, field)) for field in ("extraValueMappings", "secretValueMappings")))


def _mapping(obj: JSONObject, field: str) -> JSONObject:
    """A field that should be a mapping; empty if it is none, of which its own finding tells."""
    value = obj.get(field)
    return value if isinstance(value, dict) else {}
