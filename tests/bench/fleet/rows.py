"""``python -m tests.bench.fleet.rows``: what a registry costs the webhooks with 100, 1,000 and 10,000 rows.

Hooks are called with requests recorded from a sandbox: no network, and of the time only the processor's.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console

from tenantry.kinds import KINDS, TENANT_SLICE
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workloads import Workloads
from tenantry.server.controllers import controllers
from tenantry.settings import Settings
from tests.bench.fleet import shops
from tests.bench.fleet.report import Sheet, machine, write_section
from tests.bench.measuring import Measured, measure
from tests.bench.recording import Recorded, recording
from tests.bench.slices import pretended_slices, ready_tenants

ROWS: Final = (100, 1_000, 10_000)
BUCKETS: Final = 64
LATER: Final = timedelta(hours=25)
"""After so long the poll of a registry that polls once a day is due."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured with so many rows."""

    rows: int
    poll: Measured
    resync: Measured
    tenant: Measured
    slice: Measured


@contextmanager
def sandbox(*objects: JSONObject) -> Iterator[Cluster]:
    """An in-process cluster with our CRDs and these objects."""
    cluster = InProcessCluster()
    try:
        for obj in (*(custom_resource_definition(kind) for kind in KINDS), *objects):
            kind = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            cluster.apply(kind, obj, field_manager="bench", force=True)
        yield cluster
    finally:
        cluster.close()


def record_registry(folder: Path, rows: int) -> list[Recorded]:
    """What a registry over so many rows is asked when all its tenants are Ready."""
    table = shops.Shops(folder / f"registry-{rows}.sqlite", rows)
    with sandbox(shops.template(), shops.registry(table.file, buckets=BUCKETS, interval="24h")) as cluster:
        with pretended_slices(cluster), recording(cluster, "registries", "templates"):
            pass
        with recording(cluster, "registries") as recorder:
            requests = recorder.requests("/registries/sync")
    ready = ready_tenants(orjson.loads(requests[0].body)["children"][TENANT_SLICE.type_key])
    if ready != rows:
        raise RuntimeError(f"{ready:,} of {rows:,} rows are in slices: what is measured would mean nothing")
    return requests


def record_slice(folder: Path, tenants: int) -> tuple[list[Recorded], list[Recorded]]:
    """What the tenants of one slice, and the slice, are asked when all are Ready."""
    table = shops.Shops(folder / f"slice-{tenants}.sqlite", tenants)
    objects = (shops.template(), shops.registry(table.file, buckets=1, interval="24h"))
    with sandbox(*objects) as cluster, Workloads(cluster), recording(cluster) as recorder:
        return recorder.requests("/tenants/sync"), recorder.requests("/slices/sync")


def costs_of(folder: Path, rows: int) -> Costs:
    """Record and measure one size."""
    registry = record_registry(folder, rows)
    tenant, its_slice = record_slice(folder, ceil(rows / BUCKETS))
    hooks = {controller.name: controller for controller in controllers(Settings(tenant_rate=0))}
    due = [replace(recorded, now=recorded.now + LATER) for recorded in registry]
    return Costs(
        rows=rows,
        poll=measure(hooks["registries"], "sync", due),
        resync=measure(hooks["registries"], "sync", registry),
        tenant=measure(hooks["tenants"], "sync", tenant[:2]),
        slice=measure(hooks["slices"], "sync", its_slice),
    )


def rows_sheet(costs: Sequence[Costs]) -> Sheet:
    """Milliseconds, kilobytes and ratios, a column for each size."""
    return Sheet(
        f"Webhooks' processor time by rows, {BUCKETS} slices: medians",
        ["", *(f"{each.rows:,} rows" for each in costs)],
        [
            *_lines("poll of the registry", [each.poll for each in costs]),
            *_lines("its sync between two polls", [each.resync for each in costs]),
            *_lines("sync of one tenant", [each.tenant for each in costs]),
            *_lines("sync of its slice", [each.slice for each in costs]),
            ["tenants in a slice", *(str(ceil(each.rows / BUCKETS)) for each in costs)],
        ],
    )


def _lines(title: str, measured: Sequence[Measured]) -> list[list[str]]:
    return [
        [f"{title}: ms", *(f"{seen.total / 1000:.2f}" for seen in measured)],
        ["  times the floor of JSON", *(f"{seen.ratio:.2f}" for seen in measured)],
        ["  kB asked + answered", *(_kilobytes(seen) for seen in measured)],
    ]


def _kilobytes(seen: Measured) -> str:
    return f"{seen.request / 1000:,.1f} + {seen.answer / 1000:,.1f}"


def main() -> int:
    """Measure what the arguments say. Answers an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet.rows", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS, help="sizes of the table")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table into this document")
    options = parser.parse_args()
    logging.getLogger("tenantry").setLevel(logging.CRITICAL)
    console = Console() if Console().is_terminal else Console(width=150)
    with tempfile.TemporaryDirectory(prefix="tenantry-rows-") as name:
        costs = []
        for rows in options.rows:
            costs.append(costs_of(Path(name), rows))
            console.log(f"{rows:,} rows")
    sheet = rows_sheet(costs)
    sheet.show(console)
    if options.write:
        write_section(options.write, "rows", f"{sheet.markdown}\n\nMeasured on {machine()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
