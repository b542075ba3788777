"""The defaults of built-in kinds, as far as they make the stored object differ from the one that was sent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.pod_defaults import default_pod_spec

_RBAC: Final = "rbac.authorization.k8s.io"
_GROUPED_SUBJECTS: Final = ("User", "Group")


def fill_defaults(obj: JSONObject) -> None:
    """Fill in what is missing in a freshly decoded object."""
    default = _DEFAULTS.get(obj["kind"])
    if default is not None:
        default(obj)


def _set(target: JSONObject, **values: Any) -> None:
    for key, value in values.items():
        target.setdefault(key, value)


def _deployment(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = spec["strategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy.setdefault("rollingUpdate", {}), maxUnavailable="25%", maxSurge="25%")
    default_pod_spec(spec["template"]["spec"])


def _stateful_set(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    _set(spec.setdefault("persistentVolumeClaimRetentionPolicy", {}), whenDeleted="Retain", whenScaled="Retain")
    strategy = spec["updateStrategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy.setdefault("rollingUpdate", {}), partition=0)
    default_pod_spec(spec["template"]["spec"])
    for claim in spec.get("volumeClaimTemplates", ()):
        _set(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        _persistent_volume_claim(claim)
        claim["status"] = {"phase": "Pending"}


def _daemon_set(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, revisionHistoryLimit=10)
    strategy = spec["updateStrategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy.setdefault("rollingUpdate", {}), maxUnavailable=1, maxSurge=0)
    obj["metadata"].setdefault("annotations", {}).setdefault("deprecated.daemonset.template.generation", "1")
    default_pod_spec(spec["template"]["spec"])


def _replica_set(obj: JSONObject) -> None:
    _set(obj["spec"], replicas=1)
    default_pod_spec(obj["spec"]["template"]["spec"])


def _job(obj: JSONObject) -> None:
    spec = obj["spec"]
    if "completions" not in spec and "parallelism" not in spec:
        _set(spec, completions=1)
    policy = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    _set(
        spec,
        parallelism=1,
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        manualSelector=False,
        podReplacementPolicy=policy,
    )
    default_pod_spec(spec["template"]["spec"])


def _cron_job(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    default_pod_spec(spec["jobTemplate"]["spec"]["template"]["spec"])


def _pod(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, enableServiceLinks=True)
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        resources = container["resources"]
        for name, limit in resources.get("limits", {}).items():
            resources.setdefault("requests", {}).setdefault(name, limit)
        if spec.get("hostNetwork"):  # Of Pods alone: a template of Pods keeps its ports as they are.
            for port in container.get("ports", ()):
                port.setdefault("hostPort", port.get("containerPort"))
    default_pod_spec(spec)


def _service(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, type="ClusterIP", sessionAffinity="None")
    for port in spec.get("ports", ()):
        _set(port, protocol="TCP")
        if not port.get("targetPort"):
            port["targetPort"] = port["port"]
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("LoadBalancer", "NodePort"):
        _set(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _set(spec, allocateLoadBalancerNodePorts=True)
    if spec["sessionAffinity"] == "ClientIP":
        _set(spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {}), timeoutSeconds=10800)


def _secret(obj: JSONObject) -> None:
    _set(obj, type="Opaque")
    for key, text in obj.pop("stringData", {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def _persistent_volume_claim(obj: JSONObject) -> None:
    _set(obj["spec"], volumeMode="Filesystem")


def _limit_range(obj: JSONObject) -> None:
    for item in obj["spec"]["limits"] or ():
        if item["type"] != "Container":
            continue
        limits: JSONObject = {**item.get("max", {}), **item.get("default", {})}
        if limits:
            item["default"] = limits
        requests: JSONObject = {**limits, **item.get("min", {}), **item.get("defaultRequest", {})}
        if requests:
            item["defaultRequest"] = requests


def _network_policy(obj: JSONObject) -> None:
    spec = obj["spec"]
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        for port in rule.get("ports", ()):
            _set(port, protocol="TCP")


def _autoscaler(obj: JSONObject) -> None:
    spec = obj["spec"]
    target = {"type": "Utilization", "averageUtilization": 80}
    _set(spec, minReplicas=1, metrics=[{"type": "Resource", "resource": {"name": "cpu", "target": target}}])


def _role_binding(obj: JSONObject) -> None:
    _set(obj["roleRef"], apiGroup=_RBAC)
    for subject in obj.get("subjects", ()):
        if subject["kind"] in _GROUPED_SUBJECTS:
            _set(subject, apiGroup=_RBAC)


def _namespace(obj: JSONObject) -> None:
    name = obj["metadata"].get("name")
    if name:
        obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name


def _api_service(obj: JSONObject) -> None:
    if "service" in obj["spec"]:
        _set(obj["spec"]["service"], port=443)


def _definition(obj: JSONObject) -> None:
    spec = obj["spec"]
    names = spec.setdefault("names", {})
    if "kind" in names:
        _set(names, listKind=f"{names['kind']}List", singular=names["kind"].lower())
    _set(spec, conversion={"strategy": "None"})


def _admission_policy(obj: JSONObject) -> None:
    spec = obj["spec"]
    _set(spec, failurePolicy="Fail")
    _match_resources(spec.get("matchConstraints"))


def _admission_policy_binding(obj: JSONObject) -> None:
    _match_resources(obj["spec"].get("matchResources"))


def _match_resources(match: JSONObject | None) -> None:
    if match is None:
        return
    _set(match, matchPolicy="Equivalent", namespaceSelector={}, objectSelector={})
    for rule in (*match.get("resourceRules", ()), *match.get("excludeResourceRules", ())):
        _set(rule, scope="*")


_DEFAULTS: Final[dict[str, Callable[[JSONObject], None]]] = {
    "Namespace": _namespace,
    "Pod": _pod,
    "Service": _service,
    "Secret": _secret,
    "PersistentVolumeClaim": _persistent_volume_claim,
    "LimitRange": _limit_range,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "Job": _job,
    "CronJob": _cron_job,
    "NetworkPolicy": _network_policy,
    "HorizontalPodAutoscaler": _autoscaler,
    "RoleBinding": _role_binding,
    "ClusterRoleBinding": _role_binding,
    "APIService": _api_service,
    "CustomResourceDefinition": _definition,
    "ValidatingAdmissionPolicy": _admission_policy,
    "ValidatingAdmissionPolicyBinding": _admission_policy_binding,
}
