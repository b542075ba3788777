"""The command itself: runs the checks, and prints what they found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import click

from tenantry.cli.cluster import FORBIDDEN, Cluster, Refused
from tenantry.cli.connecting import cluster_options
from tenantry.cli.doctor.check import Check, State, ok, problem, warning
from tenantry.cli.doctor.controllers import check_controllers
from tenantry.cli.doctor.definitions import check_definitions
from tenantry.cli.doctor.metacontroller import check_metacontroller
from tenantry.cli.doctor.policy import check_policy
from tenantry.cli.doctor.traces import check_traces
from tenantry.cli.doctor.webhooks import check_webhooks
from tenantry.cli.output import console, escape, output_option, print_data
from tenantry.words import counted

OLDEST_KUBERNETES: Final = (1, 30)
PROBLEMS: Final = 1
_COLOURS: Final = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red"}


@click.command()
@click.option("--strict", is_flag=True, help="Take warnings for problems.")
@cluster_options
@output_option
def command(*, strict: bool, cluster: Cluster, output: str) -> None:
    """Tell what is missing from an installation, and what to do about it. Changes nothing.

    Looks at Kubernetes, Metacontroller and how it was started, our definitions, controllers and guard policy, the
    webhooks, and at what controllers left on objects. What you may not read is a warning.

    \b
    Exit codes: 0 all is well, 1 problems (with --strict warnings too),
    2 the cluster does not answer.

    \b
    Examples:
        tenantry doctor
        tenantry doctor --context production -o json
        helm test tenantry --namespace tenantry-system --logs
    """
    found = list(examine(cluster))
    told = [
        {"check": one.name, "state": one.state.value, "message": one.message, "wayOut": one.way_out} for one in found
    ]
    if not print_data(told, output):
        _show(found)
    if any(one.state is State.PROBLEM or (strict and one.state is State.WARNING) for one in found):
        sys.exit(PROBLEMS)


def examine(cluster: Cluster) -> Iterator[Check]:
    """All checks, one after the other. Raises ``ClusterError`` if the cluster does not answer."""
    checks: tuple[tuple[str, Callable[[Cluster], Iterable[Check]]], ...] = (
        ("Kubernetes", _check_kubernetes),
        ("Metacontroller", check_metacontroller),
        ("definitions", check_definitions),
        ("controllers", check_controllers),
        ("guard policy", check_policy),
        ("webhooks", check_webhooks),
        ("finalizers", check_traces),
    )
    for name, check in checks:
        try:
            yield from check(cluster)
        except Refused as refusal:
            if refusal.code != FORBIDDEN:
                raise
            yield warning(name, f"This cannot be told: {refusal.message}", "Ask somebody who may read it.")


def _check_kubernetes(cluster: Cluster) -> Iterator[Check]:
    version = cluster.version()
    told = f"{cluster.address} runs Kubernetes {version[0]}.{version[1]}."
    if version < OLDEST_KUBERNETES:
        yield problem("Kubernetes", told, f"Tenantry needs {'.'.join(map(str, OLDEST_KUBERNETES))} or later.")
    else:
        yield ok("Kubernetes", told)


def _show(found: list[Check]) -> None:
    screen = console()
    for one in found:
        screen.print(f"[{_COLOURS[one.state]}]{one.state.value:8}[/] {escape(one.name)}: {escape(one.message)}")
        if one.way_out:
            screen.print(f"         → {escape(one.way_out)}")
    problems = sum(one.state is State.PROBLEM for one in found)
    warnings = sum(one.state is State.WARNING for one in found)
    told = f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}"
    screen.print(f"{counted(len(found), 'check')}: {told}.")
