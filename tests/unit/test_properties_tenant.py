"""What holds for any row, any template and any order of things.

Every answer in here has also passed the server's own checks: nothing observed is dropped, no child is malformed.
"""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry import tenant
from tenantry.engine.keep import keep
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse, object_key
from tests.support.strategies import depth_of, json_values, scalars, templates, texts, uids
from tests.support.tenancy import Tenancy, child, config, deployment, entry, namespace, phases, widget

thoroughly = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def as_bytes(answer: SyncResponse) -> bytes:
    removed = sorted(map(list, answer.removed))
    return orjson.dumps([answer.children, removed, answer.status, answer.resync_after_seconds, answer.finalized])


def shuffled(request: SyncRequest, data: st.DataObject) -> SyncRequest:
    """The same request with its objects in another order."""

    def mixed(objects: Any) -> Any:
        kinds = data.draw(st.permutations(list(objects)))
        return {
            kind: {key: objects[kind][key] for key in data.draw(st.permutations(list(objects[kind])))} for kind in kinds
        }

    return SyncRequest(
        request.controller, request.parent, mixed(request.children), mixed(request.related), request.finalizing
    )


@st.composite
def tenancies(draw: st.DrawFn) -> Tenancy:
    """A tenant somewhere on its way: templates changed, objects missing, ill, refused or of somebody else."""
    tenancy = Tenancy(values={"v": "1"})
    tenancy.use(shop=draw(templates()), more=draw(templates(largest=3)))
    for step in draw(
        st.lists(st.sampled_from(["sync", "template", "value", "lose", "refuse", "adopt", "revision"]), max_size=8)
    ):
        if step == "sync":
            tenancy.sync()
        elif step == "template":
            tenancy.use(shop=draw(templates()))
        elif step == "value":
            tenancy.change(v=draw(st.sampled_from(["1", "2", "{{ uid }}"])))
        elif step == "lose" and tenancy.objects:
            tenancy.objects.pop(draw(st.sampled_from(sorted(tenancy.objects))))
        elif step == "refuse":
            tenancy.refused = {f"w{draw(st.integers(0, 7))}"}
        elif step == "adopt":
            tenancy.adopt(config(f"theirs{draw(st.integers(0, 2))}", in_="elsewhere"))
        elif step == "revision":
            tenancy.related = tenancy.related[1:]
        tenancy.wait(draw(st.sampled_from([0, 1, 3, 40])))
    return tenancy


@thoroughly
@given(tenancies(), st.booleans(), st.booleans(), st.data())
def test_the_order_of_a_request_changes_nothing(
    tenancy: Tenancy, finalizing: bool, deleting: bool, data: st.DataObject
) -> None:
    if deleting:
        tenancy.delete()
    hook = tenant.finalize if finalizing else tenant.sync
    request = tenancy.request(finalizing=finalizing)
    assert as_bytes(hook(shuffled(request, data), now=tenancy.now)) == as_bytes(hook(request, now=tenancy.now))


@thoroughly
@given(tenancies(), tenancies())
def test_the_same_request_gets_the_same_bytes_whatever_was_asked_between(one: Tenancy, other: Tenancy) -> None:
    first = as_bytes(one.ask())
    other.ask()
    assert as_bytes(one.ask()) == first


@thoroughly
@given(tenancies())
def test_a_request_is_never_changed(tenancy: Tenancy) -> None:
    request = tenancy.request()
    before = orjson.dumps([request.parent, request.children, request.related])
    tenant.sync(request, now=tenancy.now)
    assert orjson.dumps([request.parent, request.children, request.related]) == before


@thoroughly
@given(tenancies())
def test_no_object_is_returned_twice(tenancy: Tenancy) -> None:
    keys = [object_key(one) for one in tenancy.ask().children]
    assert len(set(keys)) == len(keys)


@thoroughly
@given(tenancies())
def test_every_observed_object_is_returned_or_removed_and_never_both(tenancy: Tenancy) -> None:
    answer = tenancy.ask()
    kept = {object_key(one) for one in answer.children}
    assert (set(tenancy.objects) - kept, kept & answer.removed) == (set(answer.removed), set())


@thoroughly
@given(tenancies())
def test_keeping_what_is_observed_changes_nothing_when_everything_is_held(tenancy: Tenancy) -> None:
    tenancy.parent["spec"] = None
    before = {key: keep(live) for key, live in tenancy.objects.items()}
    tenancy.sync()
    assert {key: keep(live) for key, live in tenancy.objects.items()} == before


@thoroughly
@given(tenancies())
def test_a_deleted_tenant_comes_to_its_end(tenancy: Tenancy) -> None:
    tenancy.refused = set()
    tenancy.use(shop=[])
    tenancy.delete()
    for _ in range(len(tenancy.objects) + 2):
        answer = tenancy.finalize()
    assert answer.finalized


