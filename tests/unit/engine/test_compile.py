"""What is wrong with a template, all at once; and in which order its entries are."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.compiled import TemplateError
from tenantry.protocol import JSONObject
from tests.support.rendering import problem_paths, problems, render_object, widget_with
from tests.support.tenancy import config, deployment, entry, namespace, widget


def ids(*resources: JSONObject) -> list[str]:
    return [one.id for one in compile_resources(list(resources)).entries]


def with_metadata(**metadata: Any) -> JSONObject:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "it", **metadata}}


def test_all_problems_are_told_at_once() -> None:
    paths = problem_paths(
        entry("a", widget("a", x="{{ 1 +", y=["ok", "{% nothing %}"])),
        entry("a", widget("b")),
        entry("c", widget("c"), dependsOn=["zzz", "a"]),
        entry("d", widget("d", z="{{ x | nothing }}")),
    )
    assert paths == [
        "resources[a]",
        "resources[c].dependsOn",
        "resources[a].object.spec.x",
        "resources[a].object.spec.y[1]",
        "resources[d].object.spec.z",
    ]


def test_the_error_tells_every_problem() -> None:
    with pytest.raises(TemplateError, match=r"resources\[a\].*resources\[b\]"):
        compile_resources([entry("a", widget("a", x="{{")), entry("b", widget("b", x="{{"))])


def test_all_problems_of_shape_are_told_at_once() -> None:
    paths = problem_paths({"id": "a"}, {"object": widget("b")}, entry("c", {"metadata": {}}), entry("d", {"kind": "X"}))
    assert paths == [
        "resources[a]",
        "resources[1]",
        "resources[c].object.apiVersion",
        "resources[c].object.kind",
        "resources[c].object.metadata.name",
        "resources[d].object.apiVersion",
        "resources[d].object.metadata.name",
    ]


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        ({"apiVersion": "{{ x }}", "kind": "A", "metadata": {"name": "a"}}, ".apiVersion"),
        ({"apiVersion": "v1", "kind": "{{ x }}", "metadata": {"name": "a"}}, ".kind"),
        ({"apiVersion": "", "kind": "A", "metadata": {"name": "a"}}, ".apiVersion"),
        ({"apiVersion": "v1", "kind": 1, "metadata": {"name": "a"}}, ".kind"),
        ({"apiVersion": "v1", "kind": "A", "metadata": "{{ x }}"}, ".metadata.name"),
        ({"apiVersion": "v1", "kind": "A"}, ".metadata.name"),
        (with_metadata(name=""), ".metadata.name"),
        (with_metadata(name=1), ".metadata.name"),
        (with_metadata(namespace=["a"]), ".metadata.namespace"),
        (with_metadata(namespace={}), ".metadata.namespace"),
        (with_metadata(generateName="a-"), ".metadata.generateName"),
        (with_metadata(ownerReferences=[]), ".metadata.ownerReferences"),
        (with_metadata(finalizers=["a"]), ".metadata.finalizers"),
        (with_metadata(uid="1"), ".metadata.uid"),
        (with_metadata(resourceVersion="1"), ".metadata.resourceVersion"),
        (with_metadata(creationTimestamp="2026-01-02T03:04:05Z"), ".metadata.creationTimestamp"),
        (with_metadata(deletionTimestamp="2026-01-02T03:04:05Z"), ".metadata.deletionTimestamp"),
        (with_metadata(managedFields=[]), ".metadata.managedFields"),
        (with_metadata(labels="{{ x }}"), ".metadata.labels"),
        (with_metadata(labels=["a"]), ".metadata.labels"),
        (with_metadata(annotations="text"), ".metadata.annotations"),
        (with_metadata(labels={"tenantry.io/tenant": "x"}), ".metadata.labels[tenantry.io/tenant]"),
        (with_metadata(annotations={"tenantry.io/x": "x"}), ".metadata.annotations[tenantry.io/x]"),
        (with_metadata(labels={"a": ""}), ".metadata.labels.a"),
        (with_metadata(labels={"a": "not a label"}), ".metadata.labels.a"),
        (with_metadata(labels={"a": "x" * 64}), ".metadata.labels.a"),
        (with_metadata(annotations={"a": ["x"]}), ".metadata.annotations.a"),
        (with_metadata() | {"status": {}}, ".status"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, ".metadata.namespace"),
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "namespace": "b"}}, ".metadata.namespace"),
        (widget("a", x=1e300), ".spec.x"),
        (widget("a", x=[2**63]), ".spec.x[0]"),
    ],
)
def test_what_can_never_become_an_object_is_a_problem(obj: JSONObject, path: str) -> None:
    assert problem_paths(entry("it", obj)) == [f"resources[it].object{path}"]


def test_a_creation_timestamp_of_null_as_kubectl_writes_it_does_no_harm() -> None:
    assert "creationTimestamp" not in render_object(with_metadata(creationTimestamp=None))["metadata"]


@pytest.mark.parametrize("depth", [66, 200, 300, 900])
def test_an_object_nested_too_deeply_is_a_problem(depth: int) -> None:
    value: Any = "{{ uid }}"
    for _ in range(depth):
        value = {"a": value}
    assert len(problems(entry("it", widget_with(value)))) == 1


def test_an_object_nested_as_deeply_as_allowed_is_rendered() -> None:
    value: Any = "{{ uid }}"
    for _ in range(60):
        value = [value, {"x": "{{ uid }}"}]
    assert render_object(widget_with(value))["kind"] == "Widget"


def test_an_integer_that_json_text_cannot_hold_is_a_problem() -> None:
    assert len(problems(entry("it", widget("a", x=10**30)))) == 1


def test_an_entry_may_not_need_itself() -> None:
    assert [str(one) for one in problems(entry("a", widget("a"), dependsOn=["a"]))] == [
        "resources[a]: depends on itself: a → a"
    ]


def test_a_cycle_is_told_with_all_its_members() -> None:
    found = problems(
        entry("x", widget("x")),
        entry("a", widget("a"), dependsOn=["x", "b"]),
        entry("b", widget("b"), dependsOn=["c"]),
        entry("c", widget("c"), dependsOn=["a"]),
    )
    assert [one.message for one in found] == ["depends on itself: a → b → c → a"]


def test_a_namespace_that_needs_an_object_in_itself_is_a_cycle() -> None:
    assert len(problems(entry("ns", namespace(), dependsOn=["cfg"]), entry("cfg", config()))) == 1


def test_entries_come_behind_what_they_need() -> None:
    assert ids(
        entry("a", widget("a"), dependsOn=["b"]), entry("b", widget("b"), dependsOn=["c"]), entry("c", widget("c"))
    ) == ["c", "b", "a"]


def test_entries_keep_their_order_otherwise() -> None:
    assert ids(*(entry(name, widget(name)) for name in "zmaqb")) == list("zmaqb")


def test_a_namespace_comes_before_the_objects_in_it() -> None:
    assert ids(entry("web", deployment()), entry("cfg", config()), entry("ns", namespace()))[0] == "ns"


def test_a_chain_of_a_hundred_entries_is_put_in_order() -> None:
    chain = [entry(f"e{n}", widget(f"w{n}"), dependsOn=[f"e{n + 1}"] if n < 100 else []) for n in range(101)]
    assert ids(*chain) == [f"e{n}" for n in range(100, -1, -1)]


def test_five_hundred_entries_beside_each_other_are_put_in_order() -> None:
    wide = [entry("top", widget("top"), dependsOn=[f"e{n}" for n in range(500)])]
    wide += [entry(f"e{n}", widget(f"w{n}")) for n in range(500)]
    assert ids(*wide)[-1] == "top"


def test_a_cycle_of_five_hundred_entries_is_found() -> None:
    ring = [entry(f"e{n}", widget(f"w{n}"), dependsOn=[f"e{(n + 1) % 500}"]) for n in range(500)]
    assert len(problems(*ring)) == 1


def test_a_template_without_entries_is_valid() -> None:
    assert ids() == []


def test_the_same_content_is_compiled_once() -> None:
    resources = [entry("a", widget("only-here"))]
    assert compile_resources(resources) is compile_resources([entry("a", widget("only-here"))])


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, 1.5), ("1", 1)])
def test_contents_that_python_takes_for_equal_are_told_apart(one: Any, other: Any) -> None:
    assert compile_resources([entry("a", widget("a", x=one))]) is not compile_resources(
        [entry("a", widget("a", x=other))]
    )
