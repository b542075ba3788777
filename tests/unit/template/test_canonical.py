"""Names of revisions are frozen: a change would make a new revision of every template there is."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from tenantry.kinds import TemplateResource, TemplateVariable
from tenantry.kinds.revision import canonical
from tenantry.names import revision_name
from tenantry.protocol import JSONObject

OBJECT = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ slug }}"}}


def content(*resources: JSONObject) -> JSONObject:
    return canonical([TemplateResource.model_validate(resource) for resource in resources])


@pytest.mark.parametrize(
    ("resources", "name"),
    [
        ([], "web-8503f26a4b"),
        ([{"id": "namespace", "object": OBJECT}], "web-fbb26df620"),
        ([{"id": "namespace", "object": OBJECT, "creationPolicy": "Once"}], "web-24709b36be"),
        (
            [{"id": "a", "object": OBJECT}, {"id": "b", "object": OBJECT, "dependsOn": ["a"], "waitForReady": False}],
            "web-f88f1b655a",
        ),
    ],
)
def test_names_of_revisions(resources: list[JSONObject], name: str) -> None:
    assert revision_name("web", content(*resources)) == name


def test_the_hash_is_that_of_json_with_sorted_keys() -> None:
    text = json.dumps({"resources": [{"id": "a", "object": OBJECT}]}, sort_keys=True, separators=(",", ":"))
    assert (
        revision_name("web", content({"object": OBJECT, "id": "a"})) == f"web-{sha256(text.encode()).hexdigest()[:10]}"
    )


VARIABLES = {"plan": {"type": "string", "default": "basic", "enum": ["basic", "pro"]}}


def declared(variables: JSONObject) -> JSONObject:
    return canonical([], {name: TemplateVariable.model_validate(options) for name, options in variables.items()})


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "web-8503f26a4b"),
        (VARIABLES, "web-7f6a88dd77"),
        ({"n": {"type": "integer", "required": False}}, "web-64469171f8"),
    ],
)
def test_names_of_revisions_with_variables(variables: JSONObject, name: str) -> None:
    assert revision_name("web", declared(variables)) == name


@pytest.mark.parametrize(
    "options", [{"description": "The plan."}, {"pattern": ""}, {"enum": []}, {"default": None}, {"required": None}]
)
def test_options_of_variables_that_change_nothing_are_left_out(options: JSONObject) -> None:
    assert declared({"v": {"type": "string", **options}})["variables"] == {"v": {"type": "string"}}


def test_values_of_variables_are_as_an_api_server_stores_them() -> None:
    options = {"type": "number", "default": 2.0, "enum": [1.0, 2, 0.5]}
    assert declared({"v": options})["variables"]["v"] == {"type": "number", "default": 2, "enum": [1, 2, 0.5]}


@pytest.mark.parametrize(
    "defaults",
    [
        {"dependsOn": []},
        {"skipOnDependencyFailure": True},
        {"waitForReady": True},
        {"timeoutSeconds": 300},
        {"readyWhen": ""},
        {"when": ""},
        {"forEach": ""},
        {"creationPolicy": "WhenNeeded"},
        {"deletionPolicy": "Delete"},
        {"onRename": "Block"},
        {"optionOfTomorrow": 1},
    ],
)
def test_default_values_are_left_out(defaults: JSONObject) -> None:
    assert content({"id": "a", "object": OBJECT, **defaults}) == {"resources": [{"id": "a", "object": OBJECT}]}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ({"replicas": 2.0}, {"replicas": 2}),
        ({"ratio": 0.5}, {"ratio": 0.5}),
        ({"gone": None, "list": [1, None, {"also": None}]}, {"list": [1, {}]}),
        ({"flag": False, "empty": "", "none": []}, {"flag": False, "empty": "", "none": []}),
    ],
)
def test_objects_are_as_an_api_server_stores_them(written: dict[str, Any], stored: dict[str, Any]) -> None:
    made = content({"id": "a", "object": {**OBJECT, "spec": written}})
    assert made["resources"][0]["object"]["spec"] == stored
