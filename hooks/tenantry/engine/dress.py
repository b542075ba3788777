"""Our own labels and annotations on an object: by them it is found, adopted, compared and deleted in order."""

from __future__ import annotations

from typing import Any, Final

from tenantry import names
from tenantry.engine.keep import applied_entry, keep
from tenantry.protocol import JSONObject

_WHERE_WANTED: Final = (
    names.CONTENT_HASH_ANNOTATION,
    names.OWNER_ANNOTATION,
    names.DEPENDS_ON_ANNOTATION,
    names.CONFLICT_POLICY_ANNOTATION,
)
"""Annotations of ours that not every object has: an orphan that lost one does not get it back."""


def dressed(content: JSONObject, *, id_: str, needs: tuple[str, ...], tenant: str, hash_: str) -> JSONObject:
    """``content`` as it leaves: as the object of entry ``id_``, which depends on the entries ``needs``."""
    metadata: JSONObject = content["metadata"]
    annotations: dict[str, Any] = {
        **(metadata.get("annotations") or {}),
        names.RESOURCE_ID_ANNOTATION: id_,
        names.CONTENT_HASH_ANNOTATION: hash_,
        names.OWNER_ANNOTATION: tenant,
    }
    annotations.pop(names.DEPENDS_ON_ANNOTATION, None)
    if needs:
        annotations[names.DEPENDS_ON_ANNOTATION] = ",".join(needs)
    labels = {
        **(metadata.get("labels") or {}),
        names.MANAGED_BY_LABEL: names.MANAGED_BY,
        names.TENANT_LABEL: tenant,
    }
    return {**content, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def marked(obj: JSONObject, live: JSONObject) -> JSONObject:
    """A dressed object, with what makes Metacontroller apply it again if the live one lost something of ours."""
    mark = _reapply_mark(obj["metadata"], live["metadata"])
    if not mark:
        return obj
    metadata = obj["metadata"]
    annotations = {**metadata["annotations"], names.REAPPLY_ANNOTATION: mark}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def _reapply_mark(wanted: JSONObject, live: JSONObject) -> str:
    """What changes the answer when somebody stripped what is ours; then the same for ever, so that it changes once.

    Metacontroller skips an apply while the answer and the object's generation are as they were; for most kinds a
    stripped annotation does not change the generation.
    """
    annotations = live.get("annotations")
    labels = live.get("labels")
    if (
        not annotations
        or not labels
        or labels.get(names.MANAGED_BY_LABEL) != wanted["labels"].get(names.MANAGED_BY_LABEL)
        or names.RESOURCE_ID_ANNOTATION not in annotations
        or _lacks_some_of(wanted["annotations"], annotations)
        or (names.DELETION_POLICY_ANNOTATION in wanted["annotations"] and _lacks_protection(wanted, live))
    ):
        return str(live.get("resourceVersion", ""))
    mark: str = annotations.get(names.REAPPLY_ANNOTATION, "")
    return mark


def _lacks_some_of(wanted: JSONObject, annotations: JSONObject) -> bool:
    """Whether an annotation is missing that tells what an object is."""
    if wanted.keys() <= annotations.keys():
        return False
    return any(key in wanted and key not in annotations for key in _WHERE_WANTED)


def _lacks_protection(wanted: JSONObject, live: JSONObject) -> bool:
    """Whether a retained object lost its policy, its anchor, or the label that tells that it has no place."""
    owners = {owner.get("uid") for owner in live.get("ownerReferences") or ()}
    return (
        names.DELETION_POLICY_ANNOTATION not in live["annotations"]
        or any(owner["uid"] not in owners for owner in wanted.get("ownerReferences") or ())
        or (names.ORPHANED_LABEL in wanted["labels"] and names.ORPHANED_LABEL not in live["labels"])
    )


def foreign(child: JSONObject, anchor_uid: str) -> JSONObject:
    """A child that we never made, adopted because it carries our label: its identity, and an anchor to outlive us."""
    kept = keep(child)
    if not anchor_uid:
        return kept
    metadata = kept["metadata"]
    metadata["ownerReferences"] = [names.anchor(anchor_uid)]
    owners = {owner.get("uid") for owner in child["metadata"].get("ownerReferences") or ()}
    if anchor_uid not in owners and applied_entry(child) is not None:
        # Somebody stripped the anchor that we applied: an equal answer would be skipped.
        mark = str(child["metadata"].get("resourceVersion", ""))
        metadata["annotations"] = {**(metadata.get("annotations") or {}), names.REAPPLY_ANNOTATION: mark}
    return kept
