"""Is Metacontroller there, new enough, and started as Tenantry needs it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tenantry.cli.cluster import CONTROLLERS, Cluster, Resource
from tenantry.cli.doctor.check import Check, ok, problem, warning
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject

NAME: Final = "Metacontroller"
OLDEST: Final = (4, 17)
SERVER_SIDE_APPLY: Final = "server-side-apply"
ENOUGH_QPS: Final = 50.0
"""Requests a second: every sync costs at least one."""
DEFAULTS: Final = {
    "apply-strategy": "dynamic-apply",
    "apply-strategy-ssa-field-manager": "metacontroller",
    "client-go-qps": "5",
    "cache-flush-interval": "30m",
    "target-label-selector": "",
    "leader-election": "false",
}
"""What Metacontroller 4.17 does where a flag is not given."""
WORKLOADS: Final = (
    Resource("apps/v1", "deployments", "Deployment", namespaced=True),
    Resource("apps/v1", "statefulsets", "StatefulSet", namespaced=True),
)
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")
_FLAG: Final = re.compile(r"--?([a-z][a-z-]*)(?:=(.*))?", re.DOTALL)
_MINUTES: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:\d+s)?")


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or StatefulSet that runs Metacontroller."""

    called: str
    image: str
    flags: dict[str, str]
    replicas: int
    ready: int

    @property
    def version(self) -> tuple[int, int] | None:
        """As far as the image's tag tells it."""
        tag = self.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        found = _VERSION.match(tag)
        return (int(found[1]), int(found[2])) if found else None

    def flag(self, name: str) -> str:
        """The value that counts."""
        return self.flags.get(name, DEFAULTS[name])


def check_metacontroller(cluster: Cluster) -> Iterator[Check]:
    """All that can be told of Metacontroller from outside."""
    if cluster.resource(CONTROLLERS.api_version, plural=CONTROLLERS.plural) is None:
        yield problem(
            NAME,
            "It is not installed: the cluster does not know CompositeControllers.",
            f"Install Metacontroller {'.'.join(map(str, OLDEST))} or later with --apply-strategy={SERVER_SIDE_APPLY}.",
        )
        return
    found = [workload for resource in WORKLOADS for obj in cluster.items(resource) if (workload := _workload(obj))]
    if not found:
        yield problem(
            NAME,
            "No Deployment and no StatefulSet runs it.",
            "Install it in this cluster. If it runs elsewhere, see to it that it is started with "
            f"--apply-strategy={SERVER_SIDE_APPLY}.",
        )
    for workload in found:
        yield from _check_workload(workload)
    if len(found) > 1:
        yield from _check_together(found)


def _workload(obj: JSONObject) -> Workload | None:
    for container in obj["spec"]["template"]["spec"].get("containers") or ():
        program = container.get("image", "").partition("@")[0].rpartition("/")[2].partition(":")[0]
        words = [*(container.get("command") or ()), *(container.get("args") or ())]
        if program.startswith("metacontroller") or any(word.endswith("/metacontroller") for word in words[:1]):
            metadata = obj["metadata"]
            return Workload(
                called=f"{obj['kind']} {metadata['namespace']}/{metadata['name']}",
                image=container.get("image", ""),
                flags=flags_of(words),
                replicas=int(obj["spec"].get("replicas", 1)),
                ready=int((obj.get("status") or {}).get("readyReplicas") or 0),
            )
    return None


def flags_of(words: list[str]) -> dict[str, str]:
    """The flags of a command line as Go programs read it: --name=value, --name value, and --name for true."""
    flags: dict[str, str] = {}
    rest = list(words)
    while rest:
        found = _FLAG.fullmatch(rest.pop(0))
        if found is None:
            continue
        value = found[2]
        if value is None:
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        flags[found[1]] = value
    return flags


def _check_workload(workload: Workload) -> Iterator[Check]:
    version, wanted = workload.version, ".".join(map(str, OLDEST))
    if version is None:
        yield warning(
            NAME,
            f"The version of {workload.called} cannot be told from its image {workload.image}.",
            f"See to it that it is {wanted} or later.",
        )
    elif version < OLDEST:
        yield problem(NAME, f"{workload.called} runs {workload.image}.", f"Upgrade it to {wanted} or later.")
    else:
        yield ok(NAME, f"{workload.called} runs {workload.image}.")
    if not workload.replicas or not workload.ready:
        yield problem(
            NAME,
            f"No pod of {workload.called} is ready.",
            "Look at its pods and their logs: nothing happens without it.",
        )
    if workload.replicas > 1 and workload.flag("leader-election") != "true":
        yield problem(
            NAME,
            f"{workload.called} has {workload.replicas} replicas without --leader-election: all of them act at once.",
            "Give it --leader-election, or one replica.",
        )
    yield from _check_flags(workload)


def _check_flags(workload: Workload) -> Iterator[Check]:
    strategy, manager = workload.flag("apply-strategy"), workload.flag("apply-strategy-ssa-field-manager")
    if strategy != SERVER_SIDE_APPLY:
        yield problem(
            "apply strategy",
            f"{workload.called} runs with {strategy}: lists with keys of several fields break, and objects of others "
            "are not told from ours.",
            f"Give it --apply-strategy={SERVER_SIDE_APPLY}.",
        )
    elif manager != FIELD_MANAGER:
        yield problem(
            "apply strategy",
            f"{workload.called} applies as {manager}, and what was applied last is looked for under {FIELD_MANAGER}.",
            "Take --apply-strategy-ssa-field-manager away.",
        )
    else:
        yield ok("apply strategy", f"{workload.called} runs with {strategy}.")
    qps = _number(workload.flag("client-go-qps"))
    if 0 <= qps < ENOUGH_QPS:
        yield warning(
            "request rate",
            f"{workload.called} may send {qps:g} requests a second: 1,000 tenants of 5 objects take "
            f"{_duration(14_000 / max(qps, 1))}.",
            "Give it --client-go-qps=200 --client-go-burst=400 or more.",
        )
    else:
        yield ok(
            "request rate", f"{workload.called} may send {f'{qps:g} requests a second' if qps > 0 else 'anything'}."
        )
    flush = workload.flag("cache-flush-interval")
    found = _MINUTES.fullmatch(flush)
    if found and int(found[1] or 0) * 60 + int(found[2] or 0) < 120:
        yield warning(
            "cache flush",
            f"{workload.called} looks at everything again every {flush}, changed or not.",
            "Give it --cache-flush-interval=24h.",
        )


def _check_together(found: list[Workload]) -> Iterator[Check]:
    selectors = [workload.flag("target-label-selector") for workload in found]
    called = " and ".join(workload.called for workload in found)
    if "" in selectors or len(set(selectors)) < len(selectors):
        yield problem(
            NAME,
            f"{called} serve the same controllers, and undo each other's work.",
            "Stop all but one, or give each a --target-label-selector of its own.",
        )
    else:
        yield ok(NAME, f"{called} share the controllers by --target-label-selector.")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
