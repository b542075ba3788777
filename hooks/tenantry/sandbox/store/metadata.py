"""Rules for names, labels and owner references ("Object Names and IDs", "Labels and Selectors")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.resources import Resource

_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABEL: Final = re.compile(_LABEL)
_SUBDOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_QUALIFIED: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_LABEL_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_NAMED_KINDS: Final = frozenset(["Namespace", "Service"])
_PATH_NAMED_KINDS: Final = frozenset(["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"])

_SUBDOMAIN_RULE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL_RULE: Final = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_VALUE_RULE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation "
    "is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_KEY_RULE: Final = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_MAX_ANNOTATIONS: Final = 256 * 1024


def metadata_violations(metadata: JSONObject, resource: Resource) -> Iterator[str]:
    """What is wrong with an object's metadata, one message a violation in the words of the API server."""
    yield from _name_violations(metadata.get("name", ""), resource)
    for key, value in metadata.get("labels", {}).items():
        yield from _key_violations(key, "metadata.labels")
        if len(value) > 63:
            yield "metadata.labels: Invalid value: " + _text(value) + ": must be no more than 63 bytes"
        elif not _LABEL_VALUE.fullmatch(value):
            yield f"metadata.labels: Invalid value: {_text(value)}: {_VALUE_RULE}"
    annotations = metadata.get("annotations", {})
    for key in annotations:
        yield from _key_violations(key.lower(), "metadata.annotations")
    if sum(len(key) + len(value) for key, value in annotations.items()) > _MAX_ANNOTATIONS:
        yield f"metadata.annotations: Too long: may not be more than {_MAX_ANNOTATIONS} bytes"
    yield from _owner_violations(metadata.get("ownerReferences", ()))
    for finalizer in metadata.get("finalizers", ()):
        yield from _key_violations(finalizer, "metadata.finalizers")


def _name_violations(name: str, resource: Resource) -> Iterator[str]:
    kind = resource.type.kind if not resource.is_custom else ""
    if not name:
        yield "metadata.name: Required value: name or generateName is required"
    elif kind in _PATH_NAMED_KINDS:
        if name in (".", "..") or "/" in name or "%" in name:
            yield f"metadata.name: Invalid value: {_text(name)}: may not contain '/' or '%', nor be '.' or '..'"
    elif kind in _LABEL_NAMED_KINDS:
        if len(name) > 63:
            yield f"metadata.name: Invalid value: {_text(name)}: must be no more than 63 bytes"
        elif not _DNS_LABEL.fullmatch(name):
            yield f"metadata.name: Invalid value: {_text(name)}: {_LABEL_RULE}"
    elif len(name) > 253:
        yield f"metadata.name: Invalid value: {_text(name)}: must be no more than 253 bytes"
    elif not _SUBDOMAIN.fullmatch(name):
        yield f"metadata.name: Invalid value: {_text(name)}: {_SUBDOMAIN_RULE}"


def _key_violations(key: str, field: str) -> Iterator[str]:
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > 253 or not _SUBDOMAIN.fullmatch(prefix)):
        yield f"{field}: Invalid value: {_text(key)}: prefix part {_SUBDOMAIN_RULE}"
    if len(name) > 63:
        yield f"{field}: Invalid value: {_text(key)}: name part must be no more than 63 bytes"
    elif not _QUALIFIED.fullmatch(name):
        yield f"{field}: Invalid value: {_text(key)}: {_KEY_RULE}"


def _owner_violations(references: object) -> Iterator[str]:
    if not isinstance(references, list):
        return
    controllers = []
    for reference in references:
        for key in ("apiVersion", "kind", "name", "uid"):
            if not reference.get(key):
                yield f'metadata.ownerReferences.{key}: Invalid value: "": must not be empty'
        if reference.get("controller"):
            controllers.append(f"{reference.get('kind')}/{reference.get('name')}")
    if len(controllers) > 1:
        yield (
            f"metadata.ownerReferences: Invalid value: {_text(references)}: Only one reference can have Controller "
            f'set to true. Found "true" in references for {" and ".join(controllers[:2])}'
        )


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
