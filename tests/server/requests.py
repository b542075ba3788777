"""Hook requests of a settled tenant, as bytes."""

from __future__ import annotations

from functools import cache

import orjson

from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, config, deployment, entry, namespace


@cache
def settled_tenant() -> bytes:
    """The sync request of a tenant with a few objects, all ready."""
    tenancy = Tenancy(
        entry("namespace", namespace()),
        entry("config", config(url="https://{{ slug }}.example.com", plan="{{ plan }}")),
        entry("web", deployment(image="{{ image }}"), dependsOn=["config"]),
        values={"plan": "pro", "image": "web:1"},
    )
    tenancy.settle()
    return orjson.dumps(as_body(tenancy))


def as_body(tenancy: Tenancy, *, finalizing: bool = False) -> JSONObject:
    """What Metacontroller sends of this tenant now."""
    asked = tenancy.request(finalizing=finalizing)
    return {
        "controller": asked.controller,
        "parent": asked.parent,
        "children": asked.children,
        "related": asked.related,
        "finalizing": asked.finalizing,
    }
