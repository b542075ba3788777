"""Related objects: what a customize hook asks for, and how long its answer is believed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.informers import Informer, cache_key
from tenantry.sandbox.loop.selectors import LabelSelector, labels_of

CACHE_SECONDS = 20 * 60.0

_FIELDS = frozenset({"apiVersion", "resource", "labelSelector", "namespaceSelector", "namespace", "names"})

TypeName = tuple[str, str]
"""apiVersion and lower-case plural."""


@dataclass(frozen=True, slots=True)
class RelatedRule:
    """One set of related objects: by names, or by labels, in one namespace or in all."""

    api_version: str
    resource: str
    namespace: str
    names: tuple[str, ...]
    selector: LabelSelector
    namespace_selector: LabelSelector | None = None

    @classmethod
    def parse(cls, value: Any) -> Self:
        """The rule in one entry of ``relatedResources``. Raises ``ValueError``."""
        if not isinstance(value, dict):
            raise ValueError("relatedResources has an entry that is not an object")
        if unknown := value.keys() - _FIELDS:
            raise ValueError(f'unknown field "relatedResources.{min(unknown)}"')
        names, namespace = value.get("names") or [], value.get("namespace") or ""
        by_label = value.get("labelSelector") is not None
        by_namespace = value.get("namespaceSelector") is not None
        if names and (by_label or by_namespace):
            raise ValueError("related rule cannot have both names and labelSelector/namespaceSelector specified")
        if namespace and by_namespace:
            raise ValueError("related rule cannot have both namespace and namespaceSelector specified")
        return cls(
            api_version=value.get("apiVersion") or "",
            resource=value.get("resource") or "",
            namespace=namespace,
            names=tuple(names),
            selector=LabelSelector.parse(value.get("labelSelector"), "labelSelector"),
            namespace_selector=(
                LabelSelector.parse(value["namespaceSelector"], "namespaceSelector") if by_namespace else None
            ),
        )

    @property
    def type_name(self) -> TypeName:
        """Which informer it needs."""
        return self.api_version, self.resource

    def matches(self, obj: JSONObject, *, namespaced: bool, namespaces: Informer | None) -> bool:
        """Whether it selects an object of its type."""
        metadata = obj["metadata"]
        if namespaced and self.namespace and metadata.get("namespace") != self.namespace:
            return False
        if self.names:
            return metadata["name"] in self.names
        if self.namespace_selector is not None and not self._in_namespaces(metadata.get("namespace", ""), namespaces):
            return False
        return self.selector.matches(labels_of(obj))

    def select(self, informer: Informer, namespaces: Informer | None) -> list[JSONObject]:
        """The objects that it selects, of those the informer knows."""
        namespace = self.namespace if informer.kind.namespaced else ""
        if self.names and (namespace or not informer.kind.namespaced):
            found = (informer.get(cache_key(namespace, name)) for name in dict.fromkeys(self.names))
            return [obj for obj in found if obj is not None]
        candidates = informer.select(self.selector, namespace=namespace)
        namespaced = informer.kind.namespaced
        return [obj for obj in candidates if self.matches(obj, namespaced=namespaced, namespaces=namespaces)]

    def _in_namespaces(self, namespace: str, namespaces: Informer | None) -> bool:
        if self.namespace_selector is None or namespaces is None:
            return True
        obj = namespaces.get(namespace)
        return obj is not None and self.namespace_selector.matches(labels_of(obj))


@dataclass(frozen=True, slots=True)
class RelatedRules:
    """An answer of a customize hook."""

    rules: tuple[RelatedRule, ...]
    by_type: dict[TypeName, tuple[RelatedRule, ...]]

    @classmethod
    def parse(cls, values: list[Any]) -> Self:
        """The rules in ``relatedResources``. Raises ``ValueError``."""
        rules = tuple(RelatedRule.parse(value) for value in values)
        types = dict.fromkeys(rule.type_name for rule in rules)
        by_type = {name: tuple(rule for rule in rules if rule.type_name == name) for name in types}
        return cls(rules, by_type)

    def matches(
        self, name: TypeName, objects: list[JSONObject], informer: Informer, namespaces: Informer | None
    ) -> bool:
        """Whether any of these objects of one type is related."""
        namespaced = informer.kind.namespaced
        return any(
            rule.matches(obj, namespaced=namespaced, namespaces=namespaces)
            for rule in self.by_type.get(name, ())
            for obj in objects
        )


class RulesCache:
    """Answers of a customize hook by the parent's uid and generation, each believed for 20 minutes.

    That is what makes such a hook a function of ``spec`` alone: whatever else it looks at is seen too late.
    """

    def __init__(self, ask: Callable[[JSONObject], RelatedRules], clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[Any, float, RelatedRules]] = {}

    def rules(self, parent: JSONObject) -> RelatedRules:
        """The rules for a parent: remembered, or asked for now. Raises what asking raises."""
        metadata = parent["metadata"]
        uid, generation = metadata["uid"], metadata.get("generation")
        with self._lock:
            known = self._answers.get(uid)
        if known is not None and known[0] == generation and self._clock() < known[1]:
            return known[2]
        answer = self._ask(parent)
        with self._lock:
            self._answers[uid] = (generation, self._clock() + CACHE_SECONDS, answer)
        return answer

    def forget(self, uid: str) -> None:
        """Drop what is remembered for a parent that is gone."""
        with self._lock:
            self._answers.pop(uid, None)
