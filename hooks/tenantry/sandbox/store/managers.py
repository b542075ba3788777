"""Who owns which fields: the ``managedFields`` of an object, and how writes change them.

Follows "Server-Side Apply" of the Kubernetes documentation: an applier owns what it sends, an updater what it changes;
whoever changes a field by force or by update takes it from all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tenantry.sandbox.store.comparison import Comparison, compare
from tenantry.sandbox.store.fieldsets import (
    FieldSet,
    applied_fields,
    difference,
    intersection,
    paths,
    union,
    with_structures,
)
from tenantry.sandbox.store.merging import merge, without
from tenantry.sandbox.store.schema import Schema

_UNMANAGED: Final = frozenset(["f:apiVersion", "f:kind"])
_UNMANAGED_METADATA: Final = frozenset(
    f"f:{name}"
    for name in (
        "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion",
    )
) | {"."}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Manager:
    """One entry of ``managedFields``."""

    name: str
    operation: Literal["Apply", "Update"]
    api_version: str
    subresource: str
    time: str
    """When it last changed a value, to the second (RFC 3339); empty if it never did."""
    fields: FieldSet

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What tells entries apart: an applier stays the same when it goes over to another version."""
        version = "" if self.operation == "Apply" else self.api_version
        return (self.name, self.operation, version, self.subresource)

    def to_json(self) -> JSONObject:
        """The entry as the API shows it."""
        entry: JSONObject = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields,
        }
        if self.time:
            entry["time"] = self.time
        if self.subresource:
            entry["subresource"] = self.subresource
        return entry


Managers = tuple[Manager, ...]


def ownership(managers: Managers) -> list[tuple[tuple[str, str, str, str], str, FieldSet]]:
    """Who owns what, without the times: a write that changes no more than those changes nothing."""
    return sorted(((m.identity, m.api_version, m.fields) for m in managers), key=lambda entry: entry[0])


def parse_managers(entries: Iterable[JSONObject]) -> Managers:
    """The entries of an object that somebody sends. Raises ``KeyError`` if one of them is incomplete."""
    return tuple(
        Manager(
            name=entry.get("manager", ""),
            operation=entry["operation"],
            api_version=entry["apiVersion"],
            subresource=entry.get("subresource", ""),
            time=entry.get("time", ""),
            fields=entry.get("fieldsV1", {}),
        )
        for entry in entries
    )


def managed(fields: FieldSet, *, ignore_status: bool) -> FieldSet:
    """The fields that can have an owner: not the identity of an object, and not its status if that is written apart."""
    result = {
        key: node for key, node in fields.items() if key not in _UNMANAGED and not (ignore_status and key == "f:status")
    }
    if "f:metadata" in result:
        metadata = {key: node for key, node in result["f:metadata"].items() if key not in _UNMANAGED_METADATA}
        if metadata:
            result["f:metadata"] = metadata
        else:
            del result["f:metadata"]
    return result


def updated(
    managers: Managers, live: JSONObject, new: JSONObject, schema: Schema, *, by: Manager, ignore_status: bool
) -> Managers:
    """The managers after an update (create, replace or merge patch) by somebody; the fields in ``by`` are not read."""
    if live == new:
        return managers
    changes = Comparison(*(managed(part, ignore_status=ignore_status) for part in compare(live, new, schema)))
    taken = union(changes.modified, changes.added)
    result = [_without_taken(manager, taken, changes.removed) for manager in managers]
    if taken:
        previous = next((manager for manager in result if manager.identity == by.identity), None)
        fields = taken if previous is None else union(previous.fields, taken)
        result = [manager for manager in result if manager is not previous] + [replace(by, fields=fields)]
    return _ordered(result)


def _without_taken(manager: Manager, taken: FieldSet, removed: FieldSet) -> Manager:
    fields = manager.fields
    if taken:
        fields = difference(fields, taken)
    if removed:
        fields = difference(fields, removed)
    return manager if fields == manager.fields else replace(manager, fields=fields)


def _ordered(managers: Sequence[Manager]) -> Managers:
    owning = [manager for manager in managers if manager.fields]
    if len(owning) > 1:
        owning.sort(key=lambda m: (m.operation, m.time, m.name, m.api_version, m.subresource))
    return tuple(owning)


def applied(
    managers: Managers, live: JSONObject, config: JSONObject, schema: Schema, *, by: Manager, force: bool
) -> tuple[JSONObject, Managers]:
    """The merged object and its managers after an apply.

    Raises ``ApiError`` with reason ``Conflict`` when, without ``force``, a field of another manager would change.
    """
    own = managed(applied_fields(config, schema), ignore_status=False)
    previous = next((manager for manager in managers if manager.identity == by.identity), None)
    others = [manager for manager in managers if manager is not previous]
    merged = merge(live, config, schema)
    if previous is not None and previous.fields != own:
        merged = _pruned(merged, previous.fields, [own, *(manager.fields for manager in others)], schema)
    changes = compare(live, merged, schema)
    taken = union(changes.modified, changes.added)
    if taken and not force:
        _refuse_conflicts(others, taken)
    if taken or changes.removed:
        others = [_without_taken(manager, taken, changes.removed) for manager in others]
    if previous is not None and previous.fields == own and not (taken or changes.removed):
        return merged, managers
    # An apply that changes no value leaves the time alone: a new owner of old values has none at all.
    time = by.time if merged != live else previous.time if previous is not None else ""
    return merged, _ordered([*others, replace(by, fields=own, time=time)])


def _pruned(merged: JSONObject, previous: FieldSet, owned: Sequence[FieldSet], schema: Schema) -> JSONObject:
    """Without the fields that were applied before by the same manager and now have no owner."""
    previous = with_structures(previous, schema)
    still_owned: FieldSet = {}
    for fields in owned:
        still_owned = union(still_owned, fields)
    still_owned = with_structures(still_owned, schema)
    candidate = without(merged, previous, schema) or {}
    everything = with_structures(applied_fields(merged, schema), schema)
    remaining = with_structures(applied_fields(candidate, schema), schema)
    unowned = difference(everything, union(remaining, still_owned))
    candidate = without(merged, unowned, schema) or {}
    remaining = with_structures(applied_fields(candidate, schema), schema)
    result: JSONObject = without(merged, intersection(difference(everything, remaining), previous), schema) or {}
    return result


def _refuse_conflicts(others: Iterable[Manager], taken: FieldSet) -> None:
    conflicts = [(manager, list(paths(intersection(manager.fields, taken)))) for manager in others]
    conflicts = [(manager, fields) for manager, fields in conflicts if fields]
    if not conflicts:
        return
    count = sum(len(fields) for _, fields in conflicts)
    lines = []
    for manager, fields in conflicts:
        subresource = f' with subresource "{manager.subresource}"' if manager.subresource else ""
        using = f" using {manager.api_version}" if manager.operation == "Update" else ""
        who = f'with "{manager.name}"{subresource}{using}'
        if len(fields) == 1:
            lines.append(f"conflict {who}: {fields[0]}")
        else:
            lines.append(f"conflicts {who}:\n" + "\n".join(f"- {field}" for field in fields))
    plural = "" if count == 1 else "s"
    raise ApiError(409, "Conflict", f"Apply failed with {count} conflict{plural}: " + "\n".join(lines))


def managed_fields(managers: Managers) -> list[Any]:
    """The ``managedFields`` that the API shows."""
    return [manager.to_json() for manager in managers]
