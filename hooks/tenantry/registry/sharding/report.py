"""What a registry tells of its shards: how many tenants each has, and which of them nobody serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.conditions import Reason
from tenantry.kinds.shards import DEFAULT_SHARD, Shards
from tenantry.names import controller_of
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.sharding.assign import current
from tenantry.words import counted

_TOLD: Final = ("tenants", "leaving", "moving", "unserved")


def shards_status(shards: Shards | None, layout: Layout, children: Mapping[str, JSONObject]) -> JSONObject:
    """``status.shards`` by name, under its name; nothing where all tenants are served without shards.

    Shards that ``count`` or ``byPriority`` name are listed even while they are empty.
    """
    told: Counter[tuple[str, str]] = Counter()
    if shards is None and not any(found.status.get("shards") for found in layout.observed.values()):
        return {}
    for found in layout.observed.values():
        # A slice says nothing while all of its Tenants are the permanent controller's.
        everybody: JSONObject = {"name": DEFAULT_SHARD, "tenants": found.tenants}
        for shard in found.status.get("shards") or (everybody,):
            for field in _TOLD:
                told[shard["name"], field] += shard.get(field) or 0
    wanted = Counter(current(row) or DEFAULT_SHARD for child in children.values() for row in child["spec"]["rows"])
    names = _configured(shards) | wanted.keys() | {name for (name, _), number in told.items() if number}
    entries = [
        {"name": name, "wanted": wanted[name], **{field: told[name, field] for field in _TOLD}}
        for name in sorted(names)
    ]
    return {"shards": entries}


def unserved_problem(shards: Sequence[Mapping[str, Any]]) -> list[tuple[Reason, str]]:
    """What a person must do about tenants that nobody serves."""
    unserved = [shard for shard in shards if shard["unserved"]]
    if not unserved:
        return []
    number = sum(shard["unserved"] for shard in unserved)
    controllers = ", ".join(controller_of("" if s["name"] == DEFAULT_SHARD else s["name"]) for s in unserved)
    message = (
        f"{counted(number, 'tenant has', 'tenants have')} not been served for five minutes. Their objects stay as "
        f"they are. See that these CompositeControllers exist and run, and that their hooks answer: {controllers}."
    )
    return [(Reason.TENANTS_UNSERVED, message)]


def _configured(shards: Shards | None) -> set[str]:
    if shards is None:
        return set()
    numbered = {str(number) for number in range(shards.count or 0)}
    return numbered.union(shards.by_priority.values())
