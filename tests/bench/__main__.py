"""``python -m tests.bench``: measure, and print tables."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import orjson
from rich.console import Console
from rich.table import Table

from tenantry.kinds import KINDS, TENANT_SLICE
from tenantry.kinds.crd import custom_resource_definition
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import Statistics
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workloads import Workloads
from tenantry.server.controllers import controllers as all_controllers
from tenantry.server.hooks import Hook
from tenantry.settings import Settings, available_cores
from tests.bench import shop, situations
from tests.bench.load import CLIENTS, CONNECTIONS, Throughput, measure_load
from tests.bench.measuring import Measured, measure, measure_compile
from tests.bench.recording import (
    QUIET_SECONDS,
    Recorded,
    recording,
    start_loop,
    wait_until_quiet,
)
from tests.bench.slices import pretended_slices, ready_tenants
from tests.controlplane.product import Webhooks

TENANTS = 100
LARGE_TENANTS = 5
SHOPS_OF_LARGE_TENANT = 10
REGISTRY_ROWS = 10_000
REGISTRY_SLICES = 64
UNBOUNDED = Settings(tenant_rate=0)
"""The same tenants are synced over and over, which is what a bound on the calls of each is there to stop."""
NOT_OF_A_TENANT = {kind.name for kind in KINDS} | {"Event"}

console = Console() if Console().is_terminal else Console(width=120)


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was seen while tenants came into being, and what is asked once they are there."""

    seconds: float
    statistics: Statistics
    requests: dict[str, list[Recorded]]


@contextmanager
def sandbox(*objects: JSONObject) -> Iterator[Cluster]:
    """A sandbox with our CRDs and these objects."""
    cluster = InProcessCluster()
    try:
        for kind in KINDS:
            _apply(cluster, custom_resource_definition(kind))
        for obj in objects:
            _apply(cluster, obj)
        yield cluster
    finally:
        cluster.close()


def _apply(cluster: Cluster, obj: JSONObject) -> None:
    kind = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
    cluster.apply(kind, obj, field_manager="bench", force=True)


def make_fleet(url: str, folder: Path) -> Fleet:
    """Let tenants come into being, all in one slice, and record what is asked when they are Ready."""
    database = folder / "fleet.db"
    shop.create_shops(database, TENANTS)
    with sandbox(shop.template()) as cluster, Workloads(cluster):
        loop = start_loop(cluster, url)
        try:
            wait_until_quiet(loop)
            before, started = loop.statistics.snapshot(), perf_counter()
            _apply(cluster, shop.registry(database, buckets=1))
            wait_until_quiet(loop)
            seconds = perf_counter() - started - QUIET_SECONDS
            statistics = loop.statistics.since(before)
        finally:
            loop.stop()
        _require_ready(cluster, TENANTS, shop.OBJECTS)
        with recording(cluster) as recorder:
            paths = ("/tenants/sync", "/tenants/customize", "/slices/sync", "/templates/sync")
            return Fleet(seconds, statistics, {path: recorder.requests(path) for path in paths})


def _require_ready(cluster: Cluster, number: int, objects: int) -> None:
    tenants = cluster.list(cluster.resource_type(API_VERSION, kind="Tenant"))
    ready = [t for t in tenants if (t.get("status", {}).get("counts") or {}).get("ready") == objects]
    if len(ready) != number:
        raise RuntimeError(f"{len(ready)} of {number} tenants are Ready: what is measured would mean nothing")


def record_registry(folder: Path) -> list[Recorded]:
    """What a registry is asked between two polls when all its tenants are Ready."""
    database = folder / "registry.db"
    shop.create_shops(database, REGISTRY_ROWS)
    with sandbox(shop.template(), shop.registry(database, buckets=REGISTRY_SLICES)) as cluster:
        with pretended_slices(cluster), recording(cluster, "registries", "templates"):
            pass
        with recording(cluster, "registries") as recorder:
            requests = recorder.requests("/registries/sync")
    ready = ready_tenants(orjson.loads(requests[0].body)["children"][TENANT_SLICE.type_key])
    if ready != REGISTRY_ROWS:
        raise RuntimeError(f"{ready:,} of {REGISTRY_ROWS:,} rows are in slices: what is measured would mean nothing")
    return requests


