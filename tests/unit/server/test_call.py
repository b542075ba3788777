"""Bodies in, bodies out, and what becomes of failures."""

from __future__ import annotations

import logging
from typing import Any

import orjson
import pytest

from tenantry.protocol import CustomizeResponse, JSONObject, ObjectKey, RelatedRule, TryLater
from tenantry.server.answers import Answer, Outcome
from tenantry.server.call import call
from tenantry.server.hooks import Controller, Hook
from tests.unit.server.fakes import NOW, FakeHooks, answering, config_map, request_body


def fields_of(answer: Answer) -> JSONObject:
    assert answer.status == 200, answer.body
    decoded: JSONObject = orjson.loads(answer.body)
    return decoded


def test_a_sync_answers_children_and_status() -> None:
    answer = answering(config_map(), status={"tenants": 1}).call(request_body())
    assert fields_of(answer) == {"status": {"tenants": 1}, "children": [config_map()]}


def test_an_answer_is_declared_as_json() -> None:
    assert ("Content-Type", "application/json") in answering().call(request_body()).headers


def test_a_resync_time_is_told() -> None:
    answer = answering(resync_after_seconds=2.5).call(request_body())
    assert fields_of(answer)["resyncAfterSeconds"] == 2.5


def test_a_finalize_hook_can_say_that_it_is_done() -> None:
    answer = answering(finalized=True).call(request_body(finalizing=True), "finalize")
    assert fields_of(answer) == {"status": {}, "children": [], "finalized": True}


def test_a_finalize_hook_that_is_not_done_says_nothing_of_it() -> None:
    answer = answering().call(request_body(finalizing=True), "finalize")
    assert "finalized" not in fields_of(answer)


def test_a_sync_cannot_say_finalized() -> None:
    answer = answering(finalized=True).call(request_body())
    assert (answer.status, answer.outcome) == (500, Outcome.REFUSED)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_an_impossible_resync_time_is_refused(seconds: float) -> None:
    assert answering(resync_after_seconds=seconds).call(request_body()).outcome is Outcome.REFUSED


def test_a_status_that_is_not_an_object_is_refused() -> None:
    answer = answering(status=None).call(request_body())
    assert b"the status is not an object" in answer.body


def test_customize_answers_its_rules() -> None:
    rule = RelatedRule(api_version="v1", resource="namespaces", names=("kube-system",))
    answer = FakeHooks(related=CustomizeResponse(related=(rule,))).call(request_body(), "customize")
    assert fields_of(answer) == {
        "relatedResources": [{"apiVersion": "v1", "resource": "namespaces", "names": ["kube-system"]}]
    }


def test_customize_without_rules_answers_an_empty_list() -> None:
    assert fields_of(FakeHooks().call(request_body(), "customize")) == {"relatedResources": []}


def test_a_request_reaches_the_hook_uncopied_and_whole() -> None:
    hooks = answering(config_map())
    hooks.call(request_body(config_map()))
    assert hooks.seen[0].parent["metadata"]["name"] == "shops.acme"


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"\xff"])
def test_a_body_that_is_not_json_is_a_bad_request(body: bytes) -> None:
    answer = FakeHooks().call(body)
    assert (answer.status, answer.outcome) == (400, Outcome.BAD_REQUEST)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        orjson.dumps(request_body(parent=None)),
        orjson.dumps(request_body(parent={"metadata": {"name": 1}})),
        orjson.dumps(request_body(children=[])),
        orjson.dumps(request_body(controller={"spec": {"childResources": ["configmaps"]}})),
        orjson.dumps(request_body(controller={"spec": "x"})),
        orjson.dumps(request_body(controller={"spec": {"childResources": [{"apiVersion": 1, "resource": "x"}]}})),
    ],
)
def test_a_body_that_is_no_hook_request_is_a_bad_request(body: bytes) -> None:
    answer = FakeHooks().call(body)
    assert (answer.status, answer.outcome) == (400, Outcome.BAD_REQUEST)


def test_the_sync_path_refuses_a_finalizing_request() -> None:
    hooks = FakeHooks()
    answer = hooks.call(request_body(finalizing=True), "sync")
    assert answer.status == 400
    assert not hooks.seen


