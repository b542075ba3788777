"""One sync of one parent: from what the informers know to what the cluster shall be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound
from tenantry.sandbox.loop.children import ChildManager, ChildMap, desired_map
from tenantry.sandbox.loop.claiming import Claim, described
from tenantry.sandbox.loop.errors import HookFailed, SyncFailed
from tenantry.sandbox.loop.hooks import HookClient, SyncAnswer
from tenantry.sandbox.loop.informers import Informer, key_of
from tenantry.sandbox.loop.parents import GENERATED_LABEL, child_selector, has_finalizer, is_ours, is_selected
from tenantry.sandbox.loop.relations import Relations
from tenantry.sandbox.loop.selectors import LabelSelector
from tenantry.sandbox.loop.spec import ControllerSpec
from tenantry.sandbox.loop.writer import Writer

GARBAGE_COLLECTOR_FINALIZERS = frozenset({"foregroundDeletion", "orphan"})


ResyncLater = Callable[[float], Any]
"""Told after how many seconds the hook wants to be asked again."""


class ParentSync:
    """Syncs the parents of one controller, one call for each. Safe to use from several workers."""

    def __init__(
        self,
        spec: ControllerSpec,
        *,
        parents: Informer,
        children: list[Informer],
        relations: Relations,
        writer: Writer,
        hooks: HookClient,
        manager: ChildManager,
    ) -> None:
        self._spec = spec
        self._parents = parents
        self._children = children
        self._relations = relations
        self._writer = writer
        self._hooks = hooks
        self._manager = manager

    def sync(self, parent: JSONObject, resync: ResyncLater) -> None:
        """Bring one parent's children and status to where its hook wants them.

        Raises ``SyncFailed`` or ``ApiError`` after everything that could be done is done, and ``HookBusy``.
        """
        if not is_ours(self._spec, parent):
            return
        parent = self._with_finalizer(parent)
        if not is_ours(self._spec, parent):  # the finalizer was its last tie to us
            return
        selector = child_selector(self._spec, parent)
        claim = Claim(self._writer, self._parents.kind, parent, selector)
        observed: ChildMap = {}
        for informer in self._children:
            observed[str(informer.kind)] = {key_of(obj): obj for obj in claim.children(informer)}
        answer = self._ask(parent, observed, self._relations.objects(parent))
        if answer.resync_after_seconds > 0:
            resync(answer.resync_after_seconds)
        if answer.finalized:
            parent = self._without_finalizer(parent)
        desired = self._desired(parent, selector, answer.children)
        failure = self._manage(parent, observed, desired)
        if self._write_status(parent, answer.status) and failure is not None:
            raise failure

    def _with_finalizer(self, parent: JSONObject) -> JSONObject:
        """The parent with our finalizer, or without it when the controller has no finalize hook (any more)."""
        wanted = self._spec.finalize is not None
        if has_finalizer(self._spec, parent) == wanted or (wanted and "deletionTimestamp" in parent["metadata"]):
            return parent
        if not wanted:
            return self._without_finalizer(parent)

        def add(live: JSONObject) -> bool:
            if has_finalizer(self._spec, live):
                return False
            live["metadata"]["finalizers"] = [*(live["metadata"].get("finalizers") or ()), self._spec.finalizer]
            return True

        try:
            return self._writer.update(self._parents.kind, parent, add)
        except ApiError as error:
            raise SyncFailed(f"can't sync finalizer for {described(parent)}: {error}") from error

    def _without_finalizer(self, parent: JSONObject) -> JSONObject:
        def remove(live: JSONObject) -> bool:
            if not has_finalizer(self._spec, live):
                return False
            live["metadata"]["finalizers"] = [
                each for each in live["metadata"]["finalizers"] if each != self._spec.finalizer
            ]
            return True

        try:
            return self._writer.update(self._parents.kind, parent, remove)
        except ApiError as error:
            raise SyncFailed(f"can't remove finalizer for {described(parent)}: {error}") from error

    def _ask(self, parent: JSONObject, observed: ChildMap, related: ChildMap) -> SyncAnswer:
        leaving = "deletionTimestamp" in parent["metadata"] or not is_selected(self._spec, parent)
        finalize = self._spec.finalize if leaving else None
        name = "finalize" if finalize is not None else "sync"
        request = {
            "controller": self._spec.source,
            "parent": parent,
            "children": observed,
            "related": related,
            "finalizing": finalize is not None,
        }
        try:
            return self._hooks.sync(finalize or self._spec.sync, request, name=name)
        except HookFailed as error:
            raise SyncFailed(
                f"sync hook failed for {described(parent)}: {name} hook failed (version=v2): {error}"
            ) from error

    def _desired(self, parent: JSONObject, selector: LabelSelector, children: list[JSONObject]) -> ChildMap:
        """The desired children, with what Metacontroller adds to each. Raises ``SyncFailed`` if one is not selected."""
        namespace = parent["metadata"].get("namespace", "")
        for child in children:
            metadata = child.setdefault("metadata", {})
            if not isinstance(metadata.get("name"), str):
                metadata["name"] = ""  # so it reads there; the object of that name is then not desired, hence deleted
            if not isinstance(metadata.get("namespace"), str):
                metadata.pop("namespace", None)
            if namespace and not metadata.get("namespace"):
                metadata["namespace"] = namespace
        desired = desired_map(children)
        for named in desired.values():
            for child in named.values():
                self._check_labels(parent, selector, child)
        return desired

    def _check_labels(self, parent: JSONObject, selector: LabelSelector, child: JSONObject) -> None:
        labels = child["metadata"].get("labels") or {}
        if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
            raise SyncFailed(f"invalid labels on desired child {described(child)}: not a map of strings")
        if self._spec.generate_selector and GENERATED_LABEL not in labels:
            labels = {**labels, GENERATED_LABEL: parent["metadata"]["uid"]}
            child["metadata"]["labels"] = labels
        if not selector.matches(labels):
            raise SyncFailed(f"labels on desired child {described(child)} don't match parent selector")

    def _manage(self, parent: JSONObject, observed: ChildMap, desired: ChildMap) -> SyncFailed | None:
        """Write the children, unless the parent is going and that is no longer our business."""
        if "deletionTimestamp" in parent["metadata"] and not self._should_finalize(parent):
            return None
        try:
            self._manager.manage(parent, observed, desired)
        except SyncFailed as error:
            return SyncFailed(f"can't reconcile children for {described(parent)}: {error}")
        return None

    def _should_finalize(self, parent: JSONObject) -> bool:
        """Whether a parent that is being deleted still has its children managed: not beside the garbage collector."""
        if GARBAGE_COLLECTOR_FINALIZERS & set(parent["metadata"].get("finalizers") or ()):
            return False
        return self._spec.finalize is not None and has_finalizer(self._spec, parent)

    def _write_status(self, parent: JSONObject, status: JSONObject) -> bool:
        """Replace the live parent's status if it differs. False if the parent is gone, or changes too fast.

        In both cases Metacontroller drops even the failures of children: the next event will show them again.
        """
        generation = parent["metadata"].get("generation", 0)
        wanted = {**status, "observedGeneration": generation}

        def replace(live: JSONObject) -> bool:
            if _canonical(live.get("status")) == _canonical(wanted):
                return False
            live["status"] = wanted
            return True

        try:
            self._writer.update_status(self._parents.kind, parent, replace)
        except ApiError as error:
            if isinstance(error, NotFound) or error.reason == "Conflict":
                return False
            raise SyncFailed(f"can't update status for {described(parent)}: {error}") from error
        return True


def _canonical(value: object) -> bytes:
    """Bytes that are equal for equal JSON values only; unlike ``==`` it tells 1, 1.0 and true apart."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
