"""What a slice tells of the shards of its Tenants: who is served where, who is on the way, and whom nobody serves.

A Tenant is *settled* when it carries the label of its row's shard and the finalizer of that shard's controller alone.
Metacontroller calls the finalizers after the controllers, and the controllers are called after their shards (as the
chart does); of a controller with another name it is only known that it is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenantry.conditions import parse_timestamp
from tenantry.engine.keep import applied_entry, applied_fields
from tenantry.kinds.shards import DEFAULT_SHARD
from tenantry.names import CONTROLLER_FINALIZER, SHARD_LABEL, controller_of
from tenantry.protocol import JSONObject

UNSERVED_SECONDS: Final = 300.0
"""How long a Tenant may wait for its controller before somebody is told."""
MAX_LISTED: Final = 250
"""uids that are listed. All are counted."""


@dataclass(frozen=True, slots=True)
class ShardReport:
    """The shards of a slice's Tenants."""

    lists: JSONObject
    """``status.shards`` and ``status.handovers``"""
    wait: float
    """Seconds until a Tenant that waits counts as unserved; 0 if none waits."""


def shards_of(
    pairs: Iterable[tuple[JSONObject, JSONObject]], observed: Mapping[str, JSONObject], *, now: datetime
) -> ShardReport:
    """What is told of shards. ``pairs`` are rows, each with the Tenant that it wants.

    Nothing is listed when all Tenants are where they are without any shard, and served.
    """
    wanted = {tenant["metadata"]["name"]: str(row.get("shard") or "") for row, tenant in pairs}
    present: Counter[str] = Counter()
    leaving: Counter[str] = Counter()
    moving: Counter[str] = Counter()
    unserved: Counter[str] = Counter()
    handovers: list[str] = []
    waits: list[float] = []
    for name, tenant in observed.items():
        label = label_of(tenant)
        present[label] += 1
        controllers = _controllers(tenant)
        leaving.update(shard for shard in _known_shards(controllers) if shard != label)
        if "deletionTimestamp" in tenant["metadata"]:
            continue
        shard = wanted.get(name) or (label if name not in wanted or _is_by_hand(tenant) else "")
        on_the_way = _is_moving(tenant, shard, label, controllers)
        if on_the_way:
            moving[shard] += 1
            handovers.append(tenant["spec"]["uid"])
        if on_the_way or (shard and not controllers) or _lags(tenant):
            left = UNSERVED_SECONDS - _age(tenant, now=now)
            if left > 0.0:
                waits.append(left)
            else:
                unserved[shard] += 1
    shards = [
        {
            "name": shard or DEFAULT_SHARD,
            "tenants": present[shard],
            "leaving": leaving[shard],
            "moving": moving[shard],
            "unserved": unserved[shard],
        }
        for shard in sorted(present.keys() | leaving.keys() | moving.keys() | unserved.keys())
    ]
    if not any(shard for shard in present | leaving | moving) and not unserved:
        shards = []
    return ShardReport({"shards": shards, "handovers": sorted(handovers)[:MAX_LISTED]}, min(waits, default=0.0))


def label_of(tenant: JSONObject) -> str:
    """The shard that a Tenant carries as a label; empty without it."""
    return (tenant["metadata"].get("labels") or {}).get(SHARD_LABEL) or ""


def _is_by_hand(tenant: JSONObject) -> bool:
    """Whether a shard that its row does not know is somebody else's choice, and not ours of yesterday."""
    fields = applied_fields(tenant)
    return fields is not None and f"f:{SHARD_LABEL}" not in (fields.get("f:metadata") or {}).get("f:labels", {})


def _controllers(tenant: JSONObject) -> list[str]:
    """Names of the CompositeControllers that have a Tenant."""
    finalizers = tenant["metadata"].get("finalizers") or ()
    return [found.removeprefix(CONTROLLER_FINALIZER) for found in finalizers if found.startswith(CONTROLLER_FINALIZER)]


def _known_shards(controllers: Iterable[str]) -> Iterable[str]:
    """The shards of controllers that are called as ours are; the empty one is the permanent controller's."""
    permanent = controller_of("")
    for name in controllers:
        if name == permanent:
            yield ""
        elif name.startswith(f"{permanent}-"):
            yield name.removeprefix(f"{permanent}-")


def _is_moving(tenant: JSONObject, shard: str, label: str, controllers: list[str]) -> bool:
    if label != shard or len(controllers) > 1:
        return True
    if not controllers:
        # One that no controller has ever synced is new, and moves nowhere.
        return bool(shard) and bool((tenant.get("status") or {}).get("observedGeneration"))
    return any(found != shard for found in _known_shards(controllers))


def _lags(tenant: JSONObject) -> bool:
    """Whether nobody has looked at a Tenant's spec as it is now."""
    generation: int = tenant["metadata"].get("generation", 0)
    return generation != (tenant.get("status") or {}).get("observedGeneration")


def _age(tenant: JSONObject, *, now: datetime) -> float:
    """Seconds since a Tenant was written last by its slice: since then it waits at most."""
    entry: Mapping[str, Any] = applied_entry(tenant) or {}
    time = entry.get("time") or tenant["metadata"].get("creationTimestamp")
    return (now - parse_timestamp(time)).total_seconds() if time else 0.0
