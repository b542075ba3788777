"""What is known of Kubernetes' own kinds without asking a cluster: their scope, and where they want strings.

Kinds that are not listed are custom resources, of which nothing is assumed.
"""

from __future__ import annotations

from typing import Final

from tenantry.names import GROUP

_CLUSTER_SCOPED: Final = {
    "": ("Namespace", "Node", "PersistentVolume"),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("StorageClass", "VolumeAttachment", "CSIDriver", "CSINode"),
    "networking.k8s.io": ("IngressClass",),
    "node.k8s.io": ("RuntimeClass",),
    "admissionregistration.k8s.io": (
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    GROUP: ("TenantRegistry", "TenantSlice", "Tenant", "TenantTemplate", "TenantTemplateRevision"),
}

_NAMESPACED: Final = {
    "": (
        "ConfigMap",
        "Endpoints",
        "Event",
        "LimitRange",
        "PersistentVolumeClaim",
        "Pod",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "apps": ("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "autoscaling": ("HorizontalPodAutoscaler",),
    "batch": ("CronJob", "Job"),
    "coordination.k8s.io": ("Lease",),
    "discovery.k8s.io": ("EndpointSlice",),
    "networking.k8s.io": ("Ingress", "NetworkPolicy"),
    "policy": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io": ("Role", "RoleBinding"),
}


def group_of(api_version: str) -> str:
    """The API group in an apiVersion, empty for the core group."""
    return api_version.rpartition("/")[0]


def namespaced(api_version: str, kind: str) -> bool | None:
    """Whether objects of this kind live in a namespace; ``None`` where nothing is known of the kind."""
    group = group_of(api_version)
    if kind in _CLUSTER_SCOPED.get(group, ()):
        return False
    return True if kind in _NAMESPACED.get(group, ()) else None


_STRING_MAPS: Final = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_DATA_KINDS: Final = frozenset({"ConfigMap", "Secret"})
_DATA_FIELDS: Final = frozenset({"data", "stringData", "binaryData"})
_STRING_LISTS: Final = frozenset({"args", "command"})

Path = tuple[str | int, ...]


def wants_string(api_version: str, kind: str, path: Path) -> bool:
    """Whether Kubernetes wants a string at this path of an object of this kind, whatever the value is."""
    if len(path) == 1:
        return path[0] in ("apiVersion", "kind")
    if path in (("metadata", "name"), ("metadata", "namespace")):
        return True
    parent = path[-2]
    if parent in _STRING_MAPS or parent in _STRING_LISTS:
        return True
    if len(path) == 2 and kind in _DATA_KINDS and group_of(api_version) == "":
        return parent in _DATA_FIELDS
    if path[-1] == "value" and len(path) > 2:
        return path[-3] == "env"
    return kind == "Service" and path[:2] == ("spec", "selector")


def is_label(path: Path) -> bool:
    """Whether a label's value stands at this path."""
    return len(path) > 1 and path[-2] in ("labels", "matchLabels")
