"""What an object of a template must have, and must not have, whatever its expressions say."""

from __future__ import annotations

from typing import Final

from tenantry.engine.copied_labels import copied_label_problems
from tenantry.names import GROUP
from tenantry.protocol import JSONObject
from tenantry.scopes import is_namespaced

_NOT_FOR_TEMPLATES: Final = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName"),
    *("generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"),
)
"""Fields of metadata that a cluster writes, or by which an object would get another name, owner or end."""


def object_problems(obj: JSONObject) -> list[tuple[str, str]]:
    """Where in an object of a template something is wrong, and what to do about it."""
    found = []
    for field in ("apiVersion", "kind"):
        if not isinstance(obj.get(field), str) or not obj[field] or "{" in obj[field]:
            found.append((f".{field}", "must be a plain string, without expressions"))
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("name") or not isinstance(metadata["name"], str):
        found.append((".metadata.name", 'is required; write for example "{{ slug }}"'))
        return found
    if not isinstance(metadata.get("namespace", ""), str):
        found.append((".metadata.namespace", "must be a string"))
    for field in _NOT_FOR_TEMPLATES:
        if metadata.get(field) is not None:
            found.append((f".metadata.{field}", "cannot be set by a template: remove it"))
    if "status" in obj:
        found.append((".status", "is written by the cluster: remove it"))
    for field in ("labels", "annotations"):
        entries = metadata.get(field) or {}
        if not isinstance(entries, dict):
            found.append((f".metadata.{field}", "must be a mapping, whose values may be expressions"))
            continue
        for key, value in entries.items():
            if key.startswith(f"{GROUP}/"):
                found.append((f".metadata.{field}[{key}]", f"keys of {GROUP} are Tenantry's own: choose another"))
            if isinstance(value, dict | list):
                found.append((f".metadata.{field}.{key}", "must be a string"))
    return found + copied_label_problems(obj) + _scope_problems(obj, metadata)


def _scope_problems(obj: JSONObject, metadata: JSONObject) -> list[tuple[str, str]]:
    scope = is_namespaced(f"{obj.get('kind')}.{obj.get('apiVersion')}")
    if scope is True and not metadata.get("namespace"):
        return [(".metadata.namespace", f"is required: a {obj['kind']} lives in a namespace")]
    if scope is False and metadata.get("namespace"):
        return [(".metadata.namespace", f"must be removed: a {obj['kind']} lives in no namespace")]
    return []
