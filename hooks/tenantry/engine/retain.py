"""Objects that outlive their place: ``deletionPolicy: Retain``.

A retained object is anchored from the beginning (an owner reference to a Namespace that nobody deletes), so that
garbage collection leaves it alone however its Tenant goes, and so is the Namespace it lives in, which would take it
along. What the observed object itself says decides whether it may go: the template that said Retain may be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tenantry import names
from tenantry.engine.dress import marked
from tenantry.engine.keep import keep
from tenantry.engine.observe import Observed, annotation, is_deleting
from tenantry.protocol import JSONObject, ObjectKey

NAMESPACE_TYPE: Final = "Namespace.v1"
RETAINED_PHASE: Final = "Retained"
_TRUE: Final = "true"


def with_policy(obj: JSONObject, anchor_uid: str) -> JSONObject:
    """A dressed or kept object that has its place, retained by this anchor, or by none: then it goes without its place.

    The uid of an anchor is that of Namespace kube-system.
    """
    metadata: JSONObject = {**obj["metadata"]}
    annotations = {**(metadata.get("annotations") or {})}
    owners = [owner for owner in metadata.get("ownerReferences") or () if not _is_anchor(owner)]
    annotations.pop(names.DELETION_POLICY_ANNOTATION, None)
    if anchor_uid:
        annotations[names.DELETION_POLICY_ANNOTATION] = names.RETAIN
        owners.append(names.anchor(anchor_uid))
    labels = {key: text for key, text in (metadata.get("labels") or {}).items() if key != names.ORPHANED_LABEL}
    for field, value in (("annotations", annotations), ("labels", labels), ("ownerReferences", owners)):
        metadata.pop(field, None)
        if value:
            metadata[field] = value
    return {**obj, "metadata": metadata}


def orphan(live: JSONObject, anchor_uid: str) -> JSONObject:
    """An observed object that stays without having a place: as it is, anchored, and labelled as what it is.

    ``anchor_uid`` may be empty while it is not known: then the anchor that the object has already, if any, is kept.
    """
    kept = with_policy(keep(live), anchor_uid or _anchor_of(live))
    metadata = kept["metadata"]
    annotations = {**(metadata.get("annotations") or {}), names.DELETION_POLICY_ANNOTATION: names.RETAIN}
    labels = {**(metadata.get("labels") or {}), names.ORPHANED_LABEL: _TRUE}
    return marked({**kept, "metadata": {**metadata, "annotations": annotations, "labels": labels}}, live)


def is_orphan(child: JSONObject) -> bool:
    """Whether an observed object is labelled as one without a place."""
    return (child["metadata"].get("labels") or {}).get(names.ORPHANED_LABEL) == _TRUE


def is_retained(child: JSONObject) -> bool:
    """Whether an observed object of ours must stay: one mark is enough, somebody may have stripped the other."""
    return annotation(child, names.DELETION_POLICY_ANNOTATION) == names.RETAIN or bool(_anchor_of(child))


def is_anchored(child: JSONObject, anchor_uid: str) -> bool:
    """Whether an observed object has the anchor that holds it.

    An anchor with another uid than this one holds nothing; while the uid is not known, any anchor has to do.
    """
    anchored = _anchor_of(child)
    return anchored == anchor_uid if anchor_uid else bool(anchored)


def is_safe(child: JSONObject, anchor_uid: str) -> bool:
    """Whether a retained object is observed with all it needs to outlive its Tenant, or goes by somebody's own wish."""
    return is_deleting(child) or (is_anchored(child, anchor_uid) and is_orphan(child))


def retaining_namespaces(staying: Iterable[ObjectKey], remembered: Iterable[JSONObject]) -> frozenset[str]:
    """Names of the Namespaces that would take something retained along: what is observed, and what is remembered."""
    seen = {home for key in staying if (home := namespace_of(key))}
    return frozenset(seen | {entry["namespace"] for entry in remembered if entry.get("namespace")})


def out_of_sight(memory: Mapping[str, JSONObject], observed: Observed) -> list[JSONObject]:
    """Retained objects of which the status tells, and whose kind this controller does not manage any more."""
    retained = [entry for entry in memory.values() if entry.get("phase") == RETAINED_PHASE]
    if not retained:
        return retained
    known = {type_key.partition(".")[0] for type_key in observed.managed_types}
    return [entry for entry in retained if entry.get("kind") not in known]


def namespace_of(key: ObjectKey | None) -> str:
    """Name of the Namespace in which an object lives; empty for a cluster-scoped one, or none."""
    namespace, separator, _ = key.key.partition("/") if key is not None else ("", "", "")
    return namespace if separator else ""


def is_namespace_in(key: ObjectKey, namespaces: frozenset[str]) -> bool:
    """Whether this is one of the Namespaces of these names."""
    return bool(namespaces) and key.type_key == NAMESPACE_TYPE and key.key in namespaces


def _is_anchor(owner: JSONObject) -> bool:
    return owner.get("kind") == "Namespace" and owner.get("name") == names.ANCHOR_NAMESPACE


def _anchor_of(child: JSONObject) -> str:
    """uid in the anchor of an observed object; empty if it has none."""
    owners = child["metadata"].get("ownerReferences") or ()
    return next((str(owner.get("uid", "")) for owner in owners if _is_anchor(owner)), "")
