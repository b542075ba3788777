"""Which objects are a parent's children: those it controls and selects, and selected ones that nobody controls.

The rules are those of Kubernetes' own controllers ("controller ref manager"): adopt orphans that match, release owned
ones that do not, leave everybody else's alone.
"""

from __future__ import annotations

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound, ResourceType
from tenantry.sandbox.loop.errors import SyncFailed
from tenantry.sandbox.loop.informers import Informer, controller_of
from tenantry.sandbox.loop.selectors import LabelSelector, labels_of
from tenantry.sandbox.loop.writer import Writer


def owner_reference(parent: JSONObject) -> JSONObject:
    """The reference that makes ``parent`` an object's controller."""
    return {
        "apiVersion": parent["apiVersion"],
        "kind": parent["kind"],
        "name": parent["metadata"]["name"],
        "uid": parent["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def described(obj: JSONObject) -> str:
    """``Kind namespace/name``, as Metacontroller's messages put it."""
    metadata = obj["metadata"]
    return f"{obj['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


class Claim:
    """One parent's claim on the objects of one child type, made once in each sync."""

    def __init__(self, writer: Writer, parent_kind: ResourceType, parent: JSONObject, selector: LabelSelector) -> None:
        self._writer = writer
        self._parent_kind = parent_kind
        self._parent = parent
        self._uid: str = parent["metadata"]["uid"]
        self._selector = selector
        self._deleting = "deletionTimestamp" in parent["metadata"]
        self._may_adopt = False

    def children(self, informer: Informer) -> list[JSONObject]:
        """The children as the informer knows them; what was adopted just now still lacks its owner there.

        Raises ``SyncFailed`` if an adoption or a release fails.
        """
        namespace = self._parent["metadata"].get("namespace", "") if self._parent_kind.namespaced else ""
        claimed: list[JSONObject] = []
        errors: list[Exception] = []
        owned = informer.owned_by(self._uid, namespace=namespace)
        orphans = [] if self._deleting else informer.orphans(self._selector, namespace=namespace)
        for obj in owned + orphans:
            try:
                if self._claim(informer.kind, obj):
                    claimed.append(obj)
            except (ApiError, SyncFailed) as error:
                errors.append(error)
        if errors:
            raise SyncFailed(f"can't claim {informer.kind.kind} children: {SyncFailed.together(errors)}")
        return claimed

    def _claim(self, kind: ResourceType, obj: JSONObject) -> bool:
        selected = self._selector.matches(labels_of(obj))
        if controller_of(obj) is not None:
            if not selected and not self._deleting:
                self._release(kind, obj)
            return selected
        if not selected or "deletionTimestamp" in obj["metadata"]:
            return False
        return self._adopt(kind, obj)

    def _adopt(self, kind: ResourceType, obj: JSONObject) -> bool:
        self._check_alive(obj)
        mine = owner_reference(self._parent)

        def own(live: JSONObject) -> bool:
            others = [each for each in live["metadata"].get("ownerReferences") or () if each["uid"] != self._uid]
            live["metadata"]["ownerReferences"] = [*others, mine]
            return True

        try:
            self._writer.update(kind, obj, own)
        except NotFound:  # gone in the meantime: nothing left to adopt
            return False
        return True

    def _release(self, kind: ResourceType, obj: JSONObject) -> None:
        def disown(live: JSONObject) -> bool:
            references = live["metadata"].get("ownerReferences") or ()
            live["metadata"]["ownerReferences"] = [each for each in references if each["uid"] != self._uid]
            return True

        try:
            self._writer.update(kind, obj, disown)
        except NotFound:  # gone: released as well as can be
            return

    def _check_alive(self, obj: JSONObject) -> None:
        """Before a first adoption, make sure by a live read that the parent is not about to go."""
        if self._may_adopt:
            return
        metadata = self._parent["metadata"]
        live = self._writer.get(self._parent_kind, metadata["name"], metadata.get("namespace", ""))["metadata"]
        if live["uid"] != self._uid:
            raise SyncFailed(f"can't adopt {described(obj)}: original {described(self._parent)} is gone")
        if "deletionTimestamp" in live:
            raise SyncFailed(f"can't adopt {described(obj)}: {described(self._parent)} has just been deleted")
        self._may_adopt = True
