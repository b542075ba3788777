"""What the documents show as YAML, put before a real API server."""

from __future__ import annotations

import pytest

from tenantry.kinds import TENANT_REGISTRY, TENANT_TEMPLATE, Kind
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tests.docs.yaml_blocks import Piece, Sort, pieces
from tests.support.fragments import kind_of, merged

USER = "somebody"
UNKNOWN_HERE = {"metacontroller.k8s.io/v1alpha1"}
"""Without its definitions, this API server knows nothing of Metacontroller."""
BASES: dict[Kind, JSONObject] = {
    TENANT_REGISTRY: {
        "source": {"syncInterval": "1m", "sqlite": {"path": "/data/shops.db", "table": "shops"}},
        "valueMappings": {"uid": "id", "activate": "active"},
    },
    TENANT_TEMPLATE: {
        "registry": "shops",
        "resources": [
            {"id": "namespace", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}}
        ],
    },
}
"""What a part of a spec is a part of."""


def accept(cluster: ApiServer, obj: JSONObject) -> None:
    kind = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
    cluster.apply(kind, obj, field_manager=USER, dry_run=True)


@pytest.mark.parametrize("piece", pieces(Sort.OBJECT))
def test_an_object_is_accepted(cluster: ApiServer, piece: Piece) -> None:
    if piece.found["apiVersion"] not in UNKNOWN_HERE:
        accept(cluster, piece.found)


@pytest.mark.parametrize("piece", [piece for piece in pieces(Sort.SPEC) if piece.values[0].is_whole])
def test_an_object_with_a_part_of_a_spec_is_accepted(cluster: ApiServer, piece: Piece) -> None:
    kind = kind_of(piece.found)
    spec = merged(BASES[kind], piece.found["spec"])
    obj = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": "example"}, "spec": spec}
    accept(cluster, obj)


@pytest.mark.parametrize("piece", [piece for piece in pieces(Sort.ENTRIES) if piece.values[0].is_whole])
def test_a_template_of_entries_is_accepted(cluster: ApiServer, piece: Piece) -> None:
    accept(cluster, piece.as_template)
