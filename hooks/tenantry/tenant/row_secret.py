"""The secret columns of a tenant's row: they lie in a Secret that all rows of its slice share.

A Tenant reads the one Secret that its registry's naming rule gives it, and of that only what stands under its own slug.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson

from tenantry.kinds import TenantSpec
from tenantry.names import REGISTRY_LABEL, may_read_row_secret, slug, tenant_name
from tenantry.protocol import ObjectMap, RelatedRule


def secret_rules(spec: TenantSpec) -> tuple[RelatedRule, ...]:
    """What a Tenant asks for to see its row Secret; nothing if its spec names none, or one that is not its own."""
    if spec.secret is None or not may_read_row_secret(spec.secret.name, registry=spec.registry, uid=spec.uid):
        return ()
    return (RelatedRule("v1", "secrets", names=(spec.secret.name,), namespace=spec.secret.namespace),)


def secrets_of(spec: TenantSpec, name: str, related: ObjectMap) -> Mapping[str, Any]:
    """The secret columns of the row by their names; none while they are not known.

    ``name`` is the Tenant's: one by another name than its uid gives it is not its row's.
    """
    if not secret_rules(spec) or spec.secret is None or name != tenant_name(spec.registry, spec.uid):
        return {}
    secret = related.get("Secret.v1", {}).get(f"{spec.secret.namespace}/{spec.secret.name}")
    if secret is None or (secret["metadata"].get("labels") or {}).get(REGISTRY_LABEL) != spec.registry:
        return {}
    try:
        found = orjson.loads(b64decode((secret.get("data") or {}).get(slug(spec.uid), "")))
    except (binascii.Error, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
