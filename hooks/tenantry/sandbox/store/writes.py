"""What a write makes of an object: decoding, defaults, ownership and validation, without storing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tenantry.sandbox.store.builtin_rules import change_violations, creation_violations
from tenantry.sandbox.store.custom import NullRule, decode_custom, null_of_apply, null_of_request
from tenantry.sandbox.store.decoding import WrongType, decode, empty
from tenantry.sandbox.store.defaults import fill_defaults
from tenantry.sandbox.store.fieldsets import MalformedList
from tenantry.sandbox.store.index import Stored
from tenantry.sandbox.store.managers import (
    Manager,
    Managers,
    applied,
    managed_fields,
    ownership,
    parse_managers,
    updated,
)
from tenantry.sandbox.store.metadata import metadata_violations
from tenantry.sandbox.store.openapi_validation import violations
from tenantry.sandbox.store.own_rules import transition_violations
from tenantry.sandbox.store.resources import Resource
from tenantry.sandbox.store.strategy import prepare_create, prepare_update
from tenantry.sandbox.store.typed_check import DoesNotFit, check_applied


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, when, and what the store hands out for new objects."""

    field_manager: str
    now: str
    new_uid: Callable[[], str]
    new_address: Callable[[], str]

    def entry(self, resource: Resource, *, apply: bool = False, subresource: str = "") -> Manager:
        """The writer's ``managedFields`` entry, without fields."""
        version = resource.type.api_version
        return Manager(self.field_manager, "Apply" if apply else "Update", version, subresource, self.now, {})


def created(resource: Resource, obj: JSONObject, writer: Writer) -> Stored:
    """A new object (POST)."""
    body = decoded(resource, obj)
    managers = _updated((), empty_object(resource), body, resource, writer.entry(resource))
    return _new(resource, body, managers, writer)


def _new(resource: Resource, body: JSONObject, managers: Managers, writer: Writer) -> Stored:
    prepare_create(body, resource, uid=writer.new_uid(), now=writer.now, address=writer.new_address)
    _validate(body, None, resource)
    return Stored(resource, body, managers)


def replaced(resource: Resource, old: Stored, obj: JSONObject, writer: Writer) -> Stored:
    """The object after a PUT (or a merge patch that was already merged); ``old`` itself if nothing changes."""
    live = in_version(old, resource)
    body = decoded(resource, obj)
    prepare_update(body, live, resource)
    managers = _sent_managers(obj, old)
    managers = _updated(managers, live, body, resource, writer.entry(resource))
    return _next(resource, old, body, managers)


def status_replaced(resource: Resource, old: Stored, obj: JSONObject, writer: Writer) -> Stored:
    """The object after a PUT on its status subresource; ``old`` itself if nothing changes."""
    live = in_version(old, resource)
    status = decoded(resource, {**live, "status": obj.get("status")}).get("status")
    body = {key: value for key, value in live.items() if key != "status"}
    if status is not None:
        body["status"] = status
    entry = writer.entry(resource, subresource="status")
    managers = _updated(_sent_managers(obj, old), live, body, resource, entry, ignore_status=False)
    return _next(resource, old, body, managers)


def applied_to(resource: Resource, old: Stored | None, obj: JSONObject, writer: Writer, *, force: bool) -> Stored:
    """The object after a server-side apply; ``old`` itself if nothing changes."""
    metadata = obj["metadata"]
    if metadata.get("managedFields"):
        raise ApiError(400, "BadRequest", "metadata.managedFields must be nil")
    try:
        check_applied(obj, resource.schema)
    except DoesNotFit as error:
        what = f"/{metadata['name']}; {_group_version(resource)}, Kind={resource.type.kind}"
        raise ApiError(500, "Unknown", f"failed to create typed patch object ({what}): {error}") from error
    config = {key: value for key, value in obj.items() if not (resource.has_status and key == "status")}
    live = empty_object(resource) if old is None else in_version(old, resource)
    entry = writer.entry(resource, apply=True)
    previous = () if old is None else old.managers
    config["metadata"] = {key: value for key, value in metadata.items() if key not in ("uid", "resourceVersion")}
    try:
        merged, managers = applied(previous, live, config, resource.schema, by=entry, force=force)
    except MalformedList as error:
        raise ApiError(500, "Unknown", f"failed to merge: {error}") from error
    if managers is previous and merged == live and old is not None:
        return old
    body = decoded(resource, merged, superfluous_null=null_of_apply)
    if old is None:
        return _new(resource, body, managers, writer)
    prepare_update(body, live, resource)
    return _next(resource, old, body, managers)


