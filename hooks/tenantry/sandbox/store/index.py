"""The stored objects, with the ways to find them: by type, name, namespace, uid and owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.managers import Managers, managed_fields
from tenantry.sandbox.store.resources import Resource


@dataclass(frozen=True, eq=False)
class Stored:
    """One version of one object. Nothing in it is ever changed: a write stores another one."""

    resource: Resource
    body: JSONObject
    """The object without its ``managedFields``."""
    managers: Managers

    @property
    def name(self) -> str:
        """The object's name."""
        name: str = self.body["metadata"]["name"]
        return name

    @property
    def namespace(self) -> str:
        """The object's namespace, empty for cluster-scoped ones."""
        namespace: str = self.body["metadata"].get("namespace", "")
        return namespace

    @property
    def uid(self) -> str:
        """The object's uid."""
        uid: str = self.body["metadata"]["uid"]
        return uid

    @property
    def deleting(self) -> bool:
        """Whether deletion was asked for, and waits for finalizers."""
        return "deletionTimestamp" in self.body["metadata"]

    @property
    def finalizers(self) -> list[str]:
        """Who must agree before the object can go. Not to be changed."""
        finalizers: list[str] = self.body["metadata"].get("finalizers", [])
        return finalizers

    @property
    def owner_references(self) -> list[JSONObject]:
        """The owners. Not to be changed."""
        references: list[JSONObject] = self.body["metadata"].get("ownerReferences", [])
        return references

    @cached_property
    def json(self) -> bytes:
        """The whole object, encoded."""
        if not self.managers:
            return orjson.dumps(self.body)
        metadata = {**self.body["metadata"], "managedFields": managed_fields(self.managers)}
        return orjson.dumps({**self.body, "metadata": metadata})

    def to_json(self, api_version: str = "") -> JSONObject:
        """A private copy of the whole object, in another served version if asked for."""
        obj: JSONObject = orjson.loads(self.json)
        if api_version:
            obj["apiVersion"] = api_version
        return obj


class Index:
    """All objects of a store. Its owner sees to it that one thread at a time uses it."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, dict[str, Stored]]] = {}
        self._uids: dict[str, Stored] = {}
        self._dependents: dict[str, dict[str, Any]] = {}

    def find(self, resource: Resource, namespace: str, name: str) -> Stored | None:
        """The object of this name."""
        return self._tables.get(resource.qualified_plural, {}).get(namespace, {}).get(name)

    def by_uid(self, uid: str) -> Stored | None:
        """The object of this uid."""
        return self._uids.get(uid)

    def select(self, resource: Resource, namespace: str = "") -> Iterator[Stored]:
        """The objects of a type, of one namespace if given, sorted by namespace and name."""
        table = self._tables.get(resource.qualified_plural, {})
        for key in [namespace] if namespace else sorted(table):
            named = table.get(key, {})
            for name in sorted(named):
                yield named[name]

    def named(self, qualified_plural: str, name: str) -> Stored | None:
        """A cluster-scoped object, by its type's plural and group."""
        return self._tables.get(qualified_plural, {}).get("", {}).get(name)

    def of_plural(self, qualified_plural: str) -> list[Stored]:
        """The objects of a type, by its plural and group."""
        table = self._tables.get(qualified_plural, {})
        return [stored for named in table.values() for stored in named.values()]

    def in_namespace(self, namespace: str) -> list[Stored]:
        """The objects of all types in a namespace."""
        return [stored for table in self._tables.values() for stored in table.get(namespace, {}).values()]

    def dependents(self, owner_uid: str) -> list[Stored]:
        """The objects that name this owner."""
        return [self._uids[uid] for uid in self._dependents.get(owner_uid, ())]

    def put(self, stored: Stored) -> None:
        """Store a new object, or a new version of one."""
        old = self._uids.get(stored.uid)
        table = self._tables.setdefault(stored.resource.qualified_plural, {})
        table.setdefault(stored.namespace, {})[stored.name] = stored
        self._uids[stored.uid] = stored
        if old is None or old.owner_references != stored.owner_references:
            if old is not None:
                self._forget_owners(old)
            for owner in owner_uids(stored.owner_references):
                self._dependents.setdefault(owner, {})[stored.uid] = None

    def remove(self, stored: Stored) -> None:
        """Forget an object."""
        table = self._tables[stored.resource.qualified_plural]
        named = table[stored.namespace]
        del named[stored.name]
        if not named:
            del table[stored.namespace]
        self._forget_owners(self._uids.pop(stored.uid))

    def _forget_owners(self, stored: Stored) -> None:
        for owner in owner_uids(stored.owner_references):
            named = self._dependents[owner]
            named.pop(stored.uid, None)
            if not named:
                del self._dependents[owner]


def owner_uids(references: Iterable[JSONObject]) -> set[str]:
    """The uids in owner references."""
    return {reference["uid"] for reference in references}
