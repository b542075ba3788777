"""Is the guard policy there?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tenantry.cli.cluster import Cluster
from tenantry.cli.doctor.check import Check, missing_from, ok, problem
from tenantry.cli.parents import shipped

NAME: Final = "guard policy"
_WAY_OUT: Final = "Set guardPolicy.enabled in the chart's values, or apply policies/ of this version."


def check_policy(cluster: Cluster) -> Iterator[Check]:
    """Every policy and every binding against the one that this version ships."""
    missing, other = [], []
    for wanted in shipped("policies"):
        name = wanted["metadata"]["name"]
        resource = cluster.resource(wanted["apiVersion"], kind=wanted["kind"])
        found = cluster.get(resource, name) if resource else None
        if found is None:
            missing.append(f"{wanted['kind']} {name}")
        elif any(missing_from(found["spec"], wanted["spec"])):
            other.append(f"{wanted['kind']} {name}")
    if missing:
        yield problem(
            NAME,
            f"{', '.join(missing)} are missing: a template can take objects of others, and a foreground deletion loses "
            "objects.",
            _WAY_OUT,
        )
    if other:
        yield problem(NAME, f"{', '.join(other)} are of another version.", _WAY_OUT)
    if not missing and not other:
        yield ok(NAME, "It is that of this version.")
