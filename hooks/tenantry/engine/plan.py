"""What a tenant shall consist of: every entry of its templates, rendered, with what it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compile import Compiled, CompiledEntry
from tenantry.engine.render import RenderError, render_entry, render_identity
from tenantry.names import content_hash, resource_id
from tenantry.protocol import JSONObject, ObjectKey


class TenantTemplate(NamedTuple):
    """A compiled template as one tenant uses it."""

    name: str
    compiled: Compiled


class Planned(NamedTuple):
    """One entry with what it became for this tenant."""

    id: str
    """``template/id``."""
    entry: CompiledEntry
    rendered: JSONObject | None
    """The object; none when it could not be rendered."""
    key: ObjectKey | None
    """The object's identity; none when not even that could be rendered."""
    content_hash: str
    needs: tuple[str, ...]
    """Ids of the entries that this one depends on, sorted."""
    failure: str
    """Reason for which there is no object, CamelCase; empty if there is one."""
    message: str


class Plan(NamedTuple):
    """All entries of a tenant, dependencies before their dependents as far as they were declared."""

    entries: tuple[Planned, ...]
    keys: frozenset[ObjectKey]
    """Identities that some entry claims."""
    complete: bool
    """Whether every identity is known: only then may an object that no entry claims be removed."""


def make_plan(templates: Sequence[TenantTemplate], context: Context) -> Plan:
    """Render all entries of a tenant's templates. An entry that fails takes no other with it."""
    entries = [_planned(template.name, entry, context) for template in templates for entry in template.compiled.entries]
    homes = {
        planned.rendered["metadata"]["name"]: planned.id
        for planned in entries
        if planned.entry.type_key == "Namespace.v1" and planned.rendered is not None
    }
    claimed: dict[ObjectKey, str] = {}
    linked = [_linked(planned, homes, claimed) for planned in entries]
    return Plan(tuple(linked), frozenset(claimed), all(planned.key is not None for planned in entries))


def _planned(template: str, entry: CompiledEntry, context: Context) -> Planned:
    id_ = resource_id(template, entry.id)
    needs = tuple(resource_id(template, need) for need in entry.depends_on)
    try:
        rendered = render_entry(entry, context)
    except RenderError as error:
        return Planned(id_, entry, None, _identity(entry, context), "", needs, "RenderError", str(error))
    return Planned(id_, entry, rendered, _key(entry, rendered), content_hash(rendered), needs, "", "")


def _identity(entry: CompiledEntry, context: Context) -> ObjectKey | None:
    try:
        return _key(entry, render_identity(entry, context))
    except RenderError:
        return None


def _key(entry: CompiledEntry, obj: JSONObject) -> ObjectKey:
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return ObjectKey(entry.type_key, f"{namespace}/{metadata['name']}" if namespace else metadata["name"])


def _linked(planned: Planned, homes: dict[str, str], claimed: dict[ObjectKey, str]) -> Planned:
    """With the Namespace it lives in among its needs; as a failure if an earlier entry has the same object."""
    if planned.key is None:
        return planned
    first = claimed.setdefault(planned.key, planned.id)
    if first is not planned.id:
        message = f"{first} makes the same object: remove one of the two"
        return planned._replace(rendered=None, key=planned.key, failure="Duplicate", message=message)
    namespace, separator, _ = planned.key.key.partition("/")
    home = homes.get(namespace) if separator else None
    needs = planned.needs
    if home is not None and home not in needs:
        needs = (*needs, home)
    return planned._replace(needs=_sorted(needs)) if len(needs) > 1 or needs is not planned.needs else planned


def _sorted(needs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(needs))
