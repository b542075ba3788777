"""``make soak``: disorder for some minutes, and then the question whether all is as it shall be."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.controlplane.metacontroller import metacontroller_program
from tests.scenarios.harness.backend import BACKENDS, Backend
from tests.scenarios.harness.world import World
from tests.soak.churn import Churn
from tests.soak.keepsakes import Keepsakes
from tests.soak.model import Fleet
from tests.soak.verdict import REPORTED, differences

EVENT_SECONDS = 2.0
LOOK_SECONDS = 3.0


def main() -> int:
    """Run with what the arguments say. The exit code is 1 if anything is not as it shall be."""
    options = _options()
    console = Console() if Console().is_terminal else Console(width=140)
    console.log(f"{options.backend}, {options.tenants} tenants, {options.minutes:g} minutes, --seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="tenantry-soak-") as name, BACKENDS[options.backend](Path(name)) as backend:
        problems = soak(backend, Path(name), options, console)
        if problems and options.keep_logs:
            for log in backend.logs():
                options.keep_logs.mkdir(parents=True, exist_ok=True)
                (options.keep_logs / log.name).write_bytes(log.read_bytes())
    for problem in problems[:REPORTED]:
        console.print(f"[red]{problem}[/red]")
    if len(problems) > REPORTED:
        console.print(f"and {len(problems) - REPORTED} more")
    console.print("all is as it shall be" if not problems else f"again with: --seed {options.seed}")
    return 1 if problems else 0


def soak(backend: Backend, folder: Path, options: argparse.Namespace, console: Console) -> Sequence[str]:
    """Everything that is wrong at the end; nothing if all is well."""
    world = World(backend, folder)
    fleet = Fleet(world.name)
    churn = Churn(world, fleet, tenants=options.tenants, seed=options.seed)
    keepsakes = Keepsakes(backend.cluster, world.name)
    try:
        churn.fill()
        churn.apply_template()
        world.apply_registry(
            source={"syncInterval": "2s", "sqlite": {"path": str(world.shops.file), "table": "shops"}},
            buckets=options.buckets,
            safety={"maxDeletions": "100%"},
        )
        _until_as_wanted(world, fleet, options.patience, console)
        console.log(f"{len(fleet.shops)} tenants are there; the disorder begins")
        end = time.monotonic() + options.minutes * 60
        while time.monotonic() < end:
            churn.step()
            time.sleep(EVENT_SECONDS)
        churn.settle()
        console.log(f"it is over: {dict(sorted(churn.done.items()))}, {len(fleet.shops)} tenants shall be there")
        left = _until_as_wanted(world, fleet, options.patience, console)
        console.log(f"{keepsakes.seen} retained objects were seen")
        return [*left, *keepsakes.losses(), *world.broken_hooks(), *(f"{name} ended" for name in backend.ended())]
    finally:
        keepsakes.close()


def _until_as_wanted(world: World, fleet: Fleet, patience: float, console: Console) -> list[str]:
    """Wait until all is as it shall be; what is not when patience ends."""
    started = time.monotonic()
    while left := differences(world, fleet):
        if time.monotonic() - started > patience:
            return [*left, world.situation()] if len(left) < REPORTED else left
        time.sleep(LOOK_SECONDS)
    console.log(f"as it shall be after {time.monotonic() - started:.0f} s")
    return left


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    usual = "metacontroller" if metacontroller_program() else "apiserver"
    parser.add_argument("--backend", choices=sorted(BACKENDS), default=usual, help="where it runs")
    parser.add_argument("--tenants", type=int, default=300, help="rows at the beginning")
    parser.add_argument("--buckets", type=int, default=16, help="slices of the registry")
    parser.add_argument("--minutes", type=float, default=5, help="how long the disorder lasts")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(1_000_000), help="the same makes the same choices"
    )
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait for order")
    parser.add_argument("--keep-logs", type=Path, metavar="FOLDER", help="where logs go if something is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
