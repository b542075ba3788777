"""Labels, annotations and the anchor by which Tenantry knows its objects come back when somebody strips them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tenantry.names import (
    CONFLICT_POLICY_ANNOTATION,
    CONTENT_HASH_ANNOTATION,
    DELETION_POLICY_ANNOTATION,
    DEPENDS_ON_ANNOTATION,
    MANAGED_BY_LABEL,
    OWNER_ANNOTATION,
    RESOURCE_ID_ANNOTATION,
    TENANT_LABEL,
)
from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import entry, owner_kinds
from tests.scenarios.harness.world import World

MARKS: Final = (
    ("labels", TENANT_LABEL),
    ("labels", MANAGED_BY_LABEL),
    ("annotations", RESOURCE_ID_ANNOTATION),
    ("annotations", CONTENT_HASH_ANNOTATION),
    ("annotations", OWNER_ANNOTATION),
    ("annotations", DEPENDS_ON_ANNOTATION),
    ("annotations", DELETION_POLICY_ANNOTATION),
    ("annotations", CONFLICT_POLICY_ANNOTATION),
)

Find = Callable[[], JSONObject]


def start(world: World) -> dict[str, Find]:
    """A tenant with an object of a kind that has a generation, and one of a kind that has none. How to find them."""
    options = {"deletionPolicy": "Retain", "conflictPolicy": "Force"}
    home = world.tenant_namespace("acme")
    labels = {"app": "db"}
    stateful_set = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": world.name + "-{{ slug }}"},
        "spec": {
            "serviceName": "db",
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "db", "image": "db:1"}]},
            },
        },
    }
    world.apply_template(
        world.namespace_entry(),
        entry("db", stateful_set, waitForReady=False, **options),
        world.config_entry(**options),
        registry=False,
    )
    world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")
    return {
        "StatefulSet": lambda: world.find("apps/v1", "StatefulSet", "db", home),
        "ConfigMap": lambda: world.config("acme"),
    }


def marks_of(obj: JSONObject) -> dict[str, str | None]:
    """What of ours an object carries."""
    return {key: obj["metadata"].get(field, {}).get(key) for field, key in MARKS}


@pytest.mark.parametrize("kind", ["StatefulSet", "ConfigMap"])
def test_what_somebody_strips_of_ours_comes_back(world: World, kind: str) -> None:
    find = start(world)[kind]
    before = find()["metadata"]
    for field, key in MARKS:
        world.edit(find(), {"metadata": {field: {key: None}}})
        world.eventually(lambda: marks_of(find()) == marks_of({"metadata": before}), f"{key} is back")
    world.quiet()
    assert find()["metadata"]["uid"] == before["uid"]


@pytest.mark.parametrize("kind", ["StatefulSet", "ConfigMap"])
def test_an_anchor_that_somebody_strips_comes_back(world: World, kind: str) -> None:
    find = start(world)[kind]
    owners = find()["metadata"]["ownerReferences"]
    assert owner_kinds(find()) == {"Tenant", "Namespace"}

    world.edit(find(), {"metadata": {"ownerReferences": [one for one in owners if one["kind"] == "Tenant"]}})

    world.eventually(lambda: owner_kinds(find()) == {"Tenant", "Namespace"}, "the anchor is back")


@pytest.mark.parametrize("kind", ["StatefulSet", "ConfigMap"])
def test_owners_that_somebody_strips_come_back(world: World, kind: str) -> None:
    find = start(world)[kind]

    world.edit(find(), {"metadata": {"ownerReferences": None}})

    world.eventually(lambda: owner_kinds(find()) == {"Tenant", "Namespace"}, "the owners are back")


def test_all_labels_that_somebody_strips_come_back(world: World) -> None:
    find = start(world)["StatefulSet"]
    before = find()["metadata"]

    world.edit(find(), {"metadata": {"labels": None, "annotations": None}})

    world.eventually(
        lambda: (
            find()["metadata"].get("annotations", {}).items() >= before["annotations"].items()
            and find()["metadata"].get("labels") == before["labels"]
        ),
        "labels and annotations are back",
    )
