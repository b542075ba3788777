"""The plan of one Tenant: its templates with its values, and with the objects to which their expressions refer."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import sha256
from operator import itemgetter
from threading import Lock
from typing import Final

import orjson
from cachetools import LRUCache, cached

from tenantry import tally
from tenantry.engine.composition import TenantTemplate, compose
from tenantry.engine.draft import RENDER_ERROR, Seen
from tenantry.engine.limits import RENDER_BUDGET_MS
from tenantry.engine.observe import Observed
from tenantry.engine.plan import Plan, make_plan
from tenantry.engine.render import template_context
from tenantry.engine.sizes import MEBIBYTE
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec
from tenantry.names import SHARD_LABEL, entry_of
from tenantry.protocol import JSONObject, ObjectMap
from tenantry.tenant.row_secret import secrets_of
from tenantry.tenant.templates import TemplatesOfTenant

CACHED_PLANS: Final = 512
"""Plans of tenants that a process remembers at most: some 35 KiB each, for ten objects."""
CACHED_BYTES: Final = 16 * MEBIBYTE
"""JSON of all objects of these plans together; in memory they are about five times as large."""


def plan_of(
    used: TemplatesOfTenant,
    variables: bytes,
    observed: Observed,
    *,
    deletion: str = "",
    budget_ms: int = RENDER_BUDGET_MS,
) -> Plan:
    """What a tenant shall consist of, with the answer of ``variables_of``.

    ``deletion`` is the Tenant's uid if it is being deleted. ``budget_ms`` is how long its expressions may take, as
    counted in steps.
    """
    tally.asked("plans")
    return _plan(used.templates, variables, used.anchor, _seen(used.templates, observed), deletion, budget_ms)


def variables_of(spec: TenantSpec, parent: JSONObject, related: ObjectMap) -> bytes:
    """All that a tenant's expressions can see, as the arguments of ``template_context``. Raises ``InvalidSpec``."""
    metadata = parent["metadata"]
    variables = {
        "uid": spec.uid,
        "name": metadata["name"],
        "values": spec.values,
        "nulls": spec.nulls,
        "active": spec.active,
        # Where a Tenant is served is no business of its objects: they shall not notice when it moves.
        "labels": {key: value for key, value in (metadata.get("labels") or {}).items() if key != SHARD_LABEL},
    }
    if spec.registry:
        variables["columns"] = spec.columns
    if secrets := secrets_of(spec, metadata["name"], related):
        variables["secrets"] = secrets
    try:
        return orjson.dumps(variables)
    except orjson.JSONEncodeError as error:
        message = f"spec.values: {error}. Correct these values; until then everything stays as it is."
        raise InvalidSpec(message) from error


def _seen(templates: tuple[TenantTemplate, ...], observed: Observed) -> Seen:
    """Observed objects of the entries to which expressions of others refer."""
    referenced = compose(templates).referenced
    if not referenced:
        return {}
    return {
        id_: {key: observed.by_key[key] for key in keys}
        for id_, keys in observed.by_id.items()
        if entry_of(id_) in referenced
    }


def _plan_key(
    templates: tuple[TenantTemplate, ...], variables: bytes, anchor: str, seen: Seen, deletion: str, budget_ms: int
) -> Hashable:
    return templates, variables, anchor, _digest(seen) if seen else b"", deletion, budget_ms


def _digest(seen: Seen) -> bytes:
    listed = [(id_, *key, obj) for id_, objects in seen.items() for key, obj in objects.items()]
    return sha256(orjson.dumps(sorted(listed, key=itemgetter(0, 1, 2)))).digest()


def _share_of_cache(plan: Plan) -> int:
    """Bytes that a plan counts for: a small one as much as keeps their number at ``CACHED_PLANS``."""
    return max(plan.size, CACHED_BYTES // CACHED_PLANS)


@cached(LRUCache(CACHED_BYTES, getsizeof=_share_of_cache), key=_plan_key, lock=Lock())
@tally.made("plans")
def _plan(
    templates: tuple[TenantTemplate, ...], variables: bytes, anchor: str, seen: Seen, deletion: str, budget_ms: int
) -> Plan:
    """The plan of a tenant: remembered, since a tenant is synced several times while its objects come up."""
    known = orjson.loads(variables)
    context = template_context(**known, budget_ms=budget_ms)
    plan = make_plan(templates, context, tenant=known["name"], anchor=anchor, seen=seen, deletion=deletion)
    tally.render_failed(sum(planned.failure == RENDER_ERROR for planned in plan.entries))
    return plan
