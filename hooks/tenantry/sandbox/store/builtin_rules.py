"""What the API server demands of built-in kinds: required fields, and fields that cannot change.

A selection: the rules that templates and their changes run into. Messages follow the API server's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.pod_rules import pod_violations, run_once_violations

_DATA_KEY: Final = re.compile(r"[-._a-zA-Z0-9]+")
_DATA_KEY_RULE: Final = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_MAX_DATA: Final = 1024 * 1024
_MUTABLE_STATEFUL_SET_FIELDS: Final = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
_POD_TEMPLATE_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def creation_violations(obj: JSONObject) -> Iterator[str]:
    """What is wrong with the content of an object, whether it is new or not."""
    kind = obj["kind"]
    if kind in _POD_TEMPLATE_KINDS:
        yield from _workload_violations(obj["spec"])
        strategy = obj["spec"].get("strategy", {})
        if strategy.get("type") == "Recreate" and "rollingUpdate" in strategy:
            yield "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"
    elif kind == "Job":
        yield from run_once_violations(obj["spec"]["template"]["spec"], "spec.template.spec")
    elif kind == "CronJob":
        pod = obj["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        yield from run_once_violations(pod, "spec.jobTemplate.spec.template.spec")
    elif kind == "Pod":
        yield from pod_violations(obj["spec"], "spec")
    elif kind in ("ConfigMap", "Secret"):
        yield from _data_violations(obj)
    elif kind == "Service" and not obj["spec"].get("ports") and obj["spec"].get("clusterIP") != "None":
        if obj["spec"]["type"] != "ExternalName":
            yield "spec.ports: Required value"
    elif kind == "APIService":
        yield from _api_service_violations(obj["metadata"]["name"], obj["spec"])
    elif kind in ("RoleBinding", "ClusterRoleBinding") and not obj["roleRef"].get("name"):
        yield "roleRef.name: Required value"
    elif kind == "Ingress" and not (obj["spec"].get("rules") or obj["spec"].get("defaultBackend")):
        yield "spec: Invalid value: []: either `defaultBackend` or `rules` must be specified"


def _api_service_violations(name: str, spec: JSONObject) -> Iterator[str]:
    wanted = f"{spec.get('version', '')}.{spec.get('group', '')}"
    if name != wanted:
        yield f'metadata.name: Invalid value: {_text(name)}: must be `spec.version+"."+spec.group`: {_text(wanted)}'
    for field, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        if not 0 < spec[field] <= most:
            yield f"spec.{field}: Invalid value: {spec[field]}: must be positive and less than {most}"
    service = spec.get("service")
    if service is None:
        if spec.get("caBundle") or spec.get("insecureSkipTLSVerify"):
            yield "spec: Invalid value: local APIServices may not have a caBundle, nor insecureSkipTLSVerify"
        return
    for field in ("namespace", "name"):
        if not service.get(field):
            yield f"spec.service.{field}: Required value"
    if not 0 < service["port"] < 65536:
        yield f"spec.service.port: Invalid value: {service['port']}: port is not valid"
    if spec.get("caBundle") and spec.get("insecureSkipTLSVerify"):
        yield "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"


def _workload_violations(spec: JSONObject) -> Iterator[str]:
    selector = spec.get("selector")
    template = spec["template"]
    if selector is None:
        yield "spec.selector: Required value"
    else:
        labels = template["metadata"].get("labels", {})
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            yield "spec.selector: Invalid value: {}: empty selector is invalid for deployment"
        elif any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
            why = "`selector` does not match template `labels`"
            yield f"spec.template.metadata.labels: Invalid value: {_text(labels)}: {why}"
    yield from pod_violations(template["spec"], "spec.template.spec")


def _data_violations(obj: JSONObject) -> Iterator[str]:
    size = 0
    for field in ("data", "binaryData"):
        for key, value in obj.get(field, {}).items():
            if len(key) > 253 or not _DATA_KEY.fullmatch(key):
                yield f"{field}[{key}]: Invalid value: {_text(key)}: {_DATA_KEY_RULE}"
            size += len(value.encode()) if obj["kind"] == "ConfigMap" and field == "data" else len(value) * 3 // 4
    if size > _MAX_DATA:
        where = "" if obj["kind"] == "ConfigMap" else "data"
        yield f"{where}: Too long: may not be more than {_MAX_DATA} bytes"


def change_violations(new: JSONObject, old: JSONObject) -> Iterator[str]:
    """What must not change and does."""
    kind = new["kind"]
    rule = _IMMUTABLE.get(kind)
    if rule is not None:
        yield from rule(new, old)
    if kind in ("ConfigMap", "Secret") and old.get("immutable"):
        for field in ("data", "binaryData"):
            if new.get(field) != old.get(field):
                yield f"{field}: Forbidden: field is immutable when `immutable` is set"


def _immutable_selector(new: JSONObject, old: JSONObject) -> Iterator[str]:
    yield from _immutable(new["spec"], old["spec"], "selector", "spec")


def _immutable(new: JSONObject, old: JSONObject, field: str, path: str) -> Iterator[str]:
    if new.get(field) != old.get(field):
        yield f"{path}.{field}: Invalid value: {_text(new.get(field))}: field is immutable"


def _immutable_job(new: JSONObject, old: JSONObject) -> Iterator[str]:
    for field in ("completions", "selector", "template", "completionMode"):
        if field != "template" or not old["spec"].get("suspend"):
            yield from _immutable(new["spec"], old["spec"], field, "spec")


def _immutable_stateful_set(new: JSONObject, old: JSONObject) -> Iterator[str]:
    def fixed(obj: JSONObject) -> JSONObject:
        return {key: value for key, value in obj["spec"].items() if key not in _MUTABLE_STATEFUL_SET_FIELDS}

    if fixed(new) != fixed(old):
        yield (
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
            "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
            "are forbidden"
        )


def _immutable_address(new: JSONObject, old: JSONObject) -> Iterator[str]:
    before, after = old["spec"].get("clusterIP"), new["spec"].get("clusterIP")
    if new["spec"]["type"] != "ExternalName" and old["spec"]["type"] != "ExternalName" and before != after:
        yield f"spec.clusterIPs[0]: Invalid value: {_text([after])}: may not change once set"


def _immutable_role(new: JSONObject, old: JSONObject) -> Iterator[str]:
    if new["roleRef"] != old["roleRef"]:
        yield f"roleRef: Invalid value: {_text(new['roleRef'])}: cannot change roleRef"


def _immutable_type(new: JSONObject, old: JSONObject) -> Iterator[str]:
    if new["type"] != old["type"]:
        yield f"type: Invalid value: {_text(new['type'])}: field is immutable"


def _immutable_claim(new: JSONObject, old: JSONObject) -> Iterator[str]:
    for field in ("accessModes", "storageClassName", "selector", "volumeMode"):
        if old["spec"].get(field) is not None and new["spec"].get(field) != old["spec"][field]:
            yield (
                "spec: Forbidden: spec is immutable after creation except resources.requests and "
                "volumeAttributesClassName for bound claims"
            )
            return


_IMMUTABLE: Final[dict[str, Callable[[JSONObject, JSONObject], Iterator[str]]]] = {
    "Deployment": _immutable_selector,
    "DaemonSet": _immutable_selector,
    "ReplicaSet": _immutable_selector,
    "StatefulSet": _immutable_stateful_set,
    "Job": _immutable_job,
    "Service": _immutable_address,
    "RoleBinding": _immutable_role,
    "ClusterRoleBinding": _immutable_role,
    "Secret": _immutable_type,
    "PersistentVolumeClaim": _immutable_claim,
}


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
