from __future__ import annotations

import re
from collections.abc import Iterator

import orjson
import pytest

from tenantry.protocol import JSONObject
from tests.apiserver.store_samples import NAMESPACED_SAMPLES, sample
from tests.unit.sandbox.store_objects import NAMESPACE, StoreWorld, container, deployment


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


every_kind = pytest.mark.parametrize(
    "obj",
    [sample(version, kind, "sample", NAMESPACE, content) for version, kind, content in NAMESPACED_SAMPLES],
    ids=lambda obj: obj["kind"],
)


@every_kind
def test_updating_an_object_with_itself_changes_nothing(store: StoreWorld, obj: JSONObject) -> None:
    made = store.create(obj)
    assert store.update(made) == made


@every_kind
def test_applying_an_object_again_changes_nothing(store: StoreWorld, obj: JSONObject) -> None:
    applied = store.apply(obj)
    assert store.apply(obj) == applied


@every_kind
def test_created_and_applied_objects_differ_in_what_is_allocated_alone(store: StoreWorld, obj: JSONObject) -> None:
    made = store.create(obj)
    store.delete(made)
    store.settle()
    assert comparable(store.apply(obj)) == comparable(made)


def comparable(obj: JSONObject) -> str:
    """The content as text, without addresses, and without the uid that Jobs repeat in labels."""
    content = {key: value for key, value in obj.items() if key != "metadata"}
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode().replace(obj["metadata"]["uid"], "UID")
    return re.sub(r"10\.\d+\.\d+\.\d+", "ADDRESS", text)


def test_zero_replicas_are_kept(store: StoreWorld) -> None:
    assert store.create(deployment(container("web"), replicas=0))["spec"]["replicas"] == 0


@pytest.mark.parametrize(
    ("image", "policy"),
    [("web", "Always"), ("web:latest", "Always"), ("host:5000/web", "Always"), ("web:1", "IfNotPresent")],
)
def test_the_pull_policy_follows_the_tag(store: StoreWorld, image: str, policy: str) -> None:
    made = store.create(deployment(container("web", image)))
    assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy
