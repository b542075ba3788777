"""The related objects of one controller's parents, and whom a change of one of them concerns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import NotFound, ResourceType
from tenantry.sandbox.loop.errors import HookBusy, SyncFailed
from tenantry.sandbox.loop.informers import Change, Informer, Informers, is_same_version, key_of
from tenantry.sandbox.loop.related import RelatedRules, RulesCache, TypeName
from tenantry.sandbox.loop.writer import Writer

ObjectMap = dict[str, dict[str, JSONObject]]


class Relations:
    """Knows what the customize hook of a controller asked for; without such a hook there are no related objects."""

    def __init__(
        self,
        ask: Callable[[JSONObject], RelatedRules] | None,
        *,
        parents: Informer,
        informers: Informers,
        writer: Writer,
        enqueue: Callable[[JSONObject], Any],
    ) -> None:
        self._rules = RulesCache(ask) if ask is not None else None
        self._parents = parents
        self._informers = informers
        self._writer = writer
        self._enqueue = enqueue
        self._lock = threading.Lock()
        self._by_type: dict[TypeName, Informer] = {}
        self._handlers: dict[TypeName, Change] = {}
        self._namespaces: Informer | None = None

    def objects(self, parent: JSONObject) -> ObjectMap:
        """The related objects of a parent, as a request shows them: every type asked for has its entry.

        Raises ``HookFailed``, ``HookBusy``, and ``SyncFailed`` for a type that is not served.
        """
        found: ObjectMap = {}
        if self._rules is None:
            return found
        for rule in self._rules.rules(parent).rules:
            informer = self._informer(rule.type_name)
            namespaces = self._namespace_informer() if rule.namespace_selector is not None else None
            entries = found.setdefault(str(informer.kind), {})
            for obj in rule.select(informer, namespaces):
                entries[key_of(obj)] = obj
        return found

    def forget(self, parent: JSONObject) -> None:
        """Drop what is remembered for a parent that is gone."""
        if self._rules is not None:
            self._rules.forget(parent["metadata"]["uid"])

    def close(self) -> None:
        """Stop listening to related types."""
        with self._lock:
            for name, informer in self._by_type.items():
                informer.remove_handler(self._handlers[name])
                self._informers.release(informer)
            self._by_type.clear()
            if self._namespaces is not None:
                self._informers.release(self._namespaces)
                self._namespaces = None

    def _informer(self, name: TypeName) -> Informer:
        with self._lock:
            informer = self._by_type.get(name)
            if informer is None:
                informer = self._informers.acquire(self._resource(name))
                handler = self._handlers[name] = lambda old, new: self._changed(name, old, new)
                informer.add_handler(handler)
                self._by_type[name] = informer
            return informer

    def _namespace_informer(self) -> Informer:
        with self._lock:
            if self._namespaces is None:
                self._namespaces = self._informers.acquire(self._resource(("v1", "namespaces")))
            return self._namespaces

    def _resource(self, name: TypeName) -> ResourceType:
        try:
            return self._writer.resource_type(name[0], plural=name[1])
        except NotFound as error:
            raise SyncFailed(f"discovery: can't find resource {name[1]} in apiVersion {name[0]}") from error

    def _changed(self, name: TypeName, old: JSONObject | None, new: JSONObject | None) -> None:
        """Enqueue the parents that are interested in the object as it was or as it is."""
        if old is not None and new is not None and is_same_version(old, new):
            return
        objects = [obj for obj in (old, new) if obj is not None]
        informer = self._by_type.get(name)
        if self._rules is None or informer is None:
            return
        for parent in self._parents.all():
            try:
                rules = self._rules.rules(parent)
            except (SyncFailed, HookBusy):
                continue  # as in Metacontroller this trigger is lost, and the parent's own sync has to ask again
            if rules.matches(name, objects, informer, self._namespaces):
                self._enqueue(parent)
