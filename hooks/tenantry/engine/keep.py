"""What was applied last: the one answer to "return this child exactly as it is".

Server-side apply records in ``managedFields`` which fields our field manager applied. Cutting those out of the live
object gives back what was sent, so that sending it again changes nothing (Kubernetes documentation, Server-Side Apply,
"Field management"). Under dynamic-apply Metacontroller stores what it sent in an annotation instead.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import orjson

from tenantry import tally
from tenantry.names import FIELD_MANAGER, GROUP, MANAGED_BY_LABEL, TENANT_LABEL
from tenantry.protocol import JSONObject

LAST_APPLIED_ANNOTATION: Final = "metacontroller.k8s.io/last-applied-configuration"


def keep(child: JSONObject) -> JSONObject:
    """``child`` with exactly the fields that were applied last, list items in live order.

    The reference to the parent that controls the child is left out, since Metacontroller adds it. A child that we never
    applied comes back with its identity and those of its labels that are ours. The label by which a Tenant finds its
    objects always comes back, whoever put it on: Metacontroller applies nothing of an answer in which a child lacks it.
    """
    tally.kept()
    fields = applied_fields(child)
    if fields is not None:
        kept: JSONObject = cut(fields, child)
    else:
        kept = _last_applied(child)
    kept["apiVersion"] = child["apiVersion"]
    kept["kind"] = child["kind"]
    return _with_identity(kept, child["metadata"])


def applied_fields(child: JSONObject) -> JSONObject | None:
    """The ``fieldsV1`` tree of our field manager's Apply entry, if there is one."""
    entry = applied_entry(child)
    fields: JSONObject | None = entry.get("fieldsV1") if entry is not None else None
    return fields


def applied_entry(child: JSONObject) -> JSONObject | None:
    """Our field manager's Apply entry in the child's ``managedFields``; its ``time`` tells when we applied last."""
    for entry in child["metadata"].get("managedFields") or ():
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource"):
            return dict(entry)
    return None


def is_dynamically_applied(child: JSONObject) -> bool:
    """Whether Metacontroller applied this child with its strategy dynamic-apply, which leaves an annotation."""
    annotations = child["metadata"].get("annotations")
    return bool(annotations) and LAST_APPLIED_ANNOTATION in annotations


def _with_identity(kept: JSONObject, live: JSONObject) -> JSONObject:
    metadata: JSONObject = kept.get("metadata") or {"labels": _own_labels(live)}
    tenant = (live.get("labels") or {}).get(TENANT_LABEL)
    if tenant and (metadata.get("labels") or {}).get(TENANT_LABEL) != tenant:
        metadata["labels"] = {**(metadata.get("labels") or {}), TENANT_LABEL: tenant}
    metadata["name"] = live["name"]
    if live.get("namespace"):
        metadata["namespace"] = live["namespace"]
    owners = [owner for owner in metadata.pop("ownerReferences", ()) if not owner.get("controller")]
    if owners:
        metadata["ownerReferences"] = owners
    kept["metadata"] = metadata
    return kept


def _own_labels(live: JSONObject) -> JSONObject:
    labels: JSONObject = live.get("labels") or {}
    return {key: labels[key] for key in labels if key.startswith(f"{GROUP}/") or key == MANAGED_BY_LABEL}


def _last_applied(child: JSONObject) -> JSONObject:
    text = (child["metadata"].get("annotations") or {}).get(LAST_APPLIED_ANNOTATION)
    return dict(orjson.loads(text)) if text else {}


def cut(fields: JSONObject, live: Any) -> Any:
    """The part of ``live`` that a ``fieldsV1`` tree names; an empty tree names all of it."""
    if not fields:
        return live
    if isinstance(live, dict):
        parts = {
            step[2:]: cut(below, live[step[2:]])
            for step, below in fields.items()
            # A null is what patchStrategy: replace leaves where nothing is known of a kind: it is nothing to keep.
            if step[:2] == "f:" and live.get(step[2:]) is not None
        }
        # An API server stores no empty value of an environment variable, but counts it among the applied fields.
        return {**parts, "value": ""} if _is_empty_variable(fields, live) else parts
    if isinstance(live, list):
        return [cut(below, item) for item in live if (below := _fields_of_item(fields, item)) is not None]
    return live


def _is_empty_variable(fields: JSONObject, live: JSONObject) -> bool:
    return "f:value" in fields and "value" not in live and "name" in live


def _fields_of_item(fields: JSONObject, item: Any) -> JSONObject | None:
    for step, below in fields.items():
        if step[:2] == "k:":
            wanted = _parsed(step[2:])
            if isinstance(item, dict) and all(item.get(name) == value for name, value in wanted.items()):
                return dict(below)
        elif step[:2] == "v:" and item == _parsed(step[2:]):
            return {}
    return None


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    return orjson.loads(text)
