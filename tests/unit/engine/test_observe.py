"""Observed children: whose they are, and from which entry."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry import names
from tenantry.engine.observe import Observed, annotation, is_ours
from tenantry.protocol import JSONObject, ObjectKey


def child(*, id_: str = "t/cfg", owner: str = "", label: str = "", orphaned: bool = False) -> JSONObject:
    labels = ({names.TENANT_LABEL: label} if label else {}) | ({names.ORPHANED_LABEL: "true"} if orphaned else {})
    annotations = {names.RESOURCE_ID_ANNOTATION: id_} | ({names.OWNER_ANNOTATION: owner} if owner else {})
    metadata: JSONObject = {"name": "cfg", "namespace": "acme", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata | ({"labels": labels} if labels else {})}


@pytest.mark.parametrize(
    ("marks", "ours"),
    [
        ({"owner": "shops.acme", "label": "shops.acme"}, True),
        ({"owner": "shops.acme", "label": "shops.other"}, False),
        ({"owner": "shops.acme"}, True),
        ({"label": "shops.acme"}, True),
        ({}, True),
        ({"id_": "", "owner": "shops.acme", "label": "shops.acme"}, False),
    ],
)
def test_an_object_is_ours_if_we_made_it_and_for_the_tenant_of_its_label(marks: dict[str, Any], ours: bool) -> None:
    assert is_ours(child(**marks)) is ours


@pytest.mark.parametrize("annotations", [None, {}, {"note": "x"}])
def test_an_object_without_our_annotations_is_not_ours(annotations: JSONObject | None) -> None:
    assert not is_ours({"metadata": {"name": "x", "annotations": annotations}})


@pytest.mark.parametrize("annotations", [None, {}, {"other": "x"}])
def test_an_annotation_that_is_not_there_is_empty(annotations: JSONObject | None) -> None:
    assert annotation({"metadata": {"annotations": annotations}}, "note") == ""


@pytest.mark.parametrize(
    ("marks", "found"),
    [({}, ["acme/cfg"]), ({"orphaned": True}, []), ({"id_": ""}, []), ({"owner": "a", "label": "b"}, [])],
)
def test_an_entry_has_the_objects_that_are_ours_and_no_orphans(marks: dict[str, Any], found: list[str]) -> None:
    observed = Observed.from_children({"ConfigMap.v1": {"acme/cfg": child(**marks)}})
    assert [key.key for key in observed.by_id.get("t/cfg", [])] == found


def test_kinds_without_an_object_are_managed_all_the_same() -> None:
    observed = Observed.from_children({"ConfigMap.v1": {"acme/cfg": child()}, "Secret.v1": {}})
    assert sorted(observed.managed_types) == ["ConfigMap.v1", "Secret.v1"]
    assert list(observed.by_key) == [ObjectKey("ConfigMap.v1", "acme/cfg")]
