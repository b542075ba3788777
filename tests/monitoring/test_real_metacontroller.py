"""The real Metacontroller shows the metrics that the dashboards ask for."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tenantry.sandbox.apiserver import ApiServer
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program
from tests.controlplane.process import Process, free_port
from tests.controlplane.product import Webhooks, composite_controllers, crd_files, install_controllers
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.monitoring.objects import BY_HAND
from tests.monitoring.queries import METACONTROLLER


def test_its_metrics_have_the_names_and_labels_that_we_ask_for(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    webhooks = Webhooks(tmp_path / "webhooks.log")
    try:
        with ControlPlane(programs(), crds=[metacontroller_crds(), *crd_files()]) as plane:
            cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
            install_controllers(cluster, composite_controllers(webhooks.url))
            arguments = [f"--kubeconfig={plane.kubeconfig}", "--apply-strategy=server-side-apply"]
            arguments += ["--discovery-interval=5s", f"--metrics-address={address}", "--health-probe-bind-address=0"]
            log = tmp_path / "metacontroller.log"
            process = Process("metacontroller", [str(metacontroller_program()), *arguments], log)
            tenant = {key: value for key, value in BY_HAND.items() if key != "status"}
            cluster.create(cluster.resource_type(tenant["apiVersion"], kind="Tenant"), tenant, field_manager="test")
            try:
                process.wait_until(lambda: set(METACONTROLLER) <= set(shown_at(address)))
                shown = shown_at(address)
            finally:
                process.stop()
                cluster.close()
    finally:
        webhooks.stop()
    for name, labels in METACONTROLLER.items():
        assert set(labels) <= shown[name]


def shown_at(address: str) -> dict[str, set[str]]:
    """Each series' name with its labels; nothing if nobody listens."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}/metrics") as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("controller_name", "").startswith("tenantry-")
    }
