"""What the API server demands of pods and pod templates: a selection, with its messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from tenantry.protocol import JSONObject

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS: Final = frozenset(["exec", "httpGet", "tcpSocket", "grpc"])


def pod_violations(pod: JSONObject, path: str) -> Iterator[str]:
    """What is wrong with a pod spec at a path, one message a violation."""
    if not pod.get("containers"):
        yield f"{path}.containers: Required value"
    volumes = {volume.get("name") for volume in pod.get("volumes", ())}
    names: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, container in enumerate(pod.get(field) or ()):
            where = f"{path}.{field}[{index}]"
            name = container.get("name")
            if not name:
                yield f"{where}.name: Required value"
            elif name in names:
                yield f"{where}.name: Duplicate value: {_text(name)}"
            names.add(name)
            yield from _container_violations(container, where, volumes)


def run_once_violations(pod: JSONObject, path: str) -> Iterator[str]:
    """What is wrong with the pod spec of a Job."""
    if pod["restartPolicy"] == "Always":
        yield f'{path}.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    yield from pod_violations(pod, path)


def _container_violations(container: JSONObject, path: str, volumes: set[str | None]) -> Iterator[str]:
    if not container.get("image"):
        yield f"{path}.image: Required value"
    for index, mount in enumerate(container.get("volumeMounts", ())):
        if mount.get("name") not in volumes:
            yield f"{path}.volumeMounts[{index}].name: Not found: {_text(mount.get('name'))}"
    for probe in _PROBES:
        if probe in container and not _HANDLERS & container[probe].keys():
            yield f"{path}.{probe}: Required value: must specify a handler type"


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
