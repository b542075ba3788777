"""A hook that fails on what no API server hands out is not to blame; on everything else it is."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.server import create_app
from tenantry.server.hooks import Controller
from tenantry.server.plausible import flaw_of
from tenantry.settings import Settings
from tests.unit.server.fakes import NOW, FakeHooks, answering, config_map, post, request_body


def spoiled(path: str, value: Any) -> JSONObject:
    """A request in which one thing is something else."""
    body = request_body(config_map())
    at: Any = body
    *steps, last = path.split("|")
    for step in steps:
        at = at[step]
    at[last] = value
    return body


def test_a_real_request_has_no_flaw() -> None:
    assert flaw_of(request_body(config_map())) == ""


CHILD = "children|ConfigMap.v1|acme/config"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("parent|spec", [], "parent.spec is not of type object"),
        ("parent|spec|uid", 5, "parent.spec.uid is not of type string"),
        ("parent|spec", {}, "parent.spec.uid is missing"),
        ("parent|status", {"conditions": 5}, "parent.status.conditions is not of type array"),
        ("parent|status", {"observedGeneration": True}, "is not of type integer"),
        ("parent|kind", "", "parent.kind is empty"),
        (f"{CHILD}|metadata|labels", {"a": 1}, "metadata.labels.a is not of type string"),
        (f"{CHILD}|metadata|ownerReferences", [{}], "metadata.ownerReferences[0].apiVersion is missing"),
        (f"{CHILD}|metadata|name", "another", "has another name"),
        (f"{CHILD}|kind", "Secret", "is a Secret of v1"),
        (f"{CHILD}|apiVersion", None, "apiVersion is not of type string"),
    ],
)
def test_a_flaw_is_told_with_its_place(path: str, value: Any, told: str) -> None:
    assert told in flaw_of(spoiled(path, value))


def test_what_other_kinds_hold_is_their_business() -> None:
    assert flaw_of(request_body(config_map(status={"conditions": 5}, spec=[]))) == ""


def test_a_hook_that_fails_on_a_flaw_answers_400_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    response = post(FakeHooks(error=AttributeError("x")).app(), body=spoiled("parent|spec", []))
    assert response.status_code == 400
    assert "parent.spec is not of type object" in response.text
    assert "apply crds/ again" in response.text
    assert "traceback" in capsys.readouterr().err


def test_a_hook_that_fails_on_a_real_request_is_a_bug() -> None:
    assert post(FakeHooks(error=AttributeError("x")).app()).status_code == 500


def test_a_flaw_that_harms_nobody_is_not_looked_for() -> None:
    assert post(answering(config_map()).app(), body=spoiled("parent|spec", [])).status_code == 200


def test_an_answer_that_would_do_harm_is_refused_whatever_was_asked() -> None:
    response = post(FakeHooks().app(), body=spoiled("parent|spec", []))
    assert response.status_code == 500
    assert "is refused, nothing is applied" in response.text


def test_a_registry_whose_numbers_cannot_be_told_gets_its_answer_all_the_same() -> None:
    """The hook itself leaves such a status alone: what counts is that the metrics do not fail the call."""
    hooks = answering()
    app = create_app(controllers=[Controller("registries", sync=hooks.sync)], settings=Settings(), clock=lambda: NOW)
    body = request_body()
    body["parent"] |= {"kind": "TenantRegistry", "spec": {"source": []}, "status": {"source": 5, "templates": [5]}}
    assert post(app, "/registries/sync", body).status_code == 200
