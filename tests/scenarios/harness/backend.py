"""Where scenarios run: a cluster, what drives the hooks, and the webhooks under gunicorn."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from tenantry.names import SHARD_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workloads import Workloads
from tests.controlplane.guard import install_guard
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.process import Process
from tests.controlplane.product import Webhooks, composite_controllers, crd_files, install_controllers
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.scenarios.harness.aggregator import Aggregator
from tests.scenarios.harness.endpoint_slices import EndpointSlices
from tests.scenarios.harness.hook_log import HookLog
from tests.scenarios.harness.record import Recorder

TENANTS_CONTROLLER: Final = "tenantry-tenants"
OTHER_SHARD: Final = "other"
SHARDS: Final = (OTHER_SHARD, "0", "1")
"""Tenants with these shard labels belong to controllers of their own, copies of the first."""
THINGS: Final = Path(__file__).with_name("things.yaml")
"""The CRD of a kind that we know nothing of."""
MORE_CHILDREN: Final = (
    ("example.com/v1", "things"),
    ("apiextensions.k8s.io/v1", "customresourcedefinitions"),
    ("apiregistration.k8s.io/v1", "apiservices"),
)
"""Kinds that templates may use here, beside those that are shipped."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A running cluster with Tenantry on it, guard policy included."""

    name: str
    cluster: Cluster
    webhooks: Webhooks
    workloads: Workloads
    recorder: Recorder
    hook_log: HookLog
    processes: tuple[Process, ...] = ()

    def logs(self) -> list[Path]:
        """Logs that may tell why something did not happen."""
        return [self.webhooks.log, *(process.log for process in self.processes if process.name == "metacontroller")]

    def ended(self) -> list[str]:
        """Programs that ended although nobody stopped them."""
        return [process.name for process in (*self.processes, self.webhooks.process) if not process.running()]


def sharded(controllers: list[JSONObject]) -> list[JSONObject]:
    """Our controllers with the Tenants split over several of them, as the chart does."""
    result = []
    for controller in controllers:
        result.append(controller)
        if controller["metadata"]["name"] == TENANTS_CONTROLLER:
            for shard in SHARDS:
                other = copy.deepcopy(controller)
                other["metadata"]["name"] = f"{TENANTS_CONTROLLER}-{shard}"
                _select(other, "In", [shard])
                result.append(other)
            _select(controller, "NotIn", list(SHARDS))
    return result


def _controllers(webhooks: Webhooks) -> list[JSONObject]:
    """Our controllers as the chart makes them with more kinds and shards than are shipped."""
    controllers = composite_controllers(webhooks.url)
    for controller in controllers:
        if controller["metadata"]["name"] == TENANTS_CONTROLLER:
            controller["spec"]["childResources"] += [
                {"apiVersion": api_version, "resource": resource, "updateStrategy": {"method": "InPlace"}}
                for api_version, resource in MORE_CHILDREN
            ]
    return sharded(controllers)


def _select(controller: JSONObject, operator: str, shards: list[str]) -> None:
    requirement = {"key": SHARD_LABEL, "operator": operator, "values": shards}
    controller["spec"]["parentResource"]["labelSelector"] = {"matchExpressions": [requirement]}


def _driven_by_loop(
    cleanup: ExitStack, name: str, cluster: Cluster, webhooks: Webhooks, processes: Sequence[Process] = ()
) -> Backend:
    """A backend whose controllers run in our own loop."""
    loop = ControllerLoop(cluster)
    for controller in _controllers(webhooks):
        loop.add_controller(controller)
    loop.start()
    cleanup.callback(loop.stop)
    return _backend(cleanup, name, cluster, webhooks, processes)


def _backend(
    cleanup: ExitStack, name: str, cluster: Cluster, webhooks: Webhooks, processes: Sequence[Process] = ()
) -> Backend:
    workloads = cleanup.enter_context(Workloads(cluster))
    recorder = Recorder(cluster)
    cleanup.callback(recorder.close)
    return Backend(name, cluster, webhooks, workloads, recorder, HookLog(webhooks.log), tuple(processes))


def _webhooks(cleanup: ExitStack, folder: Path) -> Webhooks:
    webhooks = Webhooks(folder / "webhooks.log")
    cleanup.callback(webhooks.stop)
    return webhooks


@contextmanager
def _sandbox(folder: Path) -> Iterator[Backend]:
    """The in-process cluster with the loop."""
    with ExitStack() as cleanup:
        webhooks = _webhooks(cleanup, folder)
        cluster = InProcessCluster()
        cleanup.callback(cluster.close)
        definitions = cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
        for file in (*crd_files(), THINGS):
            cluster.create(definitions, yaml.safe_load(file.read_text()), field_manager="setup")
        install_guard(cluster)
        cleanup.enter_context(EndpointSlices(cluster))
        cleanup.enter_context(Aggregator(cluster))
        yield _driven_by_loop(cleanup, "sandbox", cluster, webhooks)


@contextmanager
def _api_server(folder: Path) -> Iterator[Backend]:
    """A real control plane with the loop."""
    with ExitStack() as cleanup:
        webhooks = _webhooks(cleanup, folder)
        plane = cleanup.enter_context(ControlPlane(programs(), crds=[*crd_files(), THINGS]))
        cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
        cleanup.callback(cluster.close)
        install_guard(cluster)
        yield _driven_by_loop(cleanup, "apiserver", cluster, webhooks, plane.processes)


@contextmanager
def _metacontroller(folder: Path) -> Iterator[Backend]:
    """A real control plane with the real Metacontroller."""
    program = metacontroller_program()
    if program is None:
        raise FileNotFoundError("METACONTROLLER_BIN is not set: it names the metacontroller program to run")
    with ExitStack() as cleanup:
        webhooks = _webhooks(cleanup, folder)
        plane = cleanup.enter_context(ControlPlane(programs(), crds=[metacontroller_crds(), *crd_files(), THINGS]))
        cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
        cleanup.callback(cluster.close)
        install_guard(cluster)
        install_controllers(cluster, _controllers(webhooks))
        process = start_metacontroller(program, kubeconfig=plane.kubeconfig, log=folder / "metacontroller.log")
        cleanup.callback(process.stop)
        yield _backend(cleanup, "metacontroller", cluster, webhooks, (*plane.processes, process))


BACKENDS: Final[dict[str, Callable[[Path], AbstractContextManager[Backend]]]] = {
    "sandbox": _sandbox,
    "apiserver": _api_server,
    "metacontroller": _metacontroller,
}
