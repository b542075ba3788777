"""What a cluster gets of Tenantry: its CRDs, its controllers, and the webhooks under gunicorn."""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import yaml

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tests.controlplane.process import Process, free_port

REPOSITORY = Path(__file__).parents[2]


def crd_files() -> list[Path]:
    """The CRDs as the chart installs them."""
    return sorted((REPOSITORY / "crds").glob("*.yaml"))


def composite_controllers(webhooks_url: str) -> list[JSONObject]:
    """Our CompositeControllers as they are shipped, but for the address of the webhooks."""
    controllers = []
    for file in sorted((REPOSITORY / "compositecontrollers").glob("*.yaml")):
        for controller in yaml.safe_load_all(file.read_text()):
            if controller:
                for webhook in _webhooks(controller):
                    webhook["url"] = _moved(webhook["url"], webhooks_url)
                controllers.append(controller)
    return controllers


def install_controllers(cluster: Cluster, controllers: Iterable[JSONObject]) -> list[JSONObject]:
    """Apply CompositeControllers, as ``kubectl apply --server-side -f compositecontrollers`` would; they come back."""
    return [
        cluster.apply(
            cluster.resource_type(controller["apiVersion"], kind=controller["kind"]), controller, field_manager="setup"
        )
        for controller in controllers
    ]


class Webhooks:
    """The webhooks as the product runs them: gunicorn on a port of its own, which stays the same over restarts.

    ``settings`` are environment variables, beside those of this process.
    """

    def __init__(self, log: Path, settings: Mapping[str, str] | None = None) -> None:
        self.log = log
        self._settings = dict(settings or {})
        self._port = free_port()
        self.process = self._start()

    @property
    def url(self) -> str:
        """Where they listen."""
        return f"http://127.0.0.1:{self._port}"

    def restart(self) -> None:
        """Stop them and start them again on the same port."""
        self.stop()
        self.process = self._start()

    def stop(self) -> None:
        """Ask gunicorn to end, which lets requests in flight finish."""
        self.process.stop()

    def _start(self) -> Process:
        command = [sys.executable, "-m", "gunicorn", "-c", "python:tenantry.server.gunicorn_conf"]
        process = Process(
            "webhooks",
            [*command, "--bind", f"127.0.0.1:{self._port}", "tenantry.server:create_app()"],
            self.log,
            env={
                **self._settings,
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "hooks"), os.environ.get("PYTHONPATH", "")]),
            },
        )
        try:
            process.wait_until(self._ready)
        except BaseException:
            process.stop()
            raise
        return process

    def _ready(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _webhooks(controller: JSONObject) -> Iterator[JSONObject]:
    for hook in controller["spec"]["hooks"].values():
        yield hook["webhook"]


def _moved(url: str, base: str) -> str:
    """The path of ``url`` at the address of ``base``."""
    address = urlsplit(base)
    return urlunsplit(urlsplit(url)._replace(scheme=address.scheme, netloc=address.netloc))
