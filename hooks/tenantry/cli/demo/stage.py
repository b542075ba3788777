"""What the demo plays on: the webhooks in a process of their own, and a cluster with its controllers in this one."""

from __future__ import annotations

import copy
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import yaml

from tenantry.cli.demo.shops import Shops
from tenantry.cli.serve import GUNICORN
from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workloads import Workloads

USER: Final = "kubectl"
"""Field manager of what a person does in the demo."""
START_SECONDS: Final = 20.0
WORKLOAD_SECONDS: Final = 0.3
"""How long a Deployment takes to become ready."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running installation, and the things that a person would have at hand."""

    shops: Shops
    cluster: Cluster
    loop: ControllerLoop
    template: JSONObject
    registry: JSONObject

    def apply(self, obj: JSONObject) -> JSONObject:
        """What ``kubectl apply --server-side`` does."""
        kind = self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        return self.cluster.apply(kind, copy.deepcopy(obj), field_manager=USER, force=True)


def checkout() -> Path:
    """The checkout of the repository around this file. Raises ``ClickException`` when the package is installed."""
    folder = Path(__file__).parents[4]
    if not (folder / "compositecontrollers").is_dir():
        raise click.ClickException("The demo needs the repository's examples: run `make demo` in a checkout.")
    return folder


@contextmanager
def set_stage(folder: Path, repository: Path) -> Iterator[Stage]:
    """Start everything, files in ``folder``, and stop it again."""
    shops = Shops(folder / "shops.db")
    with ExitStack() as cleanup:
        cleanup.enter_context(_logging(folder / "controllers.log"))
        url = cleanup.enter_context(_webhooks(folder / "webhooks.log"))
        cluster = InProcessCluster()
        cleanup.callback(cluster.close)
        _install_crds(cluster)
        cleanup.enter_context(Workloads(cluster, delay=WORKLOAD_SECONDS))
        loop = ControllerLoop(cluster, base_url=url)
        for file in sorted((repository / "compositecontrollers").glob("*.yaml")):
            loop.add_controller(_read(file))
        loop.start()
        cleanup.callback(loop.stop)
        registry = _read(repository / "examples" / "shops" / "registry.yaml")
        registry["spec"]["source"]["sqlite"]["path"] = str(shops.file)
        yield Stage(shops, cluster, loop, _read(repository / "examples" / "shops" / "template.yaml"), registry)


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
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *GUNICORN], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_ready(process, f"http://{address}", log)
        yield f"http://{address}"
    finally:
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


def _install_crds(cluster: Cluster) -> None:
    definitions = cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    for kind in KINDS:
        cluster.create(definitions, custom_resource_definition(kind), field_manager=USER)


def _read(file: Path) -> JSONObject:
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document
