"""Objects for ``store_corpus``: one or more of every namespaced built-in kind, and custom resources good and bad."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject


def sample(api_version: str, kind: str, name: str, namespace: str, content: JSONObject, **metadata: Any) -> JSONObject:
    """An object; without a namespace, a cluster-scoped one."""
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **place, **metadata}, **content}


LABELS = {"app": "x"}
SELECTOR = {"matchLabels": LABELS}
CONTAINER: JSONObject = {
    "name": "web",
    "image": "example/web",
    "args": [],
    "command": ["run"],
    "ports": [{"containerPort": 80, "name": "http"}, {"containerPort": 53, "protocol": "UDP"}],
    "env": [
        {"name": "EMPTY", "value": ""},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}},
    ],
    "envFrom": [{"configMapRef": {"name": "c"}}],
    "resources": {"limits": {"cpu": "1000m", "memory": "0.5Gi"}, "requests": {"cpu": 1, "memory": "1e6"}},
    "readinessProbe": {"httpGet": {"port": "http"}},
    "livenessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 0},
    "lifecycle": {"preStop": {"httpGet": {"port": 80, "path": "/stop"}}},
    "securityContext": {"privileged": False, "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": False}, {"name": "s", "mountPath": "/s"}],
}
POD: JSONObject = {
    "containers": [CONTAINER, {"name": "side", "image": "example/side:1.0", "tty": False, "stdin": True}],
    "initContainers": [{"name": "init", "image": "example/init@sha256:" + "0" * 64}],
    "volumes": [
        {"name": "data"},
        {"name": "s", "secret": {"secretName": "s"}},
        {"name": "c", "configMap": {"name": "c", "items": [{"key": "a", "path": "b"}]}},
        {"name": "h", "hostPath": {"path": "/tmp"}},
        {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "claim", "persistentVolumeClaim": {"claimName": "x", "readOnly": False}},
    ],
    "serviceAccountName": "default",
    "hostNetwork": False,
    "nodeSelector": {"disk": "ssd"},
    "imagePullSecrets": [{"name": "pull"}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "automountServiceAccountToken": False,
    "terminationGracePeriodSeconds": 0,
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": SELECTOR}}
            ]
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": SELECTOR}
    ],
    "securityContext": {"runAsNonRoot": True, "fsGroup": 0, "seccompProfile": {"type": "RuntimeDefault"}},
}
TEMPLATE: JSONObject = {"metadata": {"labels": LABELS, "annotations": {}}, "spec": POD}
ONCE: JSONObject = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "example/c:latest"}]}}
WORKLOAD: JSONObject = {"selector": SELECTOR, "template": TEMPLATE}
BACKEND = {"service": {"name": "web", "port": {"name": "http"}}}
RBAC = "rbac.authorization.k8s.io"

NAMESPACED_SAMPLES: list[tuple[str, str, JSONObject]] = [
    ("v1", "Pod", {"spec": {**POD, "restartPolicy": "OnFailure"}}),
    ("v1", "ConfigMap", {"data": {"a": "1", "empty": ""}, "binaryData": {"b": "AAE="}, "immutable": False}),
    ("v1", "ConfigMap", {"data": {}}),
    ("v1", "Secret", {"data": {"a": "YQ=="}, "stringData": {"b": "b", "c": ""}}),
    ("v1", "ServiceAccount", {"automountServiceAccountToken": False, "imagePullSecrets": [{"name": "p"}]}),
    ("v1", "Service", {"spec": {"selector": LABELS, "ports": [{"port": 80}]}}),
    (
        "v1",
        "Service",
        {
            "spec": {
                "ports": [
                    {"name": "tcp", "port": 53, "targetPort": "dns"},
                    {"name": "udp", "port": 53, "protocol": "UDP", "appProtocol": "dns"},
                ],
                "clusterIP": "None",
                "selector": LABELS,
                "publishNotReadyAddresses": False,
            }
        },
    ),
    ("v1", "Service", {"spec": {"ports": [{"port": 80}], "clusterIP": "None"}}),
    ("v1", "Service", {"spec": {"type": "ExternalName", "externalName": "example.com"}}),
    ("v1", "PersistentVolumeClaim", {"spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1024Mi"}},
    }}),
    ("v1", "ResourceQuota", {"spec": {"hard": {"requests.cpu": "2000m", "pods": 10, "requests.memory": "1.5Gi"}}}),
    ("v1", "LimitRange", {"spec": {"limits": [
        {"type": "Container", "default": {"cpu": "0.5"}, "max": {"cpu": 2}, "min": {"memory": "64M"}}
    ]}}),
    ("apps/v1", "Deployment", {"spec": {**WORKLOAD, "paused": False, "minReadySeconds": 0}}),
    ("apps/v1", "Deployment", {"spec": {**WORKLOAD, "replicas": 0, "strategy": {"type": "Recreate"}}}),
    ("apps/v1", "Deployment", {"spec": {**WORKLOAD, "strategy": {"rollingUpdate": {"maxSurge": 0}}}}),
    ("apps/v1", "StatefulSet", {"spec": {**WORKLOAD, "serviceName": "web", "volumeClaimTemplates": [
        {"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
        }},
    ]}}),
    ("apps/v1", "DaemonSet", {"spec": WORKLOAD}),
    ("apps/v1", "ReplicaSet", {"spec": {**WORKLOAD, "replicas": 0}}),
    ("batch/v1", "Job", {"spec": {"template": ONCE, "backoffLimit": 0}}),
    ("batch/v1", "CronJob", {"spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": ONCE}}}}),
    ("networking.k8s.io/v1", "Ingress", {"spec": {
        "ingressClassName": "nginx",
        "rules": [{"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}],
        "tls": [{"hosts": ["a.example"], "secretName": "tls"}],
    }}),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {
        "podSelector": {}, "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80}]}],
    }}),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": SELECTOR, "egress": [{}]}}),
    ("discovery.k8s.io/v1", "EndpointSlice", {
        "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}],
        "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
    }),
    ("policy/v1", "PodDisruptionBudget", {"spec": {"selector": SELECTOR, "minAvailable": 0}}),
    ("autoscaling/v2", "HorizontalPodAutoscaler", {"spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 3,
    }}),
    (f"{RBAC}/v1", "Role", {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    (f"{RBAC}/v1", "RoleBinding", {
        "roleRef": {"kind": "Role", "name": "reader", "apiGroup": RBAC},
        "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "default"}],
    }),
]  # fmt: skip

_SPEC_SCHEMA: JSONObject = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 10},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "name": {"type": "string", "pattern": "^x.*$", "maxLength": 5},
        "optional": {"type": "string", "nullable": True},
        "nested": {"type": "object", "default": {}, "properties": {"on": {"type": "boolean", "default": True}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "keyed": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "string"}, "value": {"type": "string", "default": "v"}},
            },
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["id"],
        },
        "unique": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "plain": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "whole": {
            "type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "x-kubernetes-map-type": "atomic",
        },
        "either": {"x-kubernetes-int-or-string": True},
        "ratio": {"type": "number"},
    },
}  # fmt: skip

DEFINITION: JSONObject = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.corpus.example"},
    "spec": {
        "group": "corpus.example",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "required": ["spec"],
                        "properties": {
                            "spec": _SPEC_SCHEMA,
                            "status": {
                                "type": "object",
                                "properties": {
                                    "n": {"type": "integer"},
                                    "conditions": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "required": ["type", "status"],
                                            "properties": {"type": {"type": "string"}, "status": {"type": "string"}},
                                        },
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["type"],
                                    },
                                },
                            },
                        },
                    }
                },
            }
        ],
    },
}

WIDGETS: list[JSONObject] = [
    {
        "size": 1,
        "free": {"a": {"b": [1, {"c": 2}]}, "empty": {}, "null": None},
        "texts": {"a": "1"},
        "keyed": [{"id": "1"}, {"id": "2", "value": "x"}],
        "unique": ["a", "b"],
        "plain": ["a", "a"],
        "whole": {"a": "1"},
        "either": "5%",
        "ratio": 0.5,
    },
    {"size": 2, "nested": {"on": False}, "either": 5, "ratio": 1},
    {"size": 2, "nested": {}, "free": {}, "texts": {}, "keyed": [], "plain": [], "optional": None, "mode": None},
    {"size": 2, "unknown": 1},
    {"size": 2, "keyed": [{"id": "1", "unknown": 1}]},
    {},
    {"size": "2"},
    {"size": 1.5},
    {"size": 0},
    {"size": 11},
    {"size": 1, "mode": "c"},
    {"size": 1, "name": "abc"},
    {"size": 1, "name": "xabcdef"},
    {"size": 1, "name": None},
    {"size": 1, "keyed": [{"id": "1"}, {"id": "1"}]},
    {"size": 1, "keyed": [{"value": "1"}]},
    {"size": 1, "unique": ["a", "a"]},
    {"size": 1, "plain": ["a", "b", "c"]},
    {"size": 1, "texts": {"a": 1}},
    {"size": 1, "texts": {"a": None}},
    {"size": 1, "either": True},
    {"size": 1, "free": []},
]
