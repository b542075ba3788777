"""Explore all cases and show progress: ``python -m tests.explorer --depth 4 --jobs 2``."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.explorer.cases import Case, cases
from tests.explorer.explore import Counts, Explorer, Violation


@click.command()
@click.option("--depth", default=4, show_default=True, help="How many events happen one after the other.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Cases that are explored at a time.")
@click.option("--only", default="", help="Only cases whose description holds this text.")
def main(depth: int, jobs: int, only: str) -> None:
    """Try every order of events on small tenants. Ends with 1 if something happens that must not."""
    console = Console(stderr=True)
    chosen = [case for case in cases() if only in str(case)]
    began = time.perf_counter()
    total = Counts(0, 0)
    broken: list[str] = []
    columns = (TextColumn("exploring"), BarColumn(), MofNCompleteColumn(), TextColumn("cases"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ProcessPoolExecutor(jobs) as pool:
        task = progress.add_task("", total=len(chosen))
        for future in as_completed([pool.submit(_explored, case, depth) for case in chosen]):
            found = future.result()
            progress.advance(task)
            if isinstance(found, str):
                broken.append(found)
                console.print(found, markup=False, highlight=False)
            else:
                total = Counts(*(one + other for one, other in zip(total, found, strict=True)))
    seconds = time.perf_counter() - began
    told = f"{len(chosen)} cases, depth {depth}: {total.states:,} states, {total.syncs:,} syncs, {seconds:.0f} s"
    console.print(f"{told}, {len(broken)} of them broken" if broken else told)
    sys.exit(1 if broken else 0)


def _explored(case: Case, depth: int) -> Counts | str:
    try:
        return Explorer(case).explore(depth)
    except Violation as violation:
        return str(violation)


if __name__ == "__main__":
    main()
