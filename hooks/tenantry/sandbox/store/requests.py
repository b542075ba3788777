"""What the API server checks about a request before it looks at the content."""

from __future__ import annotations

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tenantry.sandbox.store.index import Stored
from tenantry.sandbox.store.resources import Resource


def metadata_of(obj: JSONObject, resource: Resource) -> JSONObject:
    """The metadata of an object that somebody sends. Raises ``ApiError`` if it cannot be of this type."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        raise ApiError(422, "Invalid", f'{resource.qualified_kind} "" is invalid: metadata.name: Required value')
    if metadata.get("namespace") and not resource.type.namespaced:
        message = "the namespace of the provided object does not match the namespace sent on the request"
        raise ApiError(400, "BadRequest", message)
    return metadata


def check_applied_type(obj: JSONObject, resource: Resource) -> None:
    """Raises ``ApiError`` unless an applied object says its name and its type, and says it right."""
    if not obj["metadata"].get("name"):
        raise ApiError(400, "BadRequest", "metadata.name is required in an applied object")
    kind = resource.type
    if obj.get("apiVersion") != kind.api_version or obj.get("kind") != kind.kind:
        raise ApiError(400, "BadRequest", f"invalid object type: {obj.get('apiVersion')}, Kind={obj.get('kind')}")


def check_version(resource: Resource, old: Stored, obj: JSONObject, *, required: bool) -> None:
    """Raises ``ApiError`` with reason ``Conflict`` if the request was made for another version or another object."""
    metadata = obj["metadata"]
    version = metadata.get("resourceVersion")
    if not version and required:
        what = f'{resource.qualified_plural} "{old.name}" is invalid'
        message = f"{what}: metadata.resourceVersion: Invalid value: 0: must be specified for an update"
        raise ApiError(422, "Invalid", message)
    if version and version != old.body["metadata"]["resourceVersion"]:
        message = "the object has been modified; please apply your changes to the latest version and try again"
        raise conflict(resource.qualified_plural, old.name, message)
    uid = metadata.get("uid")
    if uid and uid != old.uid:
        message = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.uid}"
        raise conflict(resource.qualified_plural, old.name, message)


def check_uid(old: Stored, uid: str) -> None:
    """Raises ``ApiError`` with reason ``Conflict`` if a deletion is meant for another object of this name."""
    if uid and uid != old.uid:
        message = f"the UID in the precondition ({uid}) does not match the UID in record ({old.uid}). "
        message += "The object might have been deleted and then recreated"
        raise conflict(old.resource.type.kind, old.name, message)


def conflict(what: str, name: str, why: str) -> ApiError:
    """The refusal of a request that comes too late (409)."""
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {what} "{name}": {why}')
