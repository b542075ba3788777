"""What the API server is answered when it asks about templates and registries."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tenantry.protocol import JSONObject
from tenantry.server import validating
from tests.support.tenancy import config, entry
from tests.unit.server.fakes import FakeHooks, post


def template(*resources: JSONObject, **metadata: Any) -> JSONObject:
    return {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": "shop", **metadata},
        "spec": {"registry": "shops", "resources": list(resources) or [entry("config", config())]},
    }


BROKEN = template(
    entry("one", config("one", value="{{ 1 + }}")),
    entry("two", config("two"), dependsOn=["nobody"]),
)


def ask(obj: Any, *, old: Any = None, operation: str = "CREATE") -> JSONObject:
    request = {"uid": "asked", "operation": operation, "object": obj, "oldObject": old, "name": "shop"}
    body = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    response = post(FakeHooks().app(), "/validate", body=body)
    assert (response.status_code, response.mimetype) == (200, "application/json"), response.text
    answer = response.json
    assert answer is not None
    assert (answer["kind"], answer["response"]["uid"]) == ("AdmissionReview", "asked")
    verdict: JSONObject = answer["response"]
    return verdict


def test_a_good_template_is_let_in() -> None:
    assert ask(template()) == {"uid": "asked", "allowed": True}


def test_a_broken_template_is_refused_with_all_problems_and_their_paths() -> None:
    verdict = ask(BROKEN)
    assert verdict["allowed"] is False
    status = verdict["status"]
    assert (status["code"], status["reason"]) == (422, "Invalid")
    fields = sorted(cause["field"] for cause in status["details"]["causes"])
    assert len(fields) == 2
    assert fields[0].startswith("spec.resources[one].object.data.value")
    assert fields[1].startswith("spec.resources[two].dependsOn")
    assert all(field in status["message"] for field in fields)


def test_a_risky_choice_is_a_warning() -> None:
    verdict = ask(template(entry("config", config(), conflictPolicy="Force")))
    assert verdict["allowed"] is True
    assert ["conflictPolicy" in warning for warning in verdict["warnings"]] == [True]


def test_warnings_are_as_long_and_as_many_as_api_servers_take_them() -> None:
    values = {f"key{n}": f"{{{{ {'v' * 300}{n} }}}}" for n in range(30)}
    verdict = ask(template(entry("config", config(**values))))
    assert len(verdict["warnings"]) == 12
    assert max(map(len, verdict["warnings"])) <= 256
    assert "19 more" in verdict["warnings"][-1]


def test_a_template_that_is_about_to_go_is_let_in_whatever_it_says() -> None:
    going = {**BROKEN, "metadata": {"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert ask(going, old=template(), operation="UPDATE") == {"uid": "asked", "allowed": True}


def test_a_spec_that_stays_as_it_is_is_let_in_whatever_it_says() -> None:
    labelled = {**BROKEN, "metadata": {"name": "shop", "labels": {"team": "shops"}}}
    assert ask(labelled, old=BROKEN, operation="UPDATE") == {"uid": "asked", "allowed": True}


def test_a_spec_that_changes_is_looked_at() -> None:
    assert ask(BROKEN, old=template(), operation="UPDATE")["allowed"] is False


def test_a_deletion_is_let_in() -> None:
    assert ask(None, old=BROKEN, operation="DELETE") == {"uid": "asked", "allowed": True}


def test_an_object_without_a_name_yet_is_judged_as_if_it_had_one() -> None:
    unnamed = template()
    unnamed["metadata"] = {"generateName": "shop-"}
    assert ask(unnamed) == {"uid": "asked", "allowed": True}


def test_objects_of_other_kinds_are_none_of_its_business() -> None:
    assert ask({"apiVersion": "v1", "kind": "Pod", "spec": 3})["allowed"] is True


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"kind":"AdmissionReview"}', orjson.dumps({"request": {"uid": "asked"}})]
)
def test_what_is_no_question_is_told_so(body: bytes) -> None:
    response = post(FakeHooks().app(), "/validate", body=body)
    assert response.status_code == 400
    assert response.text


def test_an_object_that_cannot_be_judged_is_let_in_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_body: object) -> JSONObject:
        raise ZeroDivisionError("value of a row".upper())

    monkeypatch.setattr(validating, "review", broken)
    verdict = ask(template())
    assert verdict["allowed"] is True
    assert "ZeroDivisionError" in verdict["warnings"][0]
    assert "VALUE OF A ROW" not in verdict["warnings"][0] + capsys.readouterr().err


def test_a_question_that_is_too_large_is_refused() -> None:
    response = post(FakeHooks().app(), "/validate", body=b" " * (validating.LARGEST_REVIEW + 1))
    assert response.status_code == 413


def test_more_questions_than_places_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validating, "PLACES", 1)
    app = FakeHooks().app()
    statuses: list[int] = []

    def asks_again(_body: object) -> JSONObject:
        response = post(app, "/validate", body={})
        statuses.append(response.status_code)
        assert int(response.headers["Retry-After"]) >= 1
        return {"response": {"allowed": True}}

    monkeypatch.setattr(validating, "review", asks_again)
    post(app, "/validate", body={"request": {}})
    assert statuses == [429]
