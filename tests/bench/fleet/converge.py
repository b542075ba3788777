"""``python -m tests.bench.fleet.converge``: thousands of tenants come to rest in the sandbox.

The cluster is in this process, and our loop drives the hooks: it tells that nothing keeps itself busy, not how fast a
real cluster would be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop, Statistics
from tenantry.sandbox.workloads import Workloads
from tests.bench.fleet import shops
from tests.bench.fleet.report import Sheet, machine, write_section
from tests.bench.fleet.rows import sandbox
from tests.bench.fleet.usage import Usage, usage_of
from tests.bench.recording import start_loop
from tests.controlplane.product import Webhooks

OBJECTS = 3
QUIET_SECONDS = 5.0


def converge(folder: Path, tenants: int, *, buckets: int, timeout: float, console: Console) -> Sheet:
    """Make the tenants and wait until nothing happens.

    Raises ``TimeoutError``, or ``RuntimeError`` if one is not Ready.
    """
    table = shops.Shops(folder / "shops.sqlite", tenants)
    registry = shops.registry(table.file, buckets=buckets, interval="24h")
    webhooks = Webhooks(folder / "webhooks.log")
    try:
        with sandbox(shops.template(objects=OBJECTS), registry) as cluster, Workloads(cluster):
            before, started = usage_of({"webhooks": webhooks.process.pid, "bench": _own()}), time.monotonic()
            loop = start_loop(cluster, webhooks.url)
            try:
                _wait(loop, cluster, timeout, console)
                seconds = time.monotonic() - started - QUIET_SECONDS
                statistics = loop.statistics.snapshot()
                used = usage_of({"webhooks": webhooks.process.pid, "bench": _own()})
            finally:
                loop.stop()
            _require_ready(cluster, tenants)
    finally:
        webhooks.stop()
    return _sheet(statistics, tenants, seconds, {name: usage.since(before[name]) for name, usage in used.items()})


def _own() -> int:
    return int(Path("/proc/self").resolve().name)


def _wait(loop: ControllerLoop, cluster: Cluster, timeout: float, console: Console) -> None:
    deadline = time.monotonic() + timeout
    while not loop.wait_until_quiet(30.0, quiet_for=QUIET_SECONDS):
        counts = _counts(cluster)
        console.log(f"{counts.get('total', 0):,} tenants, {counts.get('ready', 0):,} of them ready")
        if time.monotonic() > deadline:
            raise TimeoutError(f"not quiet after {timeout:.0f} s")


def _counts(cluster: Cluster) -> JSONObject:
    registry = cluster.get(cluster.resource_type(API_VERSION, kind="TenantRegistry"), shops.REGISTRY)
    return dict((registry.get("status") or {}).get("tenants") or {})


def _require_ready(cluster: Cluster, tenants: int) -> None:
    ready = _counts(cluster).get("ready", 0)
    if ready != tenants:
        raise RuntimeError(f"all is quiet, and {ready:,} of {tenants:,} tenants are Ready")


def _sheet(statistics: Statistics, tenants: int, seconds: float, used: dict[str, Usage]) -> Sheet:
    rows = [
        ["seconds until all is quiet", f"{seconds:.0f}"],
        ["writes for each tenant", f"{statistics.total_writes / tenants:.2f}"],
        ["refused writes", f"{statistics.refusals.total():,}"],
        ["syncs that failed", f"{statistics.sync_errors.total():,}"],
    ]
    rows += [[f"syncs: {name}", f"{number:,}"] for name, number in sorted(statistics.syncs.items())]
    for name, usage in used.items():
        title = "cluster and loop" if name == "bench" else name
        rows.append([f"{title}: processor seconds", f"{usage.seconds:.0f}"])
        rows.append([f"{title}: peak MiB", f"{usage.mebibytes:,.0f}"])
    return Sheet(f"{tenants:,} tenants of {OBJECTS} objects in the sandbox", ["", "number"], rows)


def main() -> int:
    """Measure what the arguments say. Answers an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet.converge", description=__doc__)
    parser.add_argument("--tenants", type=int, default=10_000, help="rows of the table")
    parser.add_argument("--buckets", type=int, default=256, help="slices of the registry")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds that it may take")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table into this document")
    options = parser.parse_args()
    console = Console() if Console().is_terminal else Console(width=120)
    with tempfile.TemporaryDirectory(prefix="tenantry-converge-") as name:
        sheet = converge(Path(name), options.tenants, buckets=options.buckets, timeout=options.timeout, console=console)
    sheet.show(console)
    if options.write:
        write_section(options.write, "sandbox", f"{sheet.markdown}\n\nMeasured on {machine()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
