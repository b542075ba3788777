"""What Lynq leaves on an object, and what Tenantry finds its own by: from one to the other in a single patch.

A LynqNode controls its objects by an owner reference, or, where there can be none, by two labels. The field manager of
its applies is ``lynq-operator``. Its Apply entry in ``managedFields`` becomes Metacontroller's: then a field that
leaves the template leaves the object, and what was applied last is known from the first sync on (Kubernetes
documentation, Server-Side Apply, "Transferring ownership between managers").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from tenantry.names import FIELD_MANAGER, MANAGED_BY, MANAGED_BY_LABEL, OWNER_ANNOTATION, TENANT_LABEL
from tenantry.protocol import JSONObject

LYNQ_GROUP: Final = "operator.lynq.sh"
PREFIX: Final = "lynq.sh/"
NODE_LABEL: Final = f"{PREFIX}node"
NODE_NAMESPACE_LABEL: Final = f"{PREFIX}node-namespace"
LYNQ_MANAGER: Final = "lynq-operator"
_FIELDS: Final = ("labels", "annotations")
_TRACKING: Final = frozenset((NODE_LABEL, NODE_NAMESPACE_LABEL))


class NodeName(NamedTuple):
    """A LynqNode."""

    namespace: str
    name: str


def node_of(obj: JSONObject) -> NodeName | None:
    """The LynqNode that an object belongs to, by owner reference or by label."""
    metadata = obj["metadata"]
    for owner in metadata.get("ownerReferences") or ():
        if is_node(owner):
            return NodeName(metadata.get("namespace", ""), owner["name"])
    labels = metadata.get("labels") or {}
    if NODE_LABEL in labels:
        return NodeName(labels.get(NODE_NAMESPACE_LABEL, ""), labels[NODE_LABEL])
    return None


def is_node(owner: JSONObject) -> bool:
    """Whether an owner reference is to a LynqNode."""
    return owner.get("kind") == "LynqNode" and str(owner.get("apiVersion")).partition("/")[0] == LYNQ_GROUP


def handing_over(live: JSONObject, tenant: str, wanted: JSONObject) -> JSONObject | None:
    """The patch by which an object becomes that of a Tenant; none if it is already and nothing of Lynq's is left.

    ``wanted`` is the object as the template renders it: marks of Lynq's that the template itself sets stay.
    """
    metadata = wanted.get("metadata") or {}
    return _patch(
        live,
        labels={TENANT_LABEL: tenant, MANAGED_BY_LABEL: MANAGED_BY},
        annotations={OWNER_ANNOTATION: tenant},
        kept_labels=metadata.get("labels") or {},
        kept_annotations=metadata.get("annotations") or {},
        manager=FIELD_MANAGER,
    )


def letting_go(live: JSONObject) -> JSONObject | None:
    """The patch by which an object that no template makes belongs to nobody; none if it does already."""
    return _patch(live, labels={}, annotations={}, kept_labels={}, kept_annotations={}, manager="")


def _patch(
    live: JSONObject,
    *,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    kept_labels: Collection[str],
    kept_annotations: Collection[str],
    manager: str,
) -> JSONObject | None:
    metadata = live["metadata"]
    patch: JSONObject = {}
    for field, wanted, kept in (("labels", labels, kept_labels), ("annotations", annotations, kept_annotations)):
        found = metadata.get(field) or {}
        removed = [key for key in found if key.startswith(PREFIX) and (key not in kept or key in _TRACKING)]
        changes: JSONObject = dict.fromkeys(removed) | {
            key: text for key, text in wanted.items() if found.get(key) != text
        }
        if changes:
            patch[field] = changes
    owners = metadata.get("ownerReferences") or []
    others = [owner for owner in owners if not is_node(owner)]
    if len(others) < len(owners):
        patch["ownerReferences"] = others or None
    entries = metadata.get("managedFields") or []
    if manager:
        gone = {field: [key for key, text in (patch.get(field) or {}).items() if text is None] for field in _FIELDS}
        changed = _managed(entries, manager, gone, {"labels": labels, "annotations": annotations})
        if changed != entries:
            patch["managedFields"] = changed
    return {"metadata": patch} if patch else None


def _managed(
    entries: list[JSONObject],
    manager: str,
    gone: Mapping[str, Collection[str]],
    added: Mapping[str, Collection[str]],
) -> list[JSONObject]:
    """``managedFields`` in which what Lynq applied was applied by this manager, with marks that go and marks that come.

    Marks that come are in it, since what was applied last is returned whenever an object shall stay as it is.
    """
    lynqs = [entry for entry in entries if entry.get("manager") == LYNQ_MANAGER and not entry.get("subresource")]
    if not lynqs:
        return entries
    ours = [entry for entry in entries if _is_apply_of(entry, manager)]
    rest = [entry for entry in entries if entry not in lynqs and entry not in ours]
    fields: JSONObject = {}
    for entry in (*ours, *lynqs):
        fields = _union(fields, entry.get("fieldsV1") or {})
    # A key of an owner reference, a label or an annotation that goes with this patch belongs to nobody any more.
    metadata = {key: value for key, value in (fields.get("f:metadata") or {}).items() if key != "f:ownerReferences"}
    for field in _FIELDS:
        kept = {step: below for step, below in metadata.get(f"f:{field}", {}).items() if step[2:] not in gone[field]}
        metadata[f"f:{field}"] = kept | {f"f:{key}": {} for key in added[field]}
    template = next((entry for entry in (*ours, *lynqs) if entry.get("operation") == "Apply"), lynqs[0])
    applied = {"manager": manager, "operation": "Apply", "fieldsV1": {**fields, "f:metadata": metadata}}
    return [*rest, {**template, **applied}]


def _is_apply_of(entry: JSONObject, manager: str) -> bool:
    return entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")


def _union(one: JSONObject, other: JSONObject) -> JSONObject:
    """Two ``fieldsV1`` trees as one. A node without children means the whole value, which contains all of it."""
    found: dict[str, Any] = dict(one)
    for step, below in other.items():
        found[step] = _union(found[step], below) if step in found else below
    return found