def _group_version(resource: Resource) -> str:
    version = resource.type.api_version
    return version if "/" in version else f"/{version}"


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: null deletes a key, maps are merged, anything else replaces. Shares values with both arguments."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def decoded(resource: Resource, obj: JSONObject, *, superfluous_null: NullRule = null_of_request) -> JSONObject:
    """What the API server reads from an object that it is sent: a new object with defaults."""
    try:
        if resource.is_custom:
            body = decode_custom(obj, resource.schema, superfluous_null=superfluous_null)
        else:
            body = decode(obj, resource.schema)
    except WrongType as error:
        kind, version = resource.type.kind, resource.type.api_version
        message = f'{kind} in version "{version}" cannot be handled as a {kind}: json: {error}'
        raise ApiError(400, "BadRequest", message) from error
    body["apiVersion"] = resource.type.api_version
    body["kind"] = resource.type.kind
    if not resource.is_custom:
        fill_defaults(body)
    return body


def empty_object(resource: Resource) -> JSONObject:
    """What a creation starts from, in terms of ownership."""
    return {"metadata": {}} if resource.is_custom else empty(resource.schema)


def in_version(stored: Stored, resource: Resource) -> JSONObject:
    """The stored object in the version of a resource. Not to be changed."""
    if stored.resource is resource:
        return stored.body
    return {**stored.body, "apiVersion": resource.type.api_version}


def _updated(
    managers: Managers,
    live: JSONObject,
    body: JSONObject,
    resource: Resource,
    entry: Manager,
    *,
    ignore_status: bool | None = None,
) -> Managers:
    if ignore_status is None:
        ignore_status = resource.has_status
    try:
        return updated(managers, live, body, resource.schema, by=entry, ignore_status=ignore_status)
    except MalformedList:
        return managers  # as the API server does: validation has the word, and ownership is left alone


def _sent_managers(obj: JSONObject, old: Stored) -> Managers:
    """The managers that a PUT starts from: those it carries, so that a client may drop them by sending ``[{}]``."""
    sent = obj.get("metadata", {}).get("managedFields")
    if not sent or sent == managed_fields(old.managers):
        return old.managers
    if sent == [{}]:
        return ()
    try:
        return parse_managers(sent)
    except KeyError as error:
        raise ApiError(422, "Invalid", f"metadata.managedFields: {error} is missing") from error


def _next(resource: Resource, old: Stored, body: JSONObject, managers: Managers) -> Stored:
    live = in_version(old, resource)
    if body == live and (managers == old.managers or ownership(managers) == ownership(old.managers)):
        return old
    _validate(body, live, resource)
    return Stored(resource, body, managers)


def _validate(body: JSONObject, live: JSONObject | None, resource: Resource) -> None:
    metadata = body["metadata"]
    problems = list(metadata_violations(metadata, resource))
    if live is not None:
        problems += _added_finalizers(metadata, live["metadata"])
    if resource.is_custom:
        problems += violations(body, resource.schema)
        if resource.metadata_rules is not None:
            problems += violations(metadata, resource.metadata_rules, "metadata")
        if live is not None and not problems:
            problems += transition_violations(body, live)
    else:
        problems += creation_violations(body)
        if live is not None:
            problems += change_violations(body, live)
    if problems:
        raise invalid(resource, metadata.get("name", ""), problems)


def _added_finalizers(new: JSONObject, old: JSONObject) -> list[str]:
    added = [name for name in new.get("finalizers", ()) if name not in old.get("finalizers", ())]
    if not added or "deletionTimestamp" not in old:
        return []
    names = ", ".join(f'"{name}"' for name in added)
    why = "no new finalizers can be added if the object is being deleted, found new finalizers"
    return [f"metadata.finalizers: Forbidden: {why} []string{{{names}}}"]


def invalid(resource: Resource, name: str, problems: Iterable[str]) -> ApiError:
    """The refusal of an object that breaks rules (422)."""
    texts = list(problems)
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    return ApiError(422, "Invalid", f'{resource.qualified_kind} "{name}" is invalid: {text}')
