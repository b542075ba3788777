"""What a tenant consists of now: observed children, found by identity and by the entry they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from tenantry.names import ORPHANED_LABEL, OWNER_ANNOTATION, RESOURCE_ID_ANNOTATION, TENANT_LABEL
from tenantry.protocol import JSONObject, ObjectKey, ObjectMap, observed_items


class Observed:
    """Observed children of a tenant."""

    __slots__ = ("by_id", "by_key", "managed_types")

    def __init__(
        self,
        by_key: Mapping[ObjectKey, JSONObject],
        by_id: Mapping[str, list[ObjectKey]],
        managed_types: frozenset[str],
    ) -> None:
        self.by_key = by_key
        self.by_id = by_id
        """Entry → the objects that were made from it: more than one while one replaces another.

        An orphan is not among them: it is taken up again only by an entry that names it.
        """
        self.managed_types = managed_types
        """Type keys that the controller manages: Metacontroller names each of them, even without an object."""

    @classmethod
    def from_children(cls, children: ObjectMap) -> Self:
        """Index the children of a request."""
        by_key = dict(observed_items(children))
        by_id: dict[str, list[ObjectKey]] = {}
        for key, child in by_key.items():
            metadata = child["metadata"]
            annotations, labels = metadata.get("annotations"), metadata.get("labels")
            id_ = annotations.get(RESOURCE_ID_ANNOTATION) if annotations else None
            if id_ and not (labels and ORPHANED_LABEL in labels) and is_ours(child):
                by_id.setdefault(id_, []).append(key)
        return cls(by_key, by_id, frozenset(children))


def annotation(obj: JSONObject, name: str) -> str:
    """An annotation's value, empty if there is none."""
    annotations = obj["metadata"].get("annotations")
    return annotations.get(name, "") if annotations else ""


def is_ours(child: JSONObject) -> bool:
    """Whether we made this child. One that only carries our label is somebody else's.

    So is one that was made for another tenant and that somebody labelled as this one's.
    """
    metadata = child["metadata"]
    annotations = metadata.get("annotations")
    if not annotations or not annotations.get(RESOURCE_ID_ANNOTATION):
        return False
    owner = annotations.get(OWNER_ANNOTATION)
    return not owner or owner == (metadata.get("labels") or {}).get(TENANT_LABEL, owner)


def is_deleting(child: JSONObject) -> bool:
    """Whether somebody deleted this child already."""
    return "deletionTimestamp" in child["metadata"]