@few
@given(templates(largest=14), st.sampled_from([0, 1, 5]))
def test_a_tenant_reaches_its_end_in_as_many_rounds_as_its_dependencies_are_deep(
    resources: list[JSONObject], seconds: int
) -> None:
    tenancy = Tenancy(*resources, values={"v": "1"})
    for _ in range(depth_of(resources) + 3):
        answer = tenancy.sync()
        tenancy.wait(seconds)
    tenancy.wait(1000)
    again = tenancy.ask()
    assert (as_bytes(again), set(phases(again).values())) == (as_bytes(answer), {"Ready"})


@few
@given(templates(), templates())
def test_a_tenant_reaches_its_end_from_another_template(before: list[JSONObject], after: list[JSONObject]) -> None:
    tenancy = Tenancy(*before, values={"v": "1"})
    tenancy.settle(depth_of(before) + 3)
    tenancy.use(shop=after)
    answer = tenancy.settle(depth_of(before) + depth_of(after) + 6)
    assert as_bytes(tenancy.ask()) == as_bytes(answer)


USES: dict[str, JSONObject] = {
    "value": {"spec": {"x": "{{ x }}"}},
    "text": {"spec": {"x": "<{{ x }}>"}},
    "statements": {"spec": {"x": "{% for i in [x] %}{{ i }}{% endfor %}"}},
    "key": {"spec": {"x": "{{ {x: 1} }}"}},
    "name": {"metadata": {"name": "{{ x }}"}},
    "namespace": {"metadata": {"name": "bad", "namespace": "{{ x }}"}},
    "label": {"metadata": {"name": "bad", "labels": {"x": "{{ x }}"}}},
    "annotation": {"metadata": {"name": "bad", "annotations": {"x": "{{ x }}"}}},
    "number": {"spec": {"x": "{{ x + 1 }}"}},
    "json": {"spec": {"x": "{{ x | tojson }}"}},
    "slug": {"metadata": {"name": "{{ x | slug }}"}},
    "format": {"spec": {"x": "{{ x % 1 }}"}},
    "repeat": {"spec": {"x": "{{ 'ab' * x }}"}},
    "range": {"spec": {"x": "{{ range(x) | list }}"}},
}


@thoroughly
@given(st.one_of(scalars(), json_values()), st.sampled_from(sorted(USES)), uids())
def test_no_value_breaks_an_entry_that_does_not_use_it(value: Any, use: str, uid: str) -> None:
    tenancy = Tenancy(
        entry("bad", widget("bad") | USES[use]),
        entry("good", config(in_="default", v="{{ plan }}")),
        entry("web", deployment(in_="default", image="web:{{ plan }}")),
        values={"plan": "pro"},
        uid="acme",
    )
    tenancy.change(x=value)
    tenancy.spec["uid"] = uid
    tenancy.sync()
    tenancy.wait(3)
    found = phases(tenancy.sync())
    assert (found["good"], found["web"]) == ("Ready", "Ready")


@thoroughly
@given(texts())
def test_text_from_a_row_arrives_in_an_object_as_it_is(text: str) -> None:
    tenancy = Tenancy(entry("cfg", config(in_="default", v="{{ x }}")), values={"x": text})
    assert child(tenancy.sync(), "config")["data"] == {"v": text}


@thoroughly
@given(st.dictionaries(texts(), scalars(), max_size=6))
def test_whatever_columns_are_called_the_tenant_is_made(values: dict[str, Any]) -> None:
    tenancy = Tenancy(entry("ns", namespace()), values=values)
    assert child(tenancy.sync(), "acme")["metadata"]["name"] == "acme"


@thoroughly
@given(uids())
def test_any_uid_gives_a_namespace(uid: str) -> None:
    tenancy = Tenancy(entry("ns", namespace()))
    tenancy.spec["uid"] = uid
    tenancy.sync()
    assert phases(tenancy.sync()) == {"ns": "Ready"}


@thoroughly
@given(texts())
def test_text_in_a_template_without_braces_arrives_as_it_is(text: str) -> None:
    plain = text.replace("{", "(")
    tenancy = Tenancy(entry("cfg", config(in_="default", v=plain)))
    assert child(tenancy.sync(), "config")["data"] == {"v": plain}


@thoroughly
@given(texts())
def test_any_text_as_an_expression_gives_an_answer(text: str) -> None:
    tenancy = Tenancy(values={"x": 1})
    tenancy.use(shop=[entry("cfg", config(in_="default", v="{{" + text + "}}", w=text))])
    assert tenancy.sync().status["conditions"]
