"""A real control plane with Tenantry on it, made to be counted: audit log, process ids, hook log, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop
from tenantry.sandbox.workloads import Workloads
from tests.bench.fleet.audit import BENCH, METACONTROLLER, AuditLog
from tests.controlplane.guard import install_guard
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.product import Webhooks, composite_controllers, crd_files, install_controllers
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.scenarios.harness.hook_log import HookLog


@dataclass(frozen=True, slots=True)
class Plane:
    """What is measured, and by what."""

    cluster: Cluster
    audit: AuditLog
    hooks: HookLog
    pids: dict[str, int]
    """Programs to measure by name; with the loop, which runs in this process, also ``bench``."""
    driver: str
    install: Callable[[Iterable[JSONObject]], None]
    """Adds CompositeControllers to those that are there."""

    def apply(self, obj: JSONObject) -> None:
        """Server-side apply."""
        kind = self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        self.cluster.apply(kind, obj, field_manager=BENCH, force=True)


@contextmanager
def running_plane(folder: Path, *, crds: Iterable[Path] = ()) -> Iterator[Plane]:
    """Start everything: with Metacontroller where ``METACONTROLLER_BIN`` names it, else with our loop.

    ``crds`` are installed beside ours.
    """
    metacontroller = metacontroller_program()
    with ExitStack() as cleanup:
        audit = AuditLog(folder, loop=metacontroller is None)
        webhooks = Webhooks(folder / "webhooks.log")
        cleanup.callback(webhooks.stop)
        all_crds = [metacontroller_crds(), *crd_files(), *crds]
        plane = cleanup.enter_context(ControlPlane(programs(), crds=all_crds, api_server_flags=audit.flags))
        cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
        cleanup.callback(cluster.close)
        install_guard(cluster)
        pids = {process.name: process.pid for process in (webhooks.process, *plane.processes)}
        loop = ControllerLoop(cluster) if metacontroller is None else None

        def install(controllers: Iterable[JSONObject]) -> None:
            for controller in install_controllers(cluster, controllers):
                if loop is not None:
                    loop.add_controller(controller)

        install(composite_controllers(webhooks.url))
        if loop is not None:
            loop.start()
            cleanup.callback(loop.stop)
            pids["bench"] = os.getpid()
        if metacontroller is not None:
            process = start_metacontroller(
                metacontroller, kubeconfig=plane.kubeconfig, log=folder / "metacontroller.log"
            )
            cleanup.callback(process.stop)
            pids[process.name] = process.pid
        cleanup.enter_context(Workloads(cluster))
        driver = METACONTROLLER if metacontroller else "our development loop"
        yield Plane(cluster, audit, HookLog(webhooks.log), pids, driver, install)
