"""The cluster on which documents try their commands: one for all of them, cleared in between."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import yaml

from tenantry.kinds import KINDS
from tenantry.names import PAUSED_ANNOTATION, SKIP_PRE_DELETE_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import NotFound
from tenantry.sandbox.workloads import Workloads
from tests.chart.helm import NAMESPACE, RELEASE, Helm, HelmFailed
from tests.cluster.site import loop_that_follows
from tests.controlplane.metacontroller import metacontroller_crds
from tests.controlplane.product import Webhooks, composite_controllers, crd_files
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane

WHO: Final = "guides"
SECONDS: Final = 120.0
TOLD_API_SERVER: Final = "https://kubernetes.example.com:6443"
TOLD_WEBHOOKS: Final = f"http://{RELEASE}.{NAMESPACE}.svc:8080"
"""Where readers have the webhooks. There are no pods here, so they run beside the cluster."""
CONTROLLERS: Final = ("metacontroller.k8s.io/v1alpha1", "CompositeController")
OURS: Final = ("TenantRegistry", "TenantTemplate", "Tenant", "TenantSlice", "TenantTemplateRevision", "TenantProbe")
LEFT_BY_HELM: Final[JSONObject] = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": RELEASE, "meta.helm.sh/release-namespace": NAMESPACE},
}
"""How definitions look when a release went that had them: the next one takes them up."""
METACONTROLLER: Final = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: metacontroller, namespace: metacontroller}
spec:
  selector: {matchLabels: {app: metacontroller}}
  template:
    metadata: {labels: {app: metacontroller}}
    spec:
      containers:
      - name: metacontroller
        image: ghcr.io/metacontroller/metacontroller:v4.17.2
        args:
        - --apply-strategy=server-side-apply
        - --client-go-qps=200
        - --client-go-burst=400
        - --cache-flush-interval=24h
"""
"""What the doctor finds of Metacontroller. The loop plays its part."""


class GuideCluster:
    """A control plane, the webhooks beside it, and a loop that does what Metacontroller does."""

    def __init__(self) -> None:
        self._cleanup = ExitStack()
        self.setting: str | None = None
        """What it was prepared for last, if it is as it was then."""

    def __enter__(self) -> Self:
        with self._cleanup:
            folder = Path(tempfile.mkdtemp(prefix="tenantry-docs-"))
            self._cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
            self.webhooks = Webhooks(folder / "webhooks.log")
            self._cleanup.callback(self.webhooks.stop)
            crds = [metacontroller_crds(), *crd_files()]
            self.plane = self._cleanup.enter_context(ControlPlane(programs(), crds=crds))
            self._cluster = ApiServer.from_kubeconfig(self.plane.kubeconfig)
            self._cleanup.callback(self._cluster.close)
            self._helm = Helm(folder, self.plane.kubeconfig)
            self._cleanup.callback(loop_that_follows(self._cluster, base_url=self.webhooks.url))
            self._cleanup.enter_context(Workloads(self._cluster))
            self._furnish()
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def kubeconfig(self) -> Path:
        """How kubectl finds it."""
        return self.plane.kubeconfig

    def clear(self) -> None:
        """Let all tenants go in order, and whatever else a document left behind. Tenantry is installed then."""
        if not self._of(*CONTROLLERS):
            self._install()
        unheld = {PAUSED_ANNOTATION: None, SKIP_PRE_DELETE_ANNOTATION: "true"}
        for tenant in self._all("Tenant"):
            self._patch(tenant, {"metadata": {"annotations": unheld}})
        for registry in self._all("TenantRegistry"):
            self._patch(registry, {"spec": {"deletionPolicy": "Delete", "suspend": False}})
        for kind in OURS:
            for obj in self._all(kind):
                self._delete(obj)
            self._until(partial(self._has_none, kind), f"all {kind}s are gone")
        for namespace in self._strange_namespaces():
            self._delete(namespace)
        self._until(lambda: not self._strange_namespaces(), "their Namespaces are gone")
        if self._installation() != self._installed:
            self._install()

    def uninstall(self) -> None:
        """Everything of Tenantry goes but its definitions."""
        for controller in self._of(*CONTROLLERS):
            self._delete(controller)
        with suppress(HelmFailed):
            self._helm.uninstall()
        for kind in ("ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"):
            for policy in self._of("admissionregistration.k8s.io/v1", kind):
                self._delete(policy)
        with suppress(NotFound):
            self._cluster.delete(self._cluster.resource_type("v1", kind="Namespace"), NAMESPACE)
        self._until(lambda: NAMESPACE not in self._namespaces(), "the Namespace of Tenantry is gone")

    def _install(self) -> None:
        """Tenantry by its chart, with controllers that call the webhooks beside this cluster."""
        self._helm.upgrade({"replicas": 2})  # Without any value, Helm would take those of the last release again.
        for controller in composite_controllers(self.webhooks.url):
            self._apply(controller)
        self._installed = self._installation()

    def _installation(self) -> set[str]:
        """What tells whether somebody changed the installation: versions of the release and of the controllers."""
        secrets = self._cluster.list(
            self._cluster.resource_type("v1", kind="Secret"), namespace=NAMESPACE, labels="owner=helm"
        )
        releases = {found["metadata"]["name"] for found in secrets}
        controllers = (found["metadata"] for found in self._of(*CONTROLLERS))
        return releases | {f"{metadata['uid']} {metadata['generation']}" for metadata in controllers}

    def _furnish(self) -> None:
        for crd in crd_files():
            name = yaml.safe_load(crd.read_text())["metadata"]["name"]
            kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
            self._apply({**kind, "metadata": {"name": name, **LEFT_BY_HELM}})
        for name in ("metacontroller", "platform"):
            self._apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self._apply(yaml.safe_load(METACONTROLLER))
        self._known = {*self._namespaces(), NAMESPACE}

    def _all(self, kind: str) -> list[JSONObject]:
        """Objects of one of our kinds; none if it is not served."""
        return self._of(next(known for known in KINDS if known.name == kind).api_version, kind)

    def _has_none(self, kind: str) -> bool:
        return not self._all(kind)

    def _of(self, api_version: str, kind: str) -> list[JSONObject]:
        try:
            return self._cluster.list(self._cluster.resource_type(api_version, kind=kind))
        except NotFound:
            return []

    def _namespaces(self) -> set[str]:
        return {found["metadata"]["name"] for found in self._of("v1", "Namespace")}

    def _strange_namespaces(self) -> list[JSONObject]:
        return [found for found in self._of("v1", "Namespace") if found["metadata"]["name"] not in self._known]

    def _apply(self, obj: JSONObject) -> None:
        kind = self._cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        self._cluster.apply(kind, obj, field_manager=WHO, force=True)

    def _patch(self, obj: JSONObject, patch: JSONObject) -> None:
        with suppress(NotFound):
            kind = self._cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            self._cluster.patch(kind, obj["metadata"]["name"], patch, field_manager=WHO)

    def _delete(self, obj: JSONObject) -> None:
        with suppress(NotFound):
            kind = self._cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            self._cluster.delete(kind, obj["metadata"]["name"])

    @staticmethod
    def _until(done: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {SECONDS:.0f} s it is not true that {what}")
            time.sleep(0.1)