def record_large_tenants(folder: Path) -> list[Recorded]:
    """What tenants of many objects are asked when they are Ready."""
    database = folder / "large.db"
    shop.create_shops(database, LARGE_TENANTS)
    objects = (shop.template(SHOPS_OF_LARGE_TENANT), shop.registry(database, buckets=1))
    with sandbox(*objects) as cluster, Workloads(cluster), recording(cluster) as recorder:
        _require_ready(cluster, LARGE_TENANTS, SHOPS_OF_LARGE_TENANT * shop.OBJECTS)
        return recorder.requests("/tenants/sync")


def measure_hooks(fleet: Fleet, large: list[Recorded], registry: list[Recorded]) -> Iterator[tuple[str, Measured]]:
    """Each hook, with what the table calls it."""
    controllers = {controller.name: controller for controller in all_controllers(UNBOUNDED)}
    settled = fleet.requests["/tenants/sync"]
    many = f"  {SHOPS_OF_LARGE_TENANT * shop.OBJECTS} objects, {SHOPS_OF_LARGE_TENANT * shop.EXPRESSIONS} expressions"
    hooks: tuple[tuple[str, str, Hook, list[Recorded]], ...] = (
        (f"tenant: {shop.OBJECTS} objects, {shop.EXPRESSIONS} expressions", "tenants", "sync", settled),
        ("  its plan is not remembered", "tenants", "sync", situations.unseen(settled)),
        ("  first sync", "tenants", "sync", situations.first(settled)),
        ("  one entry fails", "tenants", "sync", situations.failing(settled)),
        ("  finalize", "tenants", "finalize", situations.finalizing(settled)),
        (many, "tenants", "sync", large),
        (f"slice of {TENANTS} tenants", "slices", "sync", fleet.requests["/slices/sync"]),
        (f"registry of {REGISTRY_SLICES} slices, {REGISTRY_ROWS:,} rows", "registries", "sync", registry),
        ("template", "templates", "sync", fleet.requests["/templates/sync"]),
        ("tenant: customize", "tenants", "customize", fleet.requests["/tenants/customize"]),
    )
    for title, name, hook, recorded in hooks:
        with console.status(f"Measuring {title} …"):
            yield title, measure(controllers[name], hook, recorded)


def hook_table(rows: list[tuple[str, Measured]]) -> Table:
    """Microseconds by hook."""
    table = Table(title="Hooks, everything Ready: medians in µs of processor time", title_justify="left")
    table.add_column("hook")
    for column in ("request KiB", "answer KiB", "floor: JSON", "whole call", "ratio", "all but JSON", "hook alone"):
        table.add_column(column, justify="right")
    for title, seen in rows:
        sizes = (f"{seen.request / 1024:.1f}", f"{seen.answer / 1024:.1f}")
        table.add_row(
            title, *sizes, f"{seen.floor:.0f}", f"{seen.total:.0f}", f"{seen.ratio:.2f}", f"{seen.own:.0f}",
            f"{seen.hook:.0f}",
        )  # fmt: skip
    table.caption = "Aim: tenant and slice at most 2.0 × the floor, and at most 130 µs beside JSON for the tenant."
    table.caption_justify = "left"
    return table


def compile_table() -> Table:
    """Milliseconds of compiling a template."""
    table = Table(title="Compiling a template, once for each worker and revision: medians", title_justify="left")
    table.add_column("template")
    table.add_column("ms", justify="right")
    for shops in (1, SHOPS_OF_LARGE_TENANT):
        with console.status("Compiling …"):
            milliseconds = measure_compile(shop.template(shops))
        title = f"{shops * shop.OBJECTS} objects, {shops * shop.EXPRESSIONS} expressions"
        table.add_row(title, f"{milliseconds:.1f}")
    table.caption = f"Aim: at most 20 ms for {shop.OBJECTS} objects."
    table.caption_justify = "left"
    return table


