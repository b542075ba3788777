"""``python -m tests.bench.fleet``: make a fleet, change it, let it rest, and print what that cost."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from rich.console import Console

from tenantry.names import API_VERSION, POLL_NOW_ANNOTATION
from tests.bench.fleet import floor, shops
from tests.bench.fleet.audit import BENCH
from tests.bench.fleet.course import Course, Part, RegistryWatch
from tests.bench.fleet.plane import Plane, running_plane
from tests.bench.fleet.report import CREATED, FLOOR, course_sheet, machine, requests_sheet, write_section


def main() -> int:
    """Measure what the arguments say. Answers an exit code."""
    options = _options()
    console = Console() if Console().is_terminal else Console(width=150)
    parts: list[Part] = []
    driver = problem = ""
    try:
        if options.floor:
            measure_floor(options, console, parts)
        with tempfile.TemporaryDirectory(prefix="tenantry-fleet-") as name, running_plane(Path(name)) as plane:
            driver = plane.driver
            measure(plane, Path(name), options, console, parts)
    except (TimeoutError, KeyboardInterrupt) as stopped:
        problem = str(stopped) or "interrupted"
    if not parts:
        console.print(problem)
        return 1
    sheet = course_sheet(
        parts, driver=f"{driver}, one column secret" if options.secrets else driver, objects=options.objects
    )
    for part in parts if options.requests else ():
        requests_sheet(part).show(console)
    sheet.show(console)
    console.print(machine())
    if problem:
        console.print(f"not all is measured: {problem}")
        return 1
    if options.write:
        write_section(options.write, options.section, f"{sheet.markdown}\n\nMeasured on {machine()}.")
    return 0


def measure_floor(options: argparse.Namespace, console: Console, parts: list[Part]) -> None:
    """The same objects by a hook that decides nothing, on a control plane of its own, into ``parts``."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="tenantry-floor-")))
        plane = cleanup.enter_context(running_plane(folder, crds=[floor.CRD]))
        watch = floor.ParentsWatch(plane)
        cleanup.callback(watch.close)
        plane.install([floor.controller(cleanup.enter_context(floor.bare_hook()), objects=options.objects)])
        course = Course(plane, watch, tenants=options.tenants)
        course.forget()
        make = partial(floor.make_parents, plane, options.tenants, objects=options.objects)
        resources = shops.RESOURCES[options.objects]
        parts.append(course.change(FLOOR, make, resources=resources, timeout=options.timeout))
        console.log("the floor is measured")


def measure(plane: Plane, folder: Path, options: argparse.Namespace, console: Console, parts: list[Part]) -> None:
    """Measure one part after the other, into ``parts``: what is there counts even if the next takes too long."""
    table = shops.Shops(folder / "shops.sqlite", options.tenants)
    registry = shops.registry(table.file, buckets=options.buckets, secrets=options.secrets)
    watch = RegistryWatch(plane)
    course = Course(plane, watch, tenants=options.tenants)
    resources, timeout = shops.RESOURCES[options.objects], options.timeout

    def create() -> None:
        plane.apply(shops.template(objects=options.objects, secrets=options.secrets))
        plane.apply(registry)

    def change_column() -> None:
        table.set_plan("pro")
        _poll_now(plane)

    def change_template() -> None:
        plane.apply(shops.template(objects=options.objects, image="shop:2", secrets=options.secrets))

    try:
        course.forget()
        parts.append(course.change(CREATED, create, resources=resources, timeout=timeout))
        console.log("created")
        if not options.only_create:
            parts.append(course.change("one column", change_column, resources=("configmaps",), timeout=timeout))
            console.log("one column changed")
            parts.append(course.change("template", change_template, resources=("deployments",), timeout=timeout))
            console.log("template changed")
        if options.idle:
            parts.append(course.idle(options.idle))
    finally:
        watch.close()


def _poll_now(plane: Plane) -> None:
    kind = plane.cluster.resource_type(API_VERSION, kind="TenantRegistry")
    patch = {"metadata": {"annotations": {POLL_NOW_ANNOTATION: "column"}}}
    plane.cluster.patch(kind, shops.REGISTRY, patch, field_manager=BENCH)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fleet", description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000, help="rows of the table")
    parser.add_argument("--objects", type=int, choices=sorted(shops.RESOURCES), default=5, help="objects of a tenant")
    parser.add_argument("--buckets", type=int, default=64, help="slices of the registry")
    parser.add_argument("--secrets", action="store_true", help="one column is secret")
    parser.add_argument(
        "--floor", action="store_true", help="first make the same objects by a hook that decides nothing"
    )
    parser.add_argument("--idle", type=float, default=180, help="seconds to look at it when all is done; 0: do not")
    parser.add_argument("--only-create", action="store_true", help="change nothing once the tenants are there")
    parser.add_argument("--requests", action="store_true", help="also print who asked what of the API server")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that one part may take")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table into this document")
    parser.add_argument("--section", default="fleet", help="between the marks of this name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
