"""The real kube-state-metrics on a real control plane: it shows what we say it does, and nothing of what is deleted."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tenantry.sandbox.apiserver import ApiServer
from tests.controlplane.process import Process, free_port
from tests.controlplane.product import crd_files
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.monitoring.kube_state import FILE, Sample, samples
from tests.monitoring.objects import OBJECTS, TENANT, name_of
from tests.monitoring.programs import kube_state_metrics

PATIENCE = 30.0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiServer, Path]]:
    """A real control plane with our objects on it, and its kubeconfig."""
    with ControlPlane(programs(), crds=crd_files()) as plane:
        client = ApiServer.from_kubeconfig(plane.kubeconfig)
        for obj in OBJECTS:
            kind = client.resource_type(obj["apiVersion"], kind=obj["kind"])
            made = client.create(kind, {key: obj[key] for key in obj if key != "status"}, field_manager="test")
            client.update_status(kind, {**made, "status": obj["status"]}, field_manager="test")
        yield client, plane.kubeconfig
        client.close()


@pytest.fixture(scope="module")
def address(cluster: tuple[ApiServer, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where kube-state-metrics shows our objects and nothing else."""
    port = free_port()
    log = tmp_path_factory.mktemp("kube-state-metrics") / "log"
    process = Process(
        "kube-state-metrics",
        [
            str(kube_state_metrics()),
            f"--kubeconfig={cluster[1]}",
            "--custom-resource-state-only=true",
            f"--custom-resource-state-config-file={FILE}",
            "--host=127.0.0.1",
            f"--port={port}",
            "--telemetry-host=127.0.0.1",
            f"--telemetry-port={free_port()}",
        ],
        log,
    )
    found = f"http://127.0.0.1:{port}/metrics"
    try:
        process.wait_until(lambda: bool(shown_at(found)))
        yield found
    finally:
        process.stop()


def shown_at(address: str) -> list[Sample]:
    """Our series there; none if nobody listens."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=5) as answer:
            text = answer.read().decode()
    except OSError:
        return []
    # The parser knows no state sets, which are gauges otherwise.
    text = re.sub("^(# TYPE .*) stateset$", r"\1 gauge", text, flags=re.MULTILINE)
    return sorted(
        Sample(sample.name, tuple(sorted(sample.labels.items())), sample.value)
        for metric in text_string_to_metric_families(text)
        for sample in metric.samples
        if sample.name.startswith("kube_tenantry_")
    )


def eventually(true: Callable[[], bool]) -> bool:
    """Whether it becomes so in time."""
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.2)
    return true()


def test_it_shows_what_our_configuration_means(address: str) -> None:
    eventually(lambda: shown_at(address) == samples(OBJECTS))
    assert shown_at(address) == samples(OBJECTS)


def test_what_is_deleted_has_no_series_any_more(address: str, cluster: tuple[ApiServer, Path]) -> None:
    client = cluster[0]
    client.delete(client.resource_type(TENANT["apiVersion"], kind=TENANT["kind"]), name_of(TENANT))
    left = samples(obj for obj in OBJECTS if obj is not TENANT)
    assert eventually(lambda: shown_at(address) == left)
