"""``make cluster``: a real control plane with Tenantry on it, in the foreground, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType

from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.loop import ControllerLoop
from tenantry.sandbox.workloads import Workloads
from tests.controlplane.golang import ProgramsUnavailable
from tests.controlplane.guard import install_guard
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.process import Process, ProcessFailed
from tests.controlplane.product import Webhooks, composite_controllers, crd_files, install_controllers
from tests.controlplane.programs import print_progress, programs
from tests.controlplane.server import ControlPlane

CHECK_SECONDS = 0.5


def main() -> int:
    """Run until somebody ends it, or one of the programs does. Answers an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with ExitStack() as cleanup:
            processes = _start(cleanup)
            while all(process.running() for process in processes):
                time.sleep(CHECK_SECONDS)
            ended = next(process for process in processes if not process.running())
            raise ProcessFailed(f"{ended.name} ended by itself:\n{ended.log_tail()}")
    except KeyboardInterrupt:
        print_progress("stopped")
        return 0
    except (ProgramsUnavailable, ProcessFailed, FileNotFoundError) as problem:
        print_progress(str(problem))
        return 1


def _start(cleanup: ExitStack) -> list[Process]:
    """Start everything and tell how to use it. Answers the programs that must keep running."""
    metacontroller = metacontroller_program()
    built = programs()
    print_progress("starting etcd, kube-apiserver and kube-controller-manager")
    plane = cleanup.enter_context(ControlPlane(built, crds=[metacontroller_crds(), *crd_files()]))
    cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
    cleanup.callback(cluster.close)
    install_guard(cluster)
    webhooks = Webhooks(plane.folder / "webhooks.log")
    cleanup.callback(webhooks.stop)
    processes = [*plane.processes, webhooks.process]
    controllers = install_controllers(cluster, composite_controllers(webhooks.url))
    if metacontroller is not None:
        log = plane.folder / "metacontroller.log"
        process = start_metacontroller(metacontroller, kubeconfig=plane.kubeconfig, log=log)
        cleanup.callback(process.stop)
        processes.append(process)
    else:
        loop = ControllerLoop(cluster)
        for controller in controllers:
            loop.add_controller(controller)
        loop.start()
        cleanup.callback(loop.stop)
    cleanup.enter_context(Workloads(cluster))
    driver = "Metacontroller" if metacontroller else "the development loop (METACONTROLLER_BIN names the real thing)"
    print_progress(f"running with {driver}; webhooks on {webhooks.url}; logs in {plane.folder}")
    print_progress("in another terminal, where paths in a TenantRegistry mean files of this machine:")
    print(f"export KUBECONFIG={plane.kubeconfig}", flush=True)
    print_progress("Ctrl-C ends it and removes everything")
    return processes


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
