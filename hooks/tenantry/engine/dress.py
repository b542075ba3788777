"""Our own labels and annotations on an object: by them it is found, adopted, compared and deleted in order."""

from __future__ import annotations

from typing import Any

from tenantry import names
from tenantry.engine.keep import keep
from tenantry.engine.observe import annotation
from tenantry.engine.plan import Planned
from tenantry.protocol import JSONObject

REQUIRED_ANNOTATIONS = (names.RESOURCE_ID_ANNOTATION, names.CONTENT_HASH_ANNOTATION, names.OWNER_ANNOTATION)


def dressed(content: JSONObject, planned: Planned, *, tenant: str, hash_: str, live: JSONObject | None) -> JSONObject:
    """``content`` as it leaves, for the entry and the tenant that it belongs to."""
    metadata: JSONObject = content["metadata"]
    annotations: dict[str, Any] = {
        **(metadata.get("annotations") or {}),
        names.RESOURCE_ID_ANNOTATION: planned.id,
        names.CONTENT_HASH_ANNOTATION: hash_,
        names.OWNER_ANNOTATION: tenant,
    }
    annotations.pop(names.DEPENDS_ON_ANNOTATION, None)
    if planned.needs:
        annotations[names.DEPENDS_ON_ANNOTATION] = ",".join(planned.needs)
    if live is not None:
        _reapply(annotations, live)
    labels = {
        **(metadata.get("labels") or {}),
        names.MANAGED_BY_LABEL: names.MANAGED_BY,
        names.TENANT_LABEL: tenant,
    }
    return {**content, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _reapply(annotations: dict[str, Any], live: JSONObject) -> None:
    """Change the answer when somebody stripped what is ours, and stay with that answer.

    Metacontroller skips an apply while the answer and the object's generation are as they were; for most kinds a
    stripped annotation does not change the generation.
    """
    metadata = live["metadata"]
    found = metadata.get("annotations") or {}
    stripped = any(name not in found for name in REQUIRED_ANNOTATIONS)
    if stripped or (metadata.get("labels") or {}).get(names.MANAGED_BY_LABEL) != names.MANAGED_BY:
        annotations[names.REAPPLY_ANNOTATION] = metadata.get("resourceVersion", "")
    elif earlier := annotation(live, names.REAPPLY_ANNOTATION):
        annotations[names.REAPPLY_ANNOTATION] = earlier


def foreign(child: JSONObject, anchor_uid: str) -> JSONObject:
    """A child that we never made, adopted because it carries our label: its identity, and an anchor to outlive us."""
    kept = keep(child)
    if anchor_uid:
        kept["metadata"]["ownerReferences"] = [names.anchor(anchor_uid)]
    return kept
