"""Choices that are allowed and that people regret: each becomes a warning with what to choose instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.validation.finding import Finding

SHORTEST_INTERVAL: Final = 5
_MENTIONS_SECRETS: Final = re.compile(r"\bsecrets\b")
_CONTAINERS: Final = ("containers", "initContainers")


def template_risks(spec: JSONObject) -> Iterator[Finding]:
    """Risky choices of a TenantTemplate."""
    entries = [entry for entry in spec.get("resources") or () if isinstance(entry.get("object"), dict)]
    scaled = {_scaled(entry["object"]) for entry in entries}
    for entry in entries:
        path = f"spec.resources[{entry.get('id')}]"
        obj = entry["object"]
        if obj.get("kind") == "PersistentVolumeClaim" and entry.get("deletionPolicy") != "Retain":
            text = "the data goes with its entry or its tenant: deletionPolicy: Retain keeps it"
            yield Finding(f"{path}.deletionPolicy", text, warning=True)
        if entry.get("conflictPolicy") == "Force":
            text = "takes over an object of this name that somebody else made: Stuck would report it instead"
            yield Finding(f"{path}.conflictPolicy", text, warning=True)
        is_scaled = (str(obj.get("kind")), str(_name(obj))) in scaled
        if is_scaled and "replicas" in _mapping(obj.get("spec")) and not _ignores(entry):
            text = "an autoscaler changes this number, and it would be set back: add $.spec.replicas to ignoreFields"
            yield Finding(f"{path}.object.spec.replicas", text, warning=True)
        yield from _secret_risks(obj, f"{path}.object")
        yield from _image_risks(obj, f"{path}.object")


def registry_risks(spec: JSONObject) -> Iterator[Finding]:
    """Risky choices of a TenantRegistry."""
    if spec.get("deletionPolicy") == "Delete":
        text = "deleting this registry deletes all its tenants: Retain leaves them standing"
        yield Finding("spec.deletionPolicy", text, warning=True)
    if (spec.get("safety") or {}).get("maxDeletions") == "100%":
        text = "switches off the guard against mass deletion: an empty table would delete everything"
        yield Finding("spec.safety.maxDeletions", text, warning=True)
    source = spec.get("source") or {}
    interval = str(source.get("syncInterval", ""))
    if interval.endswith("s") and interval[:-1].isdigit() and int(interval[:-1]) < SHORTEST_INTERVAL:
        text = "reads the whole table every few seconds: a longer interval with source.probe costs less"
        yield Finding("spec.source.syncInterval", text, warning=True)
    for database in ("mysql", "postgresql"):
        mode = ((source.get(database) or {}).get("tls") or {}).get("mode")
        if mode in ("disable", "prefer"):
            text = f"{mode} may send the password and the rows in clear text: verify-full checks whom it talks to"
            yield Finding(f"spec.source.{database}.tls.mode", text, warning=True)


def _scaled(obj: JSONObject) -> tuple[str, str]:
    """Kind and name of what an autoscaler scales; empty for all else."""
    if obj.get("kind") != "HorizontalPodAutoscaler":
        return "", ""
    target = _mapping(_mapping(obj.get("spec")).get("scaleTargetRef"))
    return str(target.get("kind")), str(target.get("name"))


def _name(obj: JSONObject) -> Any:
    return _mapping(obj.get("metadata")).get("name")


def _mapping(value: Any) -> JSONObject:
    """What should be a mapping; empty if it is none: expressions may stand in place of any part of an object."""
    return value if isinstance(value, dict) else {}


def _ignores(entry: JSONObject) -> bool:
    return any("replicas" in str(path) for path in entry.get("ignoreFields") or ())


def _secret_risks(obj: JSONObject, path: str) -> Iterator[Finding]:
    if obj.get("kind") != "Secret":
        return
    for part in ("data", "stringData"):
        for key, value in _mapping(obj.get(part)).items():
            if isinstance(value, str) and "{{" in value and not _MENTIONS_SECRETS.search(value):
                text = "values lie in clear text in specs: map the column in secretValueMappings, write secrets.<name>"
                yield Finding(f"{path}.{part}.{key}", text, warning=True)


def _image_risks(obj: JSONObject, path: str) -> Iterator[Finding]:
    pod = _mapping(_mapping(_mapping(obj.get("spec")).get("template")).get("spec"))
    for part in _CONTAINERS:
        containers = pod.get(part)
        for index, container in enumerate(containers if isinstance(containers, list) else ()):
            image = container.get("image") if isinstance(container, dict) else None
            if isinstance(image, str) and "{{" not in image and _floats(image):
                text = f"{image} is whatever is newest when a pod starts: name a version, so that a rollout changes it"
                yield Finding(f"{path}.spec.template.spec.{part}[{index}].image", text, warning=True)


def _floats(image: str) -> bool:
    _, _, tag = image.rpartition("/")[2].partition(":")
    return "@" not in image and tag in ("", "latest")
