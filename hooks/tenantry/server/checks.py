"""What every answer must fulfil before it leaves, whichever hook made it.

Metacontroller makes the cluster equal to an answer: an observed child that is missing from it is deleted, and so is a
live object whose name comes out wrong. So a hook names what it removes, everything else that is observed must be among
the children, and each child must be well-formed. Whatever breaks a rule raises ``Refused``, and nothing is applied.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from tenantry.protocol import JSONObject, Location, ObjectKey, ObjectMap, ProtocolError
from tenantry.scopes import is_namespaced

SERVER_FIELDS: Final = frozenset(
    ("creationTimestamp", "deletionTimestamp", "generateName", "managedFields", "resourceVersion", "uid")
)
"""Fields of metadata that an API server writes, or that would give a child another name each time."""

Removals = Mapping[ObjectKey, frozenset[Location]]
"""Child → where it has a null on purpose."""
NO_REMOVALS: Final[Removals] = {}

Key = tuple[str, str]
"""An ``ObjectKey`` that saves the time to make one: both compare and hash alike."""


class Refused(Exception):
    """An answer, or a controller, that would do harm. The message names the object and the rule."""


def check_controller(controller: JSONObject) -> None:
    """Refuse a controller that lists one group and kind in two versions.

    Metacontroller compares children by version too: it would delete the one and create the other for ever.
    """
    try:
        resources = (controller.get("spec") or {}).get("childResources") or ()
        listed = tuple([(resource["apiVersion"], resource["resource"]) for resource in resources])
        twice = _listed_twice(listed)
    except (AttributeError, KeyError, TypeError) as error:
        raise ProtocolError("controller.spec.childResources is not a list of apiVersion and resource") from error
    if twice:
        raise Refused(
            f"the controller lists {twice} in two versions in spec.childResources, which would delete and create these "
            "objects for ever: leave one version"
        )


@lru_cache(maxsize=64)
def _listed_twice(listed: tuple[tuple[str, str], ...]) -> str:
    versions: dict[tuple[str, str], str] = {}
    for api_version, resource in listed:
        group = api_version.rpartition("/")[0]
        if versions.setdefault((group, resource), api_version) != api_version:
            return f"{resource}.{group}" if group else resource
    return ""


def check_children(
    children: Sequence[JSONObject],
    *,
    listed: Collection[str],
    parent_uid: str,
    removals: Removals = NO_REMOVALS,
) -> set[Key]:
    """The keys of the children, each of them well-formed at its top.

    ``removals`` tell where an annotation is null on purpose.
    ``listed`` holds the type keys of the controller's child resources: a request has all of them, empty ones included.
    """
    if not isinstance(children, list):
        raise Refused(f"the children are not a list but {type(children).__name__}")
    keys: set[Key] = set()
    for index, child in enumerate(children):
        key = _checked_key(child, index, listed, removals)
        keys.add(key)
        if len(keys) == index:
            raise Refused(f"{ObjectKey(*key)} is twice among the children")
        references = child["metadata"].get("ownerReferences")
        if references and any(reference.get("uid") == parent_uid for reference in references):
            raise Refused(f"{ObjectKey(*key)} has an owner reference to its parent, which Metacontroller shall write")
    return keys


def _checked_key(child: JSONObject, index: int, listed: Collection[str], removals: Removals) -> Key:
    if not isinstance(child, dict):
        raise Refused(f"children[{index}] is not an object but {type(child).__name__}")
    type_key = f"{child.get('kind')}.{child.get('apiVersion')}"
    metadata = child.get("metadata")
    if not isinstance(metadata, dict):
        raise Refused(f"children[{index}] ({type_key}) has no metadata")
    name = metadata.get("name")
    if not name or not isinstance(name, str):
        raise Refused(f"children[{index}] ({type_key}): metadata.name is not a non-empty string")
    if type_key not in listed:
        raise Refused(
            f"{type_key} {name} is of a type that the controller does not list in spec.childResources: "
            "add it there, or leave the object out"
        )
    if "namespace" in metadata:
        namespace = metadata["namespace"]
        if not namespace or not isinstance(namespace, str):
            raise Refused(f"{type_key} {name}: metadata.namespace is not a non-empty string")
        if is_namespaced(type_key) is False:
            raise Refused(f"{type_key} {name}: metadata.namespace is set, but the kind is cluster-scoped")
        key = (type_key, f"{namespace}/{name}")
    elif is_namespaced(type_key):
        raise Refused(f"{type_key} {name}: metadata.namespace is missing, and the kind lives in namespaces")
    else:
        key = (type_key, name)
    if "status" in child:
        raise Refused(f"{ObjectKey(*key)} has a status, which is not for a hook to write")
    if not SERVER_FIELDS.isdisjoint(metadata):
        field = min(SERVER_FIELDS.intersection(metadata))
        raise Refused(f"{ObjectKey(*key)}: metadata.{field} is not for a hook to write")
    _check_strings(key, "labels", metadata.get("labels"), empty_allowed=False)
    annotations = metadata.get("annotations")
    if removals and annotations and key in removals:
        meant = removals[ObjectKey(*key)]
        annotations = {
            name: text
            for name, text in annotations.items()
            if text is not None or ("metadata", "annotations", name) not in meant
        }
    _check_strings(key, "annotations", annotations, empty_allowed=True)
    return key


def _check_strings(key: Key, field: str, strings: object, *, empty_allowed: bool) -> None:
    if strings is None:
        return
    if not isinstance(strings, dict):
        raise Refused(f"{ObjectKey(*key)}: metadata.{field} is not an object")
    for name, value in strings.items():
        if not isinstance(value, str) or not (value or empty_allowed):
            wanted = "a string" if empty_allowed else "a non-empty string"
            raise Refused(f"{ObjectKey(*key)}: metadata.{field}[{name!r}] is not {wanted}")


def check_accounted(observed: ObjectMap, desired: Collection[Key], removed: Collection[Key]) -> None:
    """Refuse an answer that leaves open what shall become of an observed child, or says both."""
    for type_key, named in observed.items():
        for name in named:
            key = (type_key, name)
            if key not in desired:
                if key not in removed:
                    raise Refused(
                        f"{ObjectKey(*key)} is observed, but neither returned nor removed: it would be deleted by "
                        "accident"
                    )
            elif key in removed:
                raise Refused(f"{ObjectKey(*key)} is both among the children and the removed ones")


def describe(child: Mapping[str, Any]) -> str:
    """A child's type key, namespace and name, for a message."""
    metadata = child["metadata"]
    place = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
    return f"{child['kind']}.{child['apiVersion']} {place}"
