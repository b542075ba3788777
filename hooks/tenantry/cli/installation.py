"""A whole installation on this machine: the webhooks in a process of their own, cluster and controllers in this one."""

from __future__ import annotations

import copy
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import yaml

from tenantry.cli.serve import GUNICORN
from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop, Observer
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workloads import Workloads

CONTROLLERS: Final = Path(__file__).parent / "compositecontrollers"
"""The files that ``kubectl apply`` takes, as they are packed with this command."""
POLICIES: Final = Path(__file__).parent / "policies"
USER: Final = "kubectl"
"""Field manager of what a person does."""
START_SECONDS: Final = 20.0
WORKLOAD_SECONDS: Final = 0.3
"""How long a Deployment takes to become ready."""


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation."""

    cluster: Cluster
    loop: ControllerLoop
    workloads: Workloads

    def apply(self, obj: JSONObject) -> JSONObject:
        """What ``kubectl apply --server-side`` does."""
        kind = self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        return self.cluster.apply(kind, copy.deepcopy(obj), field_manager=USER, force=True)


@contextmanager
def installation(
    folder: Path, *, observers: Sequence[Observer] = (), workload_seconds: float = WORKLOAD_SECONDS
) -> Iterator[Installation]:
    """Start everything, logs in ``folder``, and stop it again. Raises ``ClickException`` if it does not start."""
    with ExitStack() as cleanup:
        cleanup.enter_context(_ended_by_signals())
        cleanup.enter_context(_logging(folder / "controllers.log"))
        url = cleanup.enter_context(_webhooks(folder / "webhooks.log"))
        cluster = InProcessCluster()
        cleanup.callback(cluster.close)
        _install_crds(cluster)
        _install_policies(cluster)
        workloads = cleanup.enter_context(Workloads(cluster, delay=workload_seconds))
        loop = ControllerLoop(cluster, base_url=url, observers=observers)
        for file in sorted(CONTROLLERS.glob("*.yaml")):
            loop.add_controller(read_object(file))
        loop.start()
        cleanup.callback(loop.stop)
        yield Installation(cluster, loop, workloads)


def read_object(file: Path) -> JSONObject:
    """The one object in a YAML file of ours."""
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A CI system ends what takes too long by SIGTERM: nothing of ours must go on running then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """A signal that comes within counts at the end: a process that is just being started would be lost, and go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: held.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for first in held[:1]:
        signal.raise_signal(first)


@contextmanager
def _logging(file: Path) -> Iterator[None]:
    """What the controllers have to say goes to a file: they meet conflicts all the time, and try again."""
    handler = logging.FileHandler(file)
    logger = logging.getLogger("tenantry.sandbox")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@contextmanager
def _webhooks(log: Path) -> Iterator[str]:
    """gunicorn with the webhooks on a free port; the answer is their URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {**os.environ, "TENANTRY_BIND": address}
    process: subprocess.Popen[bytes] | None = None
    try:
        with log.open("wb") as output, _signals_held_back():
            process = subprocess.Popen(
                [sys.executable, *GUNICORN], env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        _wait_until_ready(process, f"http://{address}", log)
        yield f"http://{address}"
    finally:
        if process is not None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{url}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.05)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise click.ClickException(f"The webhooks do not start. The end of their log:\n{tail}")


def _install_policies(cluster: Cluster) -> None:
    for file in sorted(POLICIES.glob("*.yaml")):
        for policy in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            kind = cluster.resource_type(policy["apiVersion"], kind=policy["kind"])
            cluster.create(kind, policy, field_manager=USER)


def _install_crds(cluster: Cluster) -> None:
    definitions = cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    for kind in KINDS:
        cluster.create(definitions, custom_resource_definition(kind), field_manager=USER)
