"""The resource types that a store serves, and what sets them apart from each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.store.kind_structs import KIND_STRUCTS
from tenantry.sandbox.store.notation import Structures
from tenantry.sandbox.store.pod_structs import POD_STRUCTS
from tenantry.sandbox.store.schema import DEDUCED, Form, Schema

STRUCTURES: Final = Structures(POD_STRUCTS, KIND_STRUCTS)

OBJECT_META: Final = STRUCTURES["ObjectMeta"]

_STRING: Final = Schema(Form.SCALAR, type="string")

# "Kind plural traits": c = cluster-scoped, g = has a generation, s = has a status subresource.
_BUILT_IN: Final = {
    "v1": (
        "Namespace namespaces cs, Pod pods gs, Service services s, ConfigMap configmaps -, Secret secrets -,"
        "ServiceAccount serviceaccounts -, PersistentVolumeClaim persistentvolumeclaims s,"
        "ResourceQuota resourcequotas s, LimitRange limitranges -, Event events -"
    ),
    "apps/v1": (
        "Deployment deployments gs, StatefulSet statefulsets gs, DaemonSet daemonsets gs, ReplicaSet replicasets gs"
    ),
    "batch/v1": "Job jobs gs, CronJob cronjobs gs",
    "networking.k8s.io/v1": "Ingress ingresses gs, NetworkPolicy networkpolicies g",
    "discovery.k8s.io/v1": "EndpointSlice endpointslices g",
    "policy/v1": "PodDisruptionBudget poddisruptionbudgets gs",
    "autoscaling/v2": "HorizontalPodAutoscaler horizontalpodautoscalers s",
    "rbac.authorization.k8s.io/v1": (
        "Role roles -, RoleBinding rolebindings -, ClusterRole clusterroles c, ClusterRoleBinding clusterrolebindings c"
    ),
    "apiextensions.k8s.io/v1": "CustomResourceDefinition customresourcedefinitions cgs",
    "apiregistration.k8s.io/v1": "APIService apiservices cs",
    "admissionregistration.k8s.io/v1": (
        "ValidatingAdmissionPolicy validatingadmissionpolicies cgs,"
        "ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings cg"
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A served type."""

    type: ResourceType
    schema: Schema
    has_generation: bool
    has_status: bool
    """Whether status is a subresource, which writes to the object itself leave alone."""
    is_custom: bool = False
    metadata_rules: Schema | None = None
    """What a CustomResourceDefinition demands of metadata, its name above all."""

    @property
    def qualified_plural(self) -> str:
        """The plural as messages show it: ``deployments.apps``, ``configmaps``."""
        return f"{self.type.plural}.{self.type.group}" if self.type.group else self.type.plural

    @property
    def qualified_kind(self) -> str:
        """The kind as messages show it: ``Deployment.apps``, ``ConfigMap``."""
        return f"{self.type.kind}.{self.type.group}" if self.type.group else self.type.kind


@cache
def built_in_resources() -> tuple[Resource, ...]:
    """The types that every store serves."""
    resources = []
    for api_version, text in _BUILT_IN.items():
        for entry in text.split(","):
            kind, plural, traits = entry.split()
            resources.append(
                Resource(
                    ResourceType(api_version, kind, plural, "c" not in traits),
                    object_schema(STRUCTURES[kind]),
                    has_generation="g" in traits,
                    has_status="s" in traits,
                )
            )
    return tuple(resources)


def object_schema(content: Schema) -> Schema:
    """The schema of whole objects, from that of what is in them beside their type and metadata."""
    identity = {"apiVersion": _STRING, "kind": _STRING, "metadata": OBJECT_META}
    marks = {"apiVersion": "", "kind": "", "metadata": "*"}
    return replace(content, fields={**content.fields, **identity}, marks={**content.marks, **marks}, atomic=False)


def untyped_schema() -> Schema:
    """The schema of a custom resource of which nothing but the metadata is known."""
    return object_schema(Schema(Form.MAP, values=DEDUCED))
