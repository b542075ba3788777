"""One resource of a LynqForm as an entry of a TenantTemplate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tenantry.cli.migrate.lynq.jinja import constant
from tenantry.cli.migrate.lynq.notes import Notes, Unconvertible
from tenantry.cli.migrate.lynq.scope import Scope
from tenantry.cli.migrate.lynq.translating import Surroundings
from tenantry.cli.migrate.lynq.writing import LABEL, NATIVE, TEXT, convert, literal
from tenantry.engine.positions import Path, is_label, wants_string
from tenantry.protocol import JSONObject
from tenantry.scopes import is_namespaced

_SAME: Final[Mapping[str, Any]] = {
    "waitForReady": True,
    "skipOnDependencyFailure": True,
    "timeoutSeconds": 300,
    "creationPolicy": "WhenNeeded",
    "deletionPolicy": "Delete",
    "conflictPolicy": "Stuck",
    "patchStrategy": "apply",
}
"""Options that are called the same here, and have these defaults here and there."""
_KNOWN: Final = frozenset(
    (*_SAME, "id", "spec", "dependIds", "nameTemplate", "labelsTemplate", "annotationsTemplate", "targetNamespace")
) | {"ignoreFields"}
_PATCHES: Final = {
    "merge": "fields that leave the template stay, as in Lynq; lists are merged by their keys, which Lynq replaces",
    "replace": "what others added is removed field by field; items of lists and structures that cannot be are told of",
}
_PROCEEDS: Final = "goes on when a dependency failed; it still waits for one that is merely not ready yet"
_FORCE: Final = "takes over any object that is not another tenant's; with merge and replace Lynq ignores Force"
_IGNORED: Final = "once somebody else owns such a field it is left alone, where Lynq writes the live value back"
_LABELS_LOST: Final = "Lynq drops these labels (labelsTemplate or another namespace): they are left out"
_ANNOTATIONS_LOST: Final = "Lynq drops these annotations: they are left out. Write annotationsTemplate to have them"
_SCOPE: Final = "it is not known here whether this kind lives in namespaces: remove metadata.namespace if it does not"
_RAW: Final = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


@dataclass(frozen=True, slots=True)
class Place:
    """Where conversions happen, and where to tell of them."""

    scope: Scope
    notes: Notes
    namespace: str
    """The namespace of the LynqForm: its nodes, and objects without a targetNamespace, live there."""


def convert_entry(resource: JSONObject, ids: Mapping[str, str], where: str, place: Place) -> JSONObject:
    """The entry of a resource, ``where`` being how notes call it."""
    entry: JSONObject = {"id": ids[str(resource.get("id", ""))]}
    if entry["id"] != resource.get("id"):
        place.notes.differs(where, f"is called {entry['id']} here: ids are DNS labels")
    entry |= _options(resource, ids, where, place.notes)
    entry["object"] = _object(resource, where, place)
    for key in sorted(resource.keys() - _KNOWN):
        place.notes.lost(f"{where}.{key}", "is not known here")
    return entry


def _options(resource: JSONObject, ids: Mapping[str, str], where: str, notes: Notes) -> JSONObject:
    options = {name: resource[name] for name, default in _SAME.items() if resource.get(name) not in (None, "", default)}
    depends = [str(id_) for id_ in resource.get("dependIds") or ()]
    if depends:
        options["dependsOn"] = [ids.get(id_, id_) for id_ in depends]
    if resource.get("ignoreFields"):
        options["ignoreFields"] = [_path(str(path)) for path in resource["ignoreFields"]]
        notes.differs(f"{where}.ignoreFields", _IGNORED)
    if options.get("skipOnDependencyFailure") is False:
        notes.differs(f"{where}.skipOnDependencyFailure", _PROCEEDS)
    if options.get("patchStrategy") in _PATCHES:
        notes.differs(f"{where}.patchStrategy", _PATCHES[options["patchStrategy"]])
    if options.get("conflictPolicy") == "Force":
        notes.differs(f"{where}.conflictPolicy", _FORCE)
    return options


def _path(path: str) -> str:
    return path if path.startswith("$") else f"${path}" if path[:1] in ("[", ".") else f"$.{path}"


def _object(resource: JSONObject, where: str, place: Place) -> JSONObject:
    spec = resource.get("spec")
    if not isinstance(spec, dict) or not all(isinstance(spec.get(field), str) for field in ("apiVersion", "kind")):
        place.notes.lost(f"{where}.spec", "is no object with apiVersion and kind")
        metadata = {"name": _refusing("", "no object"), "namespace": place.namespace}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    walk = _Walk(spec["apiVersion"], spec["kind"], place)
    content = {key: value for key, value in spec.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    if "status" in spec:
        place.notes.differs(f"{where}.spec.status", "is written by the cluster: it is left out")
    return {
        "apiVersion": spec["apiVersion"],
        "kind": spec["kind"],
        "metadata": _metadata(resource, spec, where, walk),
        **{key: walk.value(value, (key,), f"{where}.spec.{key}") for key, value in content.items()},
    }


def _metadata(resource: JSONObject, spec: JSONObject, where: str, walk: _Walk) -> JSONObject:
    """Name, namespace, labels and annotations, as Lynq puts them together."""
    notes, written = walk.place.notes, spec.get("metadata") or {}
    in_hub = walk.in_metadata()
    metadata: JSONObject = {}
    if resource.get("nameTemplate"):
        metadata["name"] = in_hub.text(resource["nameTemplate"], ("metadata", "name"), f"{where}.nameTemplate")
    elif written.get("name"):
        metadata["name"] = walk.value(written["name"], ("metadata", "name"), f"{where}.spec.metadata.name")
    target = resource.get("targetNamespace") or walk.place.namespace
    scope = is_namespaced(f"{spec['kind']}.{spec['apiVersion']}")
    if scope is not False:
        metadata["namespace"] = walk.text(target, ("metadata", "namespace"), f"{where}.targetNamespace")
    if scope is None:
        notes.differs(f"{where}.spec.kind", _SCOPE)
    labels = resource.get("labelsTemplate") or {}
    tracked = target != walk.place.namespace or spec["kind"] == "Namespace"
    if labels or tracked:
        metadata |= in_hub.map("labels", labels, f"{where}.labelsTemplate")
        if written.get("labels"):
            notes.differs(f"{where}.spec.metadata.labels", _LABELS_LOST)
    elif written.get("labels"):
        metadata |= walk.map("labels", written["labels"], f"{where}.spec.metadata.labels")
    metadata |= in_hub.map("annotations", resource.get("annotationsTemplate") or {}, f"{where}.annotationsTemplate")
    if written.get("annotations"):
        notes.differs(f"{where}.spec.metadata.annotations", _ANNOTATIONS_LOST)
    for key in sorted(written.keys() - {"name", "namespace", "labels", "annotations", *_RAW}):
        notes.lost(f"{where}.spec.metadata.{key}", "cannot be set by a template")
    return metadata


@dataclass(frozen=True, slots=True)
class _Walk:
    """Converts the strings of one object."""

    api_version: str
    kind: str
    place: Place

    def in_metadata(self) -> _Walk:
        """The same for templates that the Hub renders, before there is a node."""
        scope = self.place.scope
        # The set of used columns is shared.
        return replace(self, place=replace(self.place, scope=replace(scope, in_metadata=True)))

    def map(self, name: str, entries: Mapping[str, Any], where: str) -> JSONObject:
        """Labels or annotations; nothing if there are none."""
        found = {key: self.value(value, ("metadata", name, key), f"{where}.{key}") for key, value in entries.items()}
        return {name: found} if found else {}

    def value(self, value: Any, path: Path, where: str, *, nested: bool = False) -> Any:
        """A value with all strings in it converted. Lynq leaves a list in a list as it is."""
        if isinstance(value, dict):
            return {key: self.value(item, (*path, key), f"{where}.{key}") for key, item in value.items()}
        if isinstance(value, list):
            if nested:
                return _untouched(value)
            items = enumerate(value)
            return [self.value(item, (*path, index), f"{where}[{index}]", nested=True) for index, item in items]
        return self.text(value, path, where) if isinstance(value, str) else value

    def text(self, source: str, path: Path, where: str) -> str:
        """A string, converted. One that cannot be is an expression that fails, so that the object stays as it is."""
        kind = LABEL if is_label(path) else TEXT if wants_string(self.api_version, self.kind, path) else NATIVE
        around = Surroundings(self.place.scope)
        try:
            found = convert(str(source), around, kind)
        except Unconvertible as error:
            self.place.notes.lost(where, str(error))
            return _refusing(str(source), str(error))
        for difference in sorted(around.differences):
            self.place.notes.differs(where, difference)
        return found


def _untouched(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untouched(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untouched(item) for item in value]
    return literal(value) if isinstance(value, str) else value


def _refusing(source: str, why: str) -> str:
    return "{{ none | required(" + constant(f"not converted from Lynq: {source}: {why}").text + ") }}"
