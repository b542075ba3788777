"""A cluster with Tenantry on it, as commands meet it: with CompositeControllers that come and go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner, Result

from tenantry.cli import main
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import Event, NotFound
from tenantry.sandbox.loop import ControllerLoop, ControllerSpecError
from tenantry.sandbox.workloads import Workloads
from tests.chart.helm import Helm
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.product import Webhooks, composite_controllers, crd_files
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.scenarios.harness.backend import Backend
from tests.scenarios.harness.hook_log import HookLog
from tests.scenarios.harness.record import Recorder
from tests.support.results import undocumented

LOOP: Final = "loop"
METACONTROLLER: Final = "metacontroller"
_RESULTS: Final[dict[tuple[str, ...], str]] = {
    ("rollout", "status"): "rollout status",
    **{("rollout", what): "rollout pause, resume, undo" for what in ("pause", "resume", "undo")},
    ("migrate", "lynq"): "migrate lynq --take-over",
}
"""What the results of commands are documented by, where that is not the command's name."""
CONTROLLERS: Final = ("metacontroller.k8s.io/v1alpha1", "CompositeController")


@dataclass(frozen=True, slots=True)
class Site:
    """A cluster, what drives it, and the command at hand."""

    backend: Backend
    plane: ControlPlane
    helm: Helm

    @property
    def cluster(self) -> ApiServer:
        """The API server."""
        assert isinstance(self.backend.cluster, ApiServer)
        return self.backend.cluster

    def tenantry(self, *arguments: str, input: str | None = None) -> Result:
        """Run the command with this cluster's kubeconfig."""
        return CliRunner().invoke(
            main, [*arguments, "--kubeconfig", str(self.plane.kubeconfig)], input=input, catch_exceptions=False
        )

    def told(self, *arguments: str) -> Any:
        """What the command prints as JSON, every key as it is documented."""
        found = json.loads(self.tenantry(*arguments, "-o", "json").stdout)
        assert undocumented(_RESULTS.get(arguments[:2], arguments[0]), found) == []
        return found

    def install(self) -> None:
        """``helm install``, with controllers that call our own webhooks: no pod of theirs runs in this cluster."""
        self.helm.upgrade({"crds": {"install": False}, "controllers": {"create": False}})
        for controller in composite_controllers(self.backend.webhooks.url):
            self.cluster.apply(
                self.cluster.resource_type(*CONTROLLERS[:1], kind=CONTROLLERS[1]),
                controller,
                field_manager="setup",
                force=True,
            )

    def controllers(self) -> list[str]:
        """Names of the CompositeControllers that are there."""
        kind = self.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
        return sorted(found["metadata"]["name"] for found in self.cluster.list(kind))


def drivers() -> list[str]:
    """What can drive the hooks here."""
    return [LOOP, METACONTROLLER] if metacontroller_program() is not None else [LOOP]


@contextmanager
def running(driver: str, folder: Path) -> Iterator[Site]:
    """A control plane that knows all kinds, the webhooks, the chart installed, and what drives it."""
    with ExitStack() as cleanup:
        webhooks = Webhooks(folder / "webhooks.log")
        cleanup.callback(webhooks.stop)
        plane = cleanup.enter_context(ControlPlane(programs(), crds=[metacontroller_crds(), *crd_files()]))
        cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
        cleanup.callback(cluster.close)
        processes = list(plane.processes)
        if driver == METACONTROLLER:
            program = metacontroller_program()
            assert program is not None
            log = folder / "metacontroller.log"
            process = start_metacontroller(program, kubeconfig=plane.kubeconfig, log=log)
            cleanup.callback(process.stop)
            processes.append(process)
        else:
            cleanup.callback(loop_that_follows(cluster))
        workloads = cleanup.enter_context(Workloads(cluster))
        recorder = Recorder(cluster)
        cleanup.callback(recorder.close)
        backend = Backend(driver, cluster, webhooks, workloads, recorder, HookLog(webhooks.log), tuple(processes))
        (folder / "helm").mkdir()
        site = Site(backend, plane, Helm(folder / "helm", plane.kubeconfig))
        site.install()
        yield site


def loop_that_follows(cluster: ApiServer, *, base_url: str = "") -> Callable[[], None]:
    """Our loop, with the CompositeControllers that there are: what Metacontroller does. Answers how to stop it.

    ``base_url`` is where it calls hooks, whatever address the controllers name.
    """
    loop = ControllerLoop(cluster, base_url=base_url)
    loop.start()

    def follow(event: Event) -> None:
        if event.type == "DELETED":
            loop.remove_controller(event.object["metadata"]["name"])
        else:
            with suppress(ControllerSpecError, NotFound):  # Metacontroller does not start such a one either
                loop.add_controller(event.object)

    stop_watching = cluster.watch(cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1]), follow)

    def stop() -> None:
        stop_watching()
        loop.stop()

    return stop


def finalizers_in(objects: list[JSONObject]) -> list[str]:
    """All finalizers of these objects."""
    return [finalizer for obj in objects for finalizer in obj["metadata"].get("finalizers") or ()]
