"""Are the CustomResourceDefinitions those of this version? A field that they lack is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tenantry.cli.cluster import DEFINITIONS, Cluster
from tenantry.cli.doctor.check import Check, first_of, missing_from, ok, problem, warning
from tenantry.kinds import KINDS, Kind
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject

NAME: Final = "definitions"
_WAY_OUT: Final = "Upgrade the chart, or run tenantry crds | kubectl apply --server-side --force-conflicts -f -"
_WORDS: Final = frozenset({"description"})


def check_definitions(cluster: Cluster) -> Iterator[Check]:
    """Every kind of ours against its model."""
    good = []
    for kind in KINDS:
        called = f"{kind.plural}.{kind.group}"
        found = cluster.get(DEFINITIONS, called)
        told = list(_check_kind(kind, called, found))
        yield from told
        if not told:
            good.append(kind.name)
    if good:
        yield ok(NAME, f"{', '.join(good)} are those of this version.")


def _check_kind(kind: Kind, called: str, found: JSONObject | None) -> Iterator[Check]:
    if found is None:
        yield problem(NAME, f"{called} is missing.", _WAY_OUT)
        return
    conditions = (found.get("status") or {}).get("conditions") or ()
    if not any(one["type"] == "Established" and one["status"] == "True" for one in conditions):
        yield problem(NAME, f"{called} is not established.", f"kubectl describe crd {called} tells why.")
        return
    ours, theirs = (_schemas(crd) for crd in (custom_resource_definition(kind), found))
    missing = [path for path in missing_from(theirs, ours) if path.rpartition(".")[2] not in _WORDS]
    more = [path for path in missing_from(ours, theirs) if path.rpartition(".")[2] not in _WORDS]
    if missing and more:
        yield problem(NAME, f"{called} is of another version: it differs in {first_of(missing)}.", _WAY_OUT)
    elif missing:
        yield problem(NAME, f"{called} is older than this version: it lacks {first_of(missing)}.", _WAY_OUT)
    elif more:
        yield warning(
            NAME,
            f"{called} is newer than this version: it also has {first_of(more)}.",
            "Upgrade the webhooks, and use a command of their version.",
        )


def _schemas(crd: JSONObject) -> JSONObject:
    """What counts of a definition: its schemas by version."""
    return {
        version["name"]: {"schema": (version.get("schema") or {}).get("openAPIV3Schema"), "served": version["served"]}
        for version in crd["spec"]["versions"]
    }
