"""What the entries of a template need of each other before they can be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenantry.engine.expressions import leaves_of
from tenantry.engine.lifecycle import SYNC, lifecycle_of
from tenantry.engine.references import BadReference, needs_of, references_in
from tenantry.protocol import JSONObject


def needs_in(entry: JSONObject) -> list[str]:
    """Declared dependencies, and entries to which expressions refer."""
    texts = [leaf.source for leaf in leaves_of(entry["object"])]
    try:
        found = references_in([entry.get("when") or "", entry.get("forEach") or "", *texts])
    except BadReference:
        found = ()  # Told where it stands.
    return list(dict.fromkeys([*(entry.get("dependsOn") or ()), *needs_of(found)]))


def dependencies(resources: list[JSONObject], declared: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """All dependencies: these, and those on the Namespace whose name is spelled like an object's namespace."""
    namespaces = {
        entry["object"]["metadata"]["name"]: entry["id"]
        for entry in resources
        if entry["object"]["kind"] == "Namespace"
        and entry["object"]["apiVersion"] == "v1"
        and lifecycle_of(entry) == SYNC
    }
    graph = {}
    for entry in resources:
        needs = list(declared[entry["id"]])
        home = namespaces.get(entry["object"]["metadata"].get("namespace"))
        if home is not None and home not in needs:
            needs.append(home)
        graph[entry["id"]] = needs
    return graph