def test_the_finalize_path_refuses_a_request_that_is_not_finalizing() -> None:
    hooks = FakeHooks()
    answer = hooks.call(request_body(), "finalize")
    assert answer.status == 400
    assert not hooks.seen


@pytest.mark.parametrize("hook", ["finalize", "customize"])
def test_a_hook_that_a_controller_lacks_is_a_bad_request(hook: Hook) -> None:
    controller = Controller("slices", sync=FakeHooks().sync)
    answer = call(controller, hook, orjson.dumps(request_body(finalizing=hook == "finalize")), now=NOW)
    assert answer.status == 400
    assert b"spec.hooks" in answer.body


def test_a_hook_that_asks_for_patience_gets_it() -> None:
    answer = FakeHooks(error=TryLater("the slices are older than the status", seconds=3)).call(request_body())
    assert (answer.status, answer.body) == (429, b"")
    assert dict(answer.headers) == {"Retry-After": "3", "Content-Length": "0"}


def test_a_bug_is_told_in_one_line_with_hook_parent_and_cause() -> None:
    answer = FakeHooks(error=KeyError("url")).call(request_body())
    text = answer.body.decode()
    assert answer.status == 500
    assert text.startswith("tenants/sync of Tenant shops.acme failed, nothing is applied: KeyError in tenantry.server.")
    assert "\n" not in text


def test_a_bug_is_told_without_the_values_that_its_exception_quotes() -> None:
    answer = FakeHooks(error=ValueError("invalid password 'hunter2'")).call(request_body())
    assert b"hunter2" not in answer.body


def test_a_bug_is_told_alike_each_time() -> None:
    bodies = {FakeHooks(error=KeyError(str(n))).call(request_body()).body for n in range(3)}
    assert len(bodies) == 1


def test_a_bug_in_customize_names_the_hook() -> None:
    answer = FakeHooks(error=RuntimeError()).call(request_body(), "customize")
    assert answer.body.startswith(b"tenants/customize of Tenant shops.acme failed")


def test_a_line_break_in_a_message_stays_out_of_the_answer() -> None:
    answer = answering().call(request_body(parent={"kind": "Ten\nant", "metadata": {"name": "x"}}, children={"A": 1}))
    assert b"\n" not in answer.body


def test_a_controller_with_two_versions_of_one_kind_is_refused_before_the_hook_runs() -> None:
    hooks = FakeHooks()
    listed = [{"apiVersion": f"batch/{version}", "resource": "cronjobs"} for version in ("v1", "v1beta1")]
    answer = hooks.call(request_body(listed=listed))
    assert answer.status == 500
    assert b"cronjobs.batch" in answer.body
    assert not hooks.seen


def test_one_plural_in_two_groups_is_no_conflict() -> None:
    listed = [{"apiVersion": f"{group}/v1", "resource": "ingresses"} for group in ("networking.k8s.io", "example.com")]
    assert answering().call(request_body(listed=listed)).status == 200


def test_the_answer_counts_for_logs_and_metrics() -> None:
    gone, stays = config_map("gone"), config_map("stays")
    removed = frozenset({ObjectKey("ConfigMap.v1", "acme/gone")})
    answer = answering(stays, removed=removed).call(request_body(gone, stays))
    assert (answer.parent, answer.children_in, answer.children_out, answer.removed) == ("shops.acme", 2, 1, 1)


def test_equal_requests_get_byte_identical_answers() -> None:
    hooks = answering(config_map(data={"b": "1", "a": "2"}), resync_after_seconds=30)
    assert len({hooks.call(request_body()).body for _ in range(3)}) == 1


def test_a_call_logs_nothing_by_itself(caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level(logging.DEBUG)
    FakeHooks(error=KeyError("x")).call(request_body())
    assert not caplog.records
    assert not capsys.readouterr().err


def test_the_clock_of_the_caller_is_the_clock_of_the_hook() -> None:
    assert FakeHooks().call(request_body()).status == 200, f"the fake hook insists on {NOW}"
