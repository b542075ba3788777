from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tenantry.protocol import JSONObject
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.store.comparison import compare
from tenantry.sandbox.store.fieldsets import (
    FieldSet,
    applied_fields,
    difference,
    intersection,
    union,
)
from tenantry.sandbox.store.merging import merge
from tenantry.sandbox.store.resources import built_in_resources
from tests.unit.sandbox.store_objects import StoreWorld, config_map, container, deployment

SCHEMA = next(resource.schema for resource in built_in_resources() if resource.type.kind == "Deployment")

names = st.from_regex(r"[a-z]{1,4}", fullmatch=True)
maps = st.dictionaries(names, st.text(max_size=5), max_size=4)
ports = st.lists(
    st.fixed_dictionaries({"containerPort": st.integers(1, 3), "protocol": st.sampled_from(["TCP", "UDP"])}),
    unique_by=lambda port: (port["containerPort"], port["protocol"]),
    max_size=3,
)
variables = st.lists(
    st.fixed_dictionaries({"name": names}, optional={"value": st.text(max_size=3)}),
    unique_by=lambda entry: entry["name"],
    max_size=3,
)
containers = st.lists(
    st.builds(lambda name, p, e: container(name, ports=p, env=e), names, ports, variables),
    unique_by=lambda item: item["name"],
    min_size=1,
    max_size=3,
)


@st.composite
def deployments(draw: st.DrawFn) -> JSONObject:
    spec: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "replicas": st.integers(0, 5),
                "paused": st.booleans(),
                "minReadySeconds": st.integers(0, 2),
                "strategy": st.sampled_from([{"type": "RollingUpdate"}, {"rollingUpdate": {"maxSurge": "10%"}}, {}]),
            },
        )
    )
    obj = deployment(*draw(containers), **spec)
    obj["metadata"]["annotations"] = draw(maps)
    obj["spec"]["template"]["metadata"]["annotations"] = draw(maps)
    return obj


def all_events(cluster: InProcessCluster, obj: JSONObject) -> list[Any]:
    seen: list[Any] = []
    cluster.watch(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), seen.append)
    return seen


@given(deployments())
def test_applying_an_object_twice_changes_nothing(obj: JSONObject) -> None:
    with StoreWorld() as store:
        first = store.apply(obj)
        events = all_events(store.cluster, obj)
        before = len(events)
        assert store.apply(obj) == first
        store.settle()
        assert len(events) == before


@given(deployments())
def test_updating_an_object_with_itself_changes_nothing(obj: JSONObject) -> None:
    with StoreWorld() as store:
        made = store.create(obj)
        assert store.update(made) == made


@given(deployments(), deployments())
def test_a_forced_apply_over_another_is_stable(first: JSONObject, second: JSONObject) -> None:
    with StoreWorld() as store:
        store.apply(first, "first")
        applied = store.apply(second, "second", force=True)
        assert store.apply(second, "second") == applied


@given(maps, maps)
def test_a_config_map_holds_what_was_applied_last(first: dict[str, str], second: dict[str, str]) -> None:
    with StoreWorld() as store:
        store.apply(config_map("a", first))
        assert store.apply(config_map("a", second)).get("data", {}) == second


def fields(obj: JSONObject) -> FieldSet:
    return applied_fields(obj, SCHEMA)


@given(deployments(), deployments())
def test_the_algebra_of_field_sets_holds(left: JSONObject, right: JSONObject) -> None:
    a, b = fields(left), fields(right)
    assert union(difference(a, b), intersection(a, b)) == a
    assert difference(difference(a, b), b) == difference(a, b)
    assert intersection(a, b) == intersection(b, a)
    assert union(a, b) == union(b, a)


@given(deployments(), deployments())
def test_merging_twice_is_merging_once(live: JSONObject, applied: JSONObject) -> None:
    merged = merge(live, applied, SCHEMA)
    assert merge(merged, applied, SCHEMA) == merged


@given(deployments())
def test_nothing_differs_from_itself(obj: JSONObject) -> None:
    copy = orjson.loads(orjson.dumps(obj))
    assert compare(obj, copy, SCHEMA) == ({}, {}, {})
