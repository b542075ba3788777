"""The parents of one controller: which are its own, and which children each of them selects."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop.errors import SyncFailed
from tenantry.sandbox.loop.informers import Informer, Pair, cache_key, controller_of, key_of
from tenantry.sandbox.loop.selectors import LabelSelector, SelectorError, labels_of
from tenantry.sandbox.loop.spec import ControllerSpec

GENERATED_LABEL = "controller-uid"


def is_selected(spec: ControllerSpec, parent: JSONObject) -> bool:
    """Whether the controller's own label selector matches this parent."""
    return spec.parent_selector.matches(labels_of(parent))


def has_finalizer(spec: ControllerSpec, parent: JSONObject) -> bool:
    """Whether the parent waits for this controller's finalize hook before it goes."""
    return spec.finalizer in (parent["metadata"].get("finalizers") or ())


def is_ours(spec: ControllerSpec, parent: JSONObject) -> bool:
    """Whether the controller has anything to do with this parent: selected, or left with our finalizer."""
    return is_selected(spec, parent) or has_finalizer(spec, parent)


def child_selector(spec: ControllerSpec, parent: JSONObject) -> LabelSelector:
    """What selects a parent's children: its ``spec.selector``, or its uid where the controller generates selectors.

    Raises ``SyncFailed`` for a selector that is missing, empty or malformed.
    """
    if spec.generate_selector:
        return LabelSelector(((GENERATED_LABEL, parent["metadata"]["uid"]),))
    try:
        selector = LabelSelector.parse((parent.get("spec") or {}).get("selector"), ".spec.selector")
    except SelectorError as error:
        raise SyncFailed(f"can't convert label selector: {error}") from error
    if selector.empty:
        raise SyncFailed(".spec.selector must have either matchLabels, matchExpressions, or both")
    return selector


class ParentIndex:
    """Finds the parents that a child belongs to, or could belong to, without visiting all of them."""

    def __init__(self, spec: ControllerSpec, informer: Informer) -> None:
        self._spec = spec
        self._informer = informer
        self._lock = threading.Lock()
        self._selectors: dict[str, LabelSelector] = {}
        self._by_pair: defaultdict[Pair | None, set[str]] = defaultdict(set)

    def changed(self, old: JSONObject | None, new: JSONObject | None) -> None:
        """Take note of a parent's change."""
        parent = new if new is not None else old
        if parent is None:
            return
        key, selector = key_of(parent), None
        if new is not None:
            try:
                selector = child_selector(self._spec, new)
            except SyncFailed:
                selector = None  # its own sync will tell
        with self._lock:
            before = self._selectors.pop(key, None)
            if before is not None:
                self._by_pair[_entry(before)].discard(key)
            if selector is not None:
                self._selectors[key] = selector
                self._by_pair[_entry(selector)].add(key)

    def owner_of(self, child: JSONObject, reference: JSONObject) -> JSONObject | None:
        """The parent that controls a child, if it is one of ours."""
        kind = self._informer.kind
        if reference["kind"] != kind.kind or _group(reference["apiVersion"]) != kind.group:
            return None
        namespace = child["metadata"].get("namespace", "") if kind.namespaced else ""
        parent = self._informer.get(cache_key(namespace, reference["name"]))
        if parent is None or parent["metadata"]["uid"] != reference["uid"]:
            return None
        return parent if is_ours(self._spec, parent) else None

    def potential_owners(self, orphan: JSONObject) -> list[JSONObject]:
        """The parents whose selector matches an object that nobody controls."""
        labels = labels_of(orphan)
        with self._lock:
            entries: list[Any] = [*labels.items(), None]
            keys = {key for entry in entries for key in self._by_pair.get(entry, ())}
            matching = [key for key in sorted(keys) if self._selectors[key].matches(labels)]
        parents = (self._informer.get(key) for key in matching)
        namespace = orphan["metadata"].get("namespace", "")
        return [each for each in parents if each is not None and _in_reach(self._informer.kind, each, namespace)]

    def concerned_by(self, child: JSONObject, *, gone: bool) -> list[JSONObject]:
        """The parents that shall be synced because this child has changed, or is gone."""
        reference = controller_of(child)
        if reference is not None:
            owner = self.owner_of(child, reference)
            return [owner] if owner is not None else []
        # Orphans that are being deleted are never adopted, so their end concerns nobody.
        leaving = gone or "deletionTimestamp" in child["metadata"]
        return [] if leaving else self.potential_owners(child)


def _entry(selector: LabelSelector) -> Pair | None:
    return selector.pairs[0] if selector.pairs else None


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def _in_reach(kind: ResourceType, parent: JSONObject, namespace: str) -> bool:
    return not kind.namespaced or parent["metadata"].get("namespace", "") == namespace
