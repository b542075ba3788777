"""Values with which people install the chart."""

from __future__ import annotations

from typing import Any

EVERYTHING: dict[str, Any] = {
    "fullnameOverride": "webhooks",
    "clusterDomain": "cluster.local",
    "commonLabels": {"team": "platform"},
    "image": {"digest": f"sha256:{'0' * 64}", "pullSecrets": ["registry"]},
    "autoscaling": {"enabled": True},
    "tls": {"enabled": True},
    "authorization": {"enabled": True},
    "metacontroller": {"rbac": {"create": True}},
    "controllers": {
        "shards": ["gold", "silver"],
        "extraChildResources": [{"apiVersion": "example.com/v1", "resource": "buckets"}],
    },
    "validatingWebhook": {"enabled": True, "failurePolicy": "Fail"},
    "networkPolicy": {"enabled": True},
    "podLabels": {"mesh": "on"},
    "podAnnotations": {"note": "text"},
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"operator": "Exists"}],
    "priorityClassName": "system-cluster-critical",
    "server": {"logFormat": "console", "extraEnv": [{"name": "OTEL_SERVICE_NAME", "value": "webhooks"}]},
    "extraVolumes": [{"name": "data", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "data", "mountPath": "/data"}],
    "service": {"port": 443, "annotations": {"note": "text"}},
    "serviceAccount": {"annotations": {"note": "text"}},
}
SMALL: dict[str, Any] = {
    "replicas": 1,
    "podDisruptionBudget": {"enabled": False},
    "topologySpread": {"enabled": False},
    "guardPolicy": {"enabled": False},
    "metrics": {"enabled": False},
}
CLIENT_CERTIFICATES: dict[str, Any] = {
    "tls": {
        "enabled": True,
        "source": "existing",
        "secretName": "served",
        "clientCertificates": {"enabled": True, "caSecretName": "callers", "metacontrollerSecretName": "shown"},
    },
    "networkPolicy": {"enabled": True, "egress": [{"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}]},
}
MONITORED: dict[str, Any] = {
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "runbookBaseUrl": "https://runbooks.example.com"},
        "dashboards": {"enabled": True},
        "kubeStateMetrics": {"enabled": True},
    },
    "tls": {"enabled": True, "source": "certManager"},
    "authorization": {"enabled": True, "secretName": "token"},
}
PODS_MONITORED: dict[str, Any] = {"metrics": {"podMonitor": {"enabled": True}}}
OWN_ISSUER: dict[str, Any] = {
    "tls": {"enabled": True, "source": "certManager", "issuerRef": {"name": "company", "kind": "ClusterIssuer"}},
    "validatingWebhook": {"enabled": True},
}
BY_NAME: dict[str, dict[str, Any]] = {
    "default": {},
    "everything": EVERYTHING,
    "small": SMALL,
    "client certificates": CLIENT_CERTIFICATES,
    "monitored": MONITORED,
    "pods monitored": PODS_MONITORED,
    "own issuer": OWN_ISSUER,
}
