"""The defaults of pod templates that change what is stored ("PodSpec" in the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tenantry.protocol import JSONObject

_POD_DEFAULTS: Final[JSONObject] = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
}
_PROBE_DEFAULTS: Final[JSONObject] = {
    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
}  # fmt: skip
_FILE_VOLUMES: Final = ("configMap", "secret", "downwardAPI", "projected")
_READABLE: Final = 0o644


def default_pod_spec(spec: JSONObject) -> None:
    """Fill in what is missing in a freshly decoded pod spec."""
    for key, value in _POD_DEFAULTS.items():
        spec.setdefault(key, value)
    spec.setdefault("securityContext", {})
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _default_container(container)
    for volume in spec.get("volumes", ()):
        _default_volume(volume)
    for constraint in spec.get("topologySpreadConstraints", ()):
        constraint.setdefault("whenUnsatisfiable", "DoNotSchedule")


def _default_container(container: JSONObject) -> None:
    image = container.get("image", "")
    untagged = ":" not in image.rpartition("/")[2] and "@" not in image
    container.setdefault("imagePullPolicy", "Always" if untagged or image.endswith(":latest") else "IfNotPresent")
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports", ()):
        port.setdefault("protocol", "TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if probe in container:
            for key, value in _PROBE_DEFAULTS.items():
                container[probe].setdefault(key, value)
    for request in _http_requests(container):
        request.setdefault("path", "/")
        request.setdefault("scheme", "HTTP")
    for entry in container.get("env", ()):
        source = entry.get("valueFrom", {})
        if "fieldRef" in source:
            source["fieldRef"].setdefault("apiVersion", "v1")
        if "resourceFieldRef" in source:
            source["resourceFieldRef"].setdefault("divisor", "0")


def _http_requests(container: JSONObject) -> Iterator[JSONObject]:
    lifecycle = container.get("lifecycle", {})
    handlers: list[Any] = [container.get(name) for name in ("livenessProbe", "readinessProbe", "startupProbe")]
    handlers += [lifecycle.get(name) for name in ("postStart", "preStop")]
    for handler in handlers:
        if handler and "httpGet" in handler:
            yield handler["httpGet"]


def _default_volume(volume: JSONObject) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for source in _FILE_VOLUMES:
        if source in volume:
            volume[source].setdefault("defaultMode", _READABLE)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")
    for source in volume.get("projected", {}).get("sources", ()):
        if "serviceAccountToken" in source:
            source["serviceAccountToken"].setdefault("expirationSeconds", 3600)
    claim = volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).get("spec")
    if claim is not None:
        claim.setdefault("volumeMode", "Filesystem")
