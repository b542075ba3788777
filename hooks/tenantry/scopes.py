"""Which kinds live in namespaces and which do not, as far as it can be known without asking an API server.

The hooks have no discovery. So this table holds the kinds of Kubernetes itself and our own, whatever their version, and
says nothing of others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tenantry.kinds import KINDS

_NAMESPACED: Final = {
    "": "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController "
    "ResourceQuota Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "events.k8s.io": "Event",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "resource.k8s.io": "ResourceClaim ResourceClaimTemplate",
    "storage.k8s.io": "CSIStorageCapacity",
}
_CLUSTER_SCOPED: Final = {
    "": "Namespace Node PersistentVolume",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "certificates.k8s.io": "CertificateSigningRequest",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "networking.k8s.io": "IPAddress IngressClass ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
}


def _table() -> dict[tuple[str, str], bool]:
    table = {(group, kind): True for group, kinds in _NAMESPACED.items() for kind in kinds.split()}
    table |= {(group, kind): False for group, kinds in _CLUSTER_SCOPED.items() for kind in kinds.split()}
    table |= {(kind.group, kind.name): False for kind in KINDS}
    return table


_IS_NAMESPACED: Final = _table()


def group_of(api_version: str) -> str:
    """The API group in an apiVersion, empty for the core group."""
    return api_version.rpartition("/")[0]


@lru_cache(maxsize=1024)
def is_namespaced(type_key: str) -> bool | None:
    """Whether objects of a type, such as ``Deployment.apps/v1``, live in namespaces; ``None`` if not known here."""
    kind, _, api_version = type_key.partition(".")
    return _IS_NAMESPACED.get((group_of(api_version), kind))
