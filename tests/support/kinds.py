"""An object of every built-in kind that the shipped controller manages, as templates have them: with awkward details.

Details are those that an API server stores in another way than they were sent: defaults in nested lists, quantities,
ports that share a number, empty values, and lists that have keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tenantry.protocol import JSONObject

VALUE: Final = "{{ v }}"
"""The value of the row, wherever a kind has a place for one that may change."""


def object_of(kind: str, name: str, namespace: str) -> JSONObject:
    """An object of a kind; a cluster-scoped one has no namespace."""
    api_version, content = KINDS[kind]
    home = {} if kind == "Namespace" else {"namespace": namespace}
    metadata = {"name": name, **home, "labels": {"app": name, "value": "v-" + VALUE}, "annotations": {"note": VALUE}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content(name)}


def _pod(name: str, **fields: Any) -> JSONObject:
    container = {
        "name": "main",
        "image": "image:" + VALUE,
        "ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}],
        "env": [
            {"name": "EMPTY", "value": ""},
            {"name": "VALUE", "value": VALUE},
            {"name": "HOME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        ],
        "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": "1000m", "memory": "2Gi"}},
        "livenessProbe": {"httpGet": {"port": 8080}},
        "volumeMounts": [{"name": "info", "mountPath": "/info"}, {"name": "scratch", "mountPath": "/scratch"}],
    }
    item = {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
    spec = {
        "containers": [container],
        "tolerations": [{"key": "spot", "operator": "Exists"}, {"operator": "Exists", "effect": "NoExecute"}],
        "volumes": [{"name": "info", "downwardAPI": {"items": [item]}}, {"name": "scratch", "emptyDir": {}}],
    }
    return {"metadata": {"labels": {"app": name}}, "spec": {**spec, **fields}}


def _workload(name: str, **fields: Any) -> JSONObject:
    return {"spec": {"selector": {"matchLabels": {"app": name}}, "template": _pod(name), **fields}}


def _job(name: str) -> JSONObject:
    container = {"name": "main", "image": "image:1", "env": [{"name": "EMPTY", "value": ""}]}
    pod = {"restartPolicy": "Never", "containers": [container]}
    return {"spec": {"backoffLimit": 2, "template": {"metadata": {"labels": {"app": name}}, "spec": pod}}}


def _stateful_set(name: str) -> JSONObject:
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
    }
    return _workload(name, serviceName=name, replicas=2, volumeClaimTemplates=[claim])


def _cron_job(name: str) -> JSONObject:
    return {"spec": {"schedule": "*/5 * * * *", "jobTemplate": _job(name), "suspend": False}}


def _ingress(name: str) -> JSONObject:
    backend = {"service": {"name": name, "port": {"number": 80}}}
    rule = {
        "host": VALUE + ".example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    return {"spec": {"rules": [rule], "tls": [{"hosts": [VALUE + ".example.com"], "secretName": name}]}}


def _network_policy(name: str) -> JSONObject:
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53}]
    egress = [{"ports": ports}, {"to": [{"podSelector": {"matchLabels": {"app": VALUE}}}]}]
    return {"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress}}


def _scaler(name: str) -> JSONObject:
    target = {"type": "Utilization", "averageUtilization": 80}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": VALUE},
        "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    return {"spec": spec}


def _claim(name: str) -> JSONObject:
    return {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "0.5Gi"}}}}


def _service(name: str) -> JSONObject:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "targetPort": "dns"}]
    return {"spec": {"selector": {"app": VALUE}, "ports": ports}}


def _subjects(name: str) -> JSONObject:
    accounts = [{"kind": "ServiceAccount", "name": VALUE, "namespace": home} for home in ("default", "kube-system")]
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
    return {"roleRef": role, "subjects": accounts}


KINDS: Final[Mapping[str, tuple[str, Callable[[str], JSONObject]]]] = {
    "Namespace": ("v1", lambda name: {}),
    "ServiceAccount": ("v1", lambda name: {"imagePullSecrets": [{"name": VALUE}]}),
    "ConfigMap": ("v1", lambda name: {"data": {"value": VALUE, "empty": "", **{f"key-{n}": "x" for n in range(40)}}}),
    "Secret": ("v1", lambda name: {"stringData": {"value": VALUE, "empty": ""}, "data": {"raw": "cmF3"}}),
    "Service": ("v1", _service),
    "PersistentVolumeClaim": ("v1", _claim),
    "ResourceQuota": ("v1", lambda name: {"spec": {"hard": {"cpu": "1000m", "memory": "1024Mi", "pods": "{{ 10 }}"}}}),
    "LimitRange": ("v1", lambda name: {"spec": {"limits": [{"type": "Container", "default": {"cpu": "0.5"}}]}}),
    "Deployment": ("apps/v1", lambda name: _workload(name, replicas=2)),
    "StatefulSet": ("apps/v1", _stateful_set),
    "DaemonSet": ("apps/v1", _workload),
    "Job": ("batch/v1", _job),
    "CronJob": ("batch/v1", _cron_job),
    "Ingress": ("networking.k8s.io/v1", _ingress),
    "NetworkPolicy": ("networking.k8s.io/v1", _network_policy),
    "PodDisruptionBudget": (
        "policy/v1",
        lambda name: {"spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": name}}}},
    ),
    "HorizontalPodAutoscaler": ("autoscaling/v2", _scaler),
    "Role": (
        "rbac.authorization.k8s.io/v1",
        lambda name: {"rules": [{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]},
    ),
    "RoleBinding": ("rbac.authorization.k8s.io/v1", _subjects),
}
"""Kind → its version, and what is in an object of this name beside its metadata."""
