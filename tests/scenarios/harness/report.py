"""What a person needs to see when a scenario waited in vain."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tenantry.kinds import KINDS
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster
from tests.scenarios.harness.objects import describe
from tests.scenarios.harness.record import Belongs, Recorder

LAST_CHANGES = 25
LAST_LINES = 25


def situation(cluster: Cluster, recorder: Recorder, belongs: Belongs, logs: Iterable[Path], prefix: str) -> str:
    """Conditions of our objects, what was written last, Events, and the ends of the logs."""
    sections = {
        "objects": [line for obj in _our_objects(cluster, belongs) for line in _conditions(obj)],
        "last changes": [str(change) for change in recorder.changes(belongs)[-LAST_CHANGES:]],
        "events": _events(cluster, prefix),
    }
    for log in logs:
        sections[log.name] = _tail(log, prefix)
    return "\n".join(line for title, lines in sections.items() for line in (f"--- {title}", *lines))


def _our_objects(cluster: Cluster, belongs: Belongs) -> list[JSONObject]:
    types = [cluster.resource_type(kind.api_version, kind=kind.name) for kind in KINDS]
    return [obj for kind in types for obj in cluster.list(kind) if belongs(obj)]


def _conditions(obj: JSONObject) -> list[str]:
    deleting = " (deleting)" if "deletionTimestamp" in obj["metadata"] else ""
    lines = [describe(obj) + deleting]
    status = obj.get("status") or {}
    for found in status.get("conditions") or []:
        lines.append(f"    {found['type']}={found['status']} {found['reason']} {found.get('message', '')}")
    for resource in status.get("resources") or [] if obj["kind"] == "Tenant" else []:
        reason, message = resource.get("reason", ""), resource.get("message", "")
        lines.append(f"    {resource['id']}: {resource['phase']} {reason} {message}")
    return lines


def _events(cluster: Cluster, prefix: str) -> list[str]:
    try:
        events = cluster.list(cluster.resource_type("v1", kind="Event"))
    except ApiError:
        return []
    return [
        f"{event['involvedObject']['kind']} {event['involvedObject']['name']}: {event['reason']} {event['message']}"
        for event in events
        if event["involvedObject"].get("name", "").startswith(prefix)
    ]


def _tail(log: Path, prefix: str) -> list[str]:
    """The last lines that mention the scenario's objects, or that are no JSON (tracebacks are not)."""
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if prefix in line or not line.startswith("{")][-LAST_LINES:]
