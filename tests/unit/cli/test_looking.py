"""Why there is no Tenant, as far as registry and slices tell."""

from __future__ import annotations

from typing import Any, cast

import pytest

from tenantry.cli.cluster import Cluster, ClusterError, Resource
from tenantry.cli.looking import find_tenant
from tenantry.names import bucket_of, slice_name
from tenantry.protocol import JSONObject

SLICE = slice_name("shops", 2, bucket_of("acme", 2))


class Stored:
    """A cluster with one registry and one slice."""

    def __init__(self, **spec: Any) -> None:
        self.slice = {"metadata": {"name": SLICE}, "spec": spec}

    def get(self, _: Resource, name: str) -> JSONObject | None:
        return self.slice if name == SLICE else None

    def items(self, _: Resource) -> list[JSONObject]:
        return [{"metadata": {"name": "shops"}, "spec": {"buckets": 2}, "status": {}}]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"rows": [{"uid": "acme"}], "waits": True}, f"TenantSlice {SLICE}, which has its turn soon"),
        ({"rows": [{"uid": "acme"}]}, f"kubectl describe tenantslice {SLICE} tells why"),
        ({"removals": [{"uid": "acme"}]}, "its row is gone or inactive"),
    ],
)
def test_what_the_slice_of_a_missing_tenant_tells(spec: JSONObject, told: str) -> None:
    with pytest.raises(ClusterError, match=told):
        find_tenant(cast("Cluster", Stored(**spec)), "acme", registry="shops")