def load_table(seen: Throughput) -> Table:
    """Requests a second."""
    cores = available_cores()
    table = Table(title=f"gunicorn on loopback, {cores} cores shared with the clients", title_justify="left")
    for column in ("tenant syncs a second", "median ms", "99 % below ms", "not answered with 200"):
        table.add_column(column, justify="right")
    table.add_row(
        f"{seen.requests_per_second:,.0f}", f"{seen.median_ms:.1f}", f"{seen.slow_ms:.1f}", str(seen.failures)
    )
    table.caption = f"{CLIENTS} processes with {CONNECTIONS} kept connections each."
    table.caption_justify = "left"
    return table


def fleet_table(fleet: Fleet) -> Table:
    """Syncs and writes for each tenant until all is quiet."""
    statistics = fleet.statistics
    tenants = {verb: number for (verb, kind), number in statistics.writes.items() if _kind(kind) == "Tenant"}
    objects = sum(n for (_, kind), n in statistics.writes.items() if _kind(kind) not in NOT_OF_A_TENANT)
    writes = (objects, tenants.get("update", 0), tenants.get("update_status", 0), tenants.get("apply", 0))
    others = sum(n for (_, kind), n in statistics.writes.items() if _kind(kind) in NOT_OF_A_TENANT - {"Tenant"})
    syncs = statistics.syncs["tenantry-tenants"]
    most = max((n for (name, _), n in statistics.parent_syncs.items() if name == "tenantry-tenants"), default=0)
    table = Table(title=f"From nothing to {TENANTS} Ready tenants, sandbox and loop", title_justify="left")
    table.add_column("for each tenant")
    table.add_column("number", justify="right")
    table.add_row("syncs", f"{syncs / TENANTS:.2f}")
    table.add_row("  of one tenant at most", str(most), end_section=True)
    for name, number in zip(("objects", "finalizer", "status", "Tenant, by its slice"), writes, strict=True):
        table.add_row(f"writes: {name}", f"{number / TENANTS:.2f}")
    table.add_row("writes in all", f"{sum(writes) / TENANTS:.2f}", end_section=True)
    table.add_row("writes of slices, registry, template, Events, in all", str(others))
    table.add_row("refused writes, in all", str(statistics.refusals.total()))
    table.add_row("failed syncs, in all", str(statistics.sync_errors.total()))
    table.add_row("seconds, in all", f"{fleet.seconds:.1f}")
    table.caption = f"Aim: at most 4 syncs, and at most {shop.OBJECTS + 3} writes (the objects + 3)."
    table.caption_justify = "left"
    return table


def _kind(type_key: str) -> str:
    return type_key.partition(".")[0]


def main() -> None:
    """Measure everything."""
    logging.getLogger("tenantry").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as name:
        folder = Path(name)
        webhooks = Webhooks(folder / "webhooks.log", {"TENANTRY_TENANT_RATE": "0"})
        try:
            with console.status(f"Making {TENANTS} tenants in the sandbox …"):
                fleet = make_fleet(webhooks.url, folder)
            console.print(fleet_table(fleet), "")
            with console.status("Asking gunicorn as fast as possible …"):
                bodies = [recorded.body for recorded in fleet.requests["/tenants/sync"]]
                load = measure_load(webhooks.url, "/tenants/sync", bodies)
            console.print(load_table(load), "")
        finally:
            webhooks.stop()
        with console.status(f"Recording a registry of {REGISTRY_ROWS:,} rows …"):
            registry = record_registry(folder)
        with console.status(f"Making {LARGE_TENANTS} tenants of {SHOPS_OF_LARGE_TENANT * shop.OBJECTS} objects …"):
            large = record_large_tenants(folder)
        console.print(hook_table(list(measure_hooks(fleet, large, registry))), "")
        console.print(compile_table())


if __name__ == "__main__":
    main()
