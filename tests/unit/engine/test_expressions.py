"""What an expression becomes: native types, texts, nulls; and what stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.compiled import TemplateError
from tenantry.engine.render import RenderError, render_entry, template_context
from tenantry.names import slug
from tests.support.rendering import refusal, render, render_object, widget_with


@pytest.mark.parametrize(
    "value",
    [
        "text",
        "",
        "0123",
        "true",
        "null",
        7,
        -7,
        0,
        2.5,
        True,
        False,
        [1, "a"],
        {"a": {"b": [True]}},
        2**63 - 1,
        -(2**63),
    ],
)
def test_a_single_expression_keeps_the_type_of_its_value(value: Any) -> None:
    rendered = render("{{ x }}", x=value)
    assert (rendered, type(rendered)) == (value, type(value))


@pytest.mark.parametrize("text", ["1", "1.0", "[1]", "{'a': 1}", "None", "True", "1e5", "__import__('os')", "'quoted'"])
def test_text_that_looks_like_python_stays_text(text: str) -> None:
    assert render("{{ x }}", x=text) == text


def test_an_integral_float_becomes_an_integer() -> None:
    assert type(render("{{ x }}", x=3.0)) is int


def test_an_integral_float_inside_a_list_becomes_an_integer() -> None:
    assert type(render("{{ x }}", x=[3.0])[0]) is int


def test_an_integral_float_of_the_template_itself_becomes_an_integer() -> None:
    assert type(render(3.0)) is int


@pytest.mark.parametrize("value", [1e300, -1e300, 2.0**63])
def test_a_number_beyond_64_bits_is_refused(value: float) -> None:
    assert "64 bits" in refusal("{{ x }}", x=value).message


@pytest.mark.parametrize("source", ["{{ 9223372036854775807 + 1 }}", "{{ 2 ** 64 }}", "{{ -9223372036854775808 - 1 }}"])
def test_an_integer_beyond_64_bits_is_refused(source: str) -> None:
    assert "64 bits" in refusal(source).message


def test_a_number_beyond_64_bits_can_be_written_as_text() -> None:
    assert render("{{ x | string }}", x=1e300) == "1e+300"


@pytest.mark.parametrize("source", ["{{ 'nan' | float }}", "{{ 'inf' | float }}", "{{ [('inf' | float)] }}"])
def test_a_number_that_is_not_finite_is_refused(source: str) -> None:
    assert "JSON cannot hold" in refusal(source).message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a-{{ n }}", "a-7"),
        ("{{ n }}{{ n }}", "77"),
        (" {{ n }}", " 7"),
        ("{{ n }} ", "7 "),
        ("{{ yes }}!", "true!"),
        ("{{ half }}m", "2.5m"),
        ("{{ whole }}m", "3m"),
        ("{{ n }}\n", "7\n"),
        ("{{ n }}{# a remark #}{{ yes }}", "7true"),
    ],
)
def test_a_mixture_is_a_string(source: str, expected: str) -> None:
    assert render(source, n=7, yes=True, half=2.5, whole=3.0) == expected


def test_a_list_in_a_mixture_is_refused() -> None:
    assert "tojson" in refusal("a-{{ x }}", x=[1]).message


def test_a_remark_alone_is_an_empty_text() -> None:
    assert render("{# nothing #}") == ""


def test_tojson_writes_a_value_with_sorted_keys() -> None:
    assert render("config: {{ x | tojson }}", x={"b": [1.0, None], "a": "é"}) == 'config: {"a":"é","b":[1]}'


@pytest.mark.parametrize(
    ("value", "expected"), [(8080, "8080"), (True, "true"), (False, "false"), (2.5, "2.5"), (3.0, "3"), ("x", "x")]
)
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("v1/ConfigMap", ("data", "key")),
        ("v1/Secret", ("data", "key")),
        ("apps/v1/Deployment", ("metadata", "annotations", "note")),
        ("apps/v1/Deployment", ("metadata", "labels", "note")),
        ("apps/v1/Deployment", ("spec", "template", "metadata", "labels", "note")),
        ("apps/v1/Deployment", ("spec", "template", "spec", "nodeSelector", "zone")),
        ("apps/v1/Deployment", ("spec", "template", "spec", "containers", 0, "args", 0)),
        ("apps/v1/Deployment", ("spec", "template", "spec", "containers", 0, "env", 0, "value")),
        ("v1/Service", ("spec", "selector", "app")),
    ],
)
@pytest.mark.parametrize("constant", [False, True], ids=["expression", "constant"])
def test_where_kubernetes_wants_a_string_any_scalar_becomes_one(
    kind: str, path: tuple[str | int, ...], value: Any, expected: str, constant: bool
) -> None:
    found: Any = render_object(_object_with(kind, path, value if constant else "{{ x }}"), x=value)
    for step in path:
        found = found[step]
    assert found == expected


def _object_with(kind: str, path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    api_version, _, name = kind.rpartition("/")
    obj = {"apiVersion": api_version, "kind": name, **value}
    obj["metadata"] = {"name": "it", "namespace": "acme", **obj.get("metadata", {})}
    return obj


def test_a_number_in_the_name_becomes_part_of_it() -> None:
    obj = widget_with("") | {"metadata": {"name": "{{ n }}"}}
    assert render_object(obj, n=7)["metadata"]["name"] == "7"


def test_a_list_where_a_string_is_wanted_is_refused() -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "it", "namespace": "a"},
        "data": {"k": "{{ x }}"},
    }
    with pytest.raises(RenderError, match="tojson"):
        render_object(obj, x=[1])


def test_the_key_of_a_null_is_left_out() -> None:
    rendered = render_object(widget_with("{{ x }}") | {"spec": {"a": "{{ x }}", "b": 1}}, nulls=("x",))
    assert rendered["spec"] == {"b": 1}


def test_a_null_in_a_list_is_left_out() -> None:
    assert render(["{{ x }}", "b", None], nulls=("x",)) == ["b"]


def test_a_null_inside_a_value_is_left_out() -> None:
    assert render("{{ x }}", x={"a": None, "b": [None, 1]}) == {"b": [1]}


def test_a_null_of_the_template_itself_is_left_out() -> None:
    assert render({"a": None, "b": "{{ x }}"}, x=1) == {"b": 1}


def test_a_null_inside_a_text_is_refused_with_the_way_out() -> None:
    assert "default('…', true)" in refusal("a-{{ x }}", nulls=("x",)).message


def test_a_null_can_be_replaced_by_a_default() -> None:
    assert render("a-{{ x | default('b', true) }}", nulls=("x",)) == "a-b"


def test_a_null_can_be_asked_for() -> None:
    assert render("{{ 'none' if x is none else 'some' }}", nulls=("x",)) == "none"


@pytest.mark.parametrize(
    "text", ["{{ 7 * 7 }}", "{% if true %}x{% endif %}", "{# x #}", "{{ uid }}", "}}", "{{", "{%", "${x}", "$(X)", "%s"]
)
@pytest.mark.parametrize("source", ["{{ x }}", "a {{ x }}", "{% if true %}{{ x }}{% endif %}", "{{ x ~ '' }}"])
def test_braces_inside_a_value_arrive_as_text(text: str, source: str) -> None:
    assert text in render(source, x=text)


@pytest.mark.parametrize("text", ["{{ uid }}", "{% raw %}", "plain"])
def test_keys_are_never_expressions(text: str) -> None:
    assert render({text: "{{ x }}"}, x=1) == {text: 1}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% if n > 5 %}big{% elif n %}small{% else %}none{% endif %}", "big"),
        ("{% for i in xs %}{{ loop.index }}={{ i }};{% endfor %}", "1=a;2=b;"),
        ("{% for i in xs if i != 'a' %}{{ i }}{% endfor %}", "b"),
        ("{% for k, v in map.items() %}{{ k }}:{{ v }} {% endfor %}", "one:1 two:2 "),
        ("{% set y = n + 1 %}{{ y }}", "8"),
        ("{% set y %}x{{ n }}{% endset %}{{ y }}{{ y }}", "x7x7"),
        ("{% with y = n %}{{ y }}{% endwith %}", "7"),
        ("{% raw %}{{ n }}{% endraw %}", "{{ n }}"),
        ("a\n{%- if true %} b{% endif %}\n", "a b\n"),
    ],
)
def test_statements_make_a_text(source: str, expected: str) -> None:
    assert render(source, n=7, xs=["a", "b"], map={"one": 1, "two": 2}) == expected


def test_a_variable_set_in_one_string_is_unknown_in_the_next() -> None:
    obj = {**widget_with(""), "spec": {"a": "{% set y = 1 %}{{ y }}", "b": "{{ y }}"}}
    with pytest.raises(RenderError, match="'y' is undefined"):
        render_object(obj)


def test_the_text_of_one_string_with_statements_cannot_be_seen_by_another() -> None:
    obj = {**widget_with(""), "spec": {"a": "{% if true %}secret{% endif %}", "b": "{{ _text_0 }}"}}
    with pytest.raises(TemplateError, match=r"spec\.b"):
        render_object(obj)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ uid }}", "Ac Me"),
        ("{{ slug }}", slug("Ac Me")),
        ("{{ active }}", True),
        ("{{ tenant.name }}", "shops.Ac Me"),
        ("{{ 'Ac Me' | slug }}", slug("Ac Me")),
    ],
)
def test_every_tenant_has_these_variables(source: str, expected: Any) -> None:
    assert render(source, uid="Ac Me") == expected


@pytest.mark.parametrize("name", ["uid", "slug", "active", "tenant"])
def test_a_column_cannot_pretend_to_be_what_every_tenant_has(name: str) -> None:
    entry = compile_resources([{"id": "it", "object": widget_with("{{ " + name + " }}")}]).entries[0]
    context = template_context(uid="acme", name="shops.acme", values={name: "forged"})
    assert render_entry(entry, context)["spec"]["field"] != "forged"


@pytest.mark.parametrize("name", ["items", "keys", "get", "values", "copy"])
def test_a_key_of_a_mapping_comes_before_a_method_of_that_name(name: str) -> None:
    assert render("{{ x." + name + " }}", x={name: "mine"}) == "mine"


def test_an_unknown_variable_is_named_with_the_nearest_known_one() -> None:
    message = refusal("{{ replica }}", replicas=3).message
    assert ("'replica' is undefined" in message, "'replicas'" in message) == (True, True)


@pytest.mark.parametrize("source", ["{{ now() }}", "{{ shop.now() }}"])
def test_a_function_that_there_is_not_is_named(source: str) -> None:
    message = refusal(source, shop={}).message
    assert ("'now'" in message, "Undefined" in message) == (True, False)


def test_an_unknown_variable_far_from_all_is_named_with_the_known_ones() -> None:
    assert "active, plan, slug, tenant, uid" in refusal("{{ zzz }}", plan="x").message


@pytest.mark.parametrize(
    "source", ["a {{ x.y }}", "{{ x.y.z }}", "{{ x['y'] }}", "{{ [x.y] }}", "{% if x.y %}{% endif %}"]
)
def test_an_unknown_field_is_an_error(source: str) -> None:
    assert "y" in refusal(source, x={}).message


def test_an_unknown_variable_may_have_a_default() -> None:
    assert render("{{ zzz | default('x') }}") == "x"


@pytest.mark.parametrize(
    "source", ["{{ x + 1 }}", "{{ 1 / 0 }}", "{{ x.upper(1, 2, 3) }}", "{{ x() }}", "{{ 1 | join }}"]
)
def test_a_type_error_is_a_render_error(source: str) -> None:
    assert refusal(source, x="text").path == ".spec.field"


def test_a_render_error_names_the_path_and_the_expression() -> None:
    found = refusal({"list": ["{{ a }}", {"deep": "n: {{ 1 / b }}"}]}, a=1, b=0)
    assert (found.path, found.message.partition(":")[0]) == (".spec.field.list[1].deep", "n")


def test_a_render_error_never_shows_the_whole_of_a_long_expression() -> None:
    assert len(refusal("{{ zzz }}" + "x" * 5000).message) < 400


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("ok-1.x", True),
        ("UPPER", False),
        ("under_score", False),
        ("-a", False),
        ("a-", False),
        ("", False),
        ("a b", False),
    ],
)
def test_a_name_that_kubernetes_would_refuse_is_a_render_error(name: str, right: bool) -> None:
    obj = widget_with("") | {"metadata": {"name": "{{ x }}"}}
    try:
        render_object(obj, x=name)
        refused = False
    except RenderError as error:
        refused = error.path == ".metadata.name"
    assert refused is not right


def test_a_role_may_have_a_name_with_colons() -> None:
    obj = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a:{{ x }}"}}
    assert render_object(obj, x="B_c")["metadata"]["name"] == "a:B_c"


@pytest.mark.parametrize("name", ["a/b", "..", ".", "a%b"])
def test_a_name_that_breaks_a_path_is_a_render_error(name: str) -> None:
    obj = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "{{ x }}"}}
    with pytest.raises(RenderError):
        render_object(obj, x=name)


@pytest.mark.parametrize("value", ["", "Upper", "a.b", "x" * 64, 7.5])
def test_a_namespace_that_kubernetes_would_refuse_is_a_render_error(value: Any) -> None:
    obj = widget_with("") | {"metadata": {"name": "it", "namespace": "{{ x }}"}}
    with pytest.raises(RenderError, match=r"^\.metadata\.namespace"):
        render_object(obj, x=value)


@pytest.mark.parametrize("kind", ["v1/ConfigMap", "example.com/v1/Widget"])
def test_a_namespace_that_is_null_is_a_render_error(kind: str) -> None:
    api_version, _, name = kind.rpartition("/")
    obj = {"apiVersion": api_version, "kind": name, "metadata": {"name": "it", "namespace": "{{ x }}"}}
    with pytest.raises(RenderError, match=r"^\.metadata\.namespace"):
        render_object(obj, nulls=("x",))


@pytest.mark.parametrize("value", ["a b", "x" * 64, "-a", "é", ""])
def test_a_label_value_that_kubernetes_would_refuse_is_a_render_error(value: str) -> None:
    obj = widget_with("") | {"metadata": {"name": "it", "labels": {"plan": "{{ x }}"}}}
    with pytest.raises(RenderError, match=r"^\.metadata\.labels\.plan"):
        render_object(obj, x=value)


def test_a_field_that_is_only_called_labels_may_hold_any_text() -> None:
    assert render({"labels": {"summary": "{{ x }}"}}, x="It's down!") == {"labels": {"summary": "It's down!"}}


def test_a_value_nested_too_deeply_is_refused() -> None:
    value: Any = 1
    for _ in range(300):
        value = [value]
    assert "nested" in refusal("{{ x }}", x=value).message


def test_half_a_surrogate_pair_is_refused() -> None:
    assert "surrogate" in refusal("{{ '\\ud800' }}").message


@pytest.mark.parametrize(
    "source", ["{{ {}['\\ud800'] }}", "{{ '\\ud800' | int(default='x') + 1 }}", "{{ {'\\ud800': 1} }}"]
)
def test_the_message_about_half_a_surrogate_pair_can_be_written(source: str) -> None:
    assert refusal(source).message.encode()


@pytest.mark.parametrize("source", ["{{ range }}", "{{ 'x'.upper }}", "{{ dict }}"])
def test_a_value_that_json_cannot_hold_is_refused(source: str) -> None:
    assert "JSON cannot hold" in refusal(source).message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ xs | map('upper') }}", ["A", "B"]),
        ("{{ xs | map('upper') | join(',') }}", "A,B"),
        ("{{ ','.join(xs | map('upper')) }}", "A,B"),
        ("{{ xs | select('eq', 'b') | list }}", ["b"]),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ 'http://x:8080/%s' % name }}", "http://x:8080/acme"),
        ("{{ '*%s*' % name }}", "*acme*"),
        ("{{ '%03d-%.2f' % (7, 1.5) }}", "007-1.50"),
        ("{{ '%s:%s' | format(name, 80) }}", "acme:80"),
        ("{{ 10 // 3 + 10 % 3 + 2 ** 3 }}", 12),
        ("{{ [1, 2] + [3] }}", [1, 2, 3]),
        ("{{ 'ab' * 2 }}", "abab"),
        ("{{ xs | length }}", 2),
        ("{{ 'a' in xs and 'z' not in xs }}", True),
        ("{{ {'a': 1} | items | list }}", [["a", 1]]),
        ("{{ dict(a=1) }}", {"a": 1}),
        ("{{ [3, 1, 2] | sort }}", [1, 2, 3]),
        ("{{ [1, 2, 3] | sum }}", 6),
        ("{{ 2.567 | round(1) }}", 2.6),
        ("{{ 'a b' | replace(' ', '-') }}", "a-b"),
        ("{{ 'text' | indent(2, true) }}", "  text"),
        ("{{ 'aaa bbb' | wordwrap(3) }}", "aaa\nbbb"),
        ("{{ [1, 2, 3] | batch(2) | list }}", [[1, 2], [3]]),
        ("{{ xs | first ~ xs | last }}", "ab"),
        ("{{ map.get('one', 2) }}", 1),
        ("{{ name.split('c') }}", ["a", "me"]),
        ("{{ 'x' if name is defined else 'y' }}", "x"),
        ("{{ people | groupby('team') | map('first') | list }}", ["a", "b"]),
        ("{{ people | map(attribute='team') | unique | join }}", "ab"),
        ("{{ name[1:] }}", "cme"),
    ],
)
def test_everyday_filters_and_methods_work(source: str, expected: Any) -> None:
    people = [{"team": "a", "n": 1}, {"team": "b", "n": 2}, {"team": "a", "n": 3}]
    assert render(source, name="acme", xs=["a", "b"], map={"one": 1}, people=people) == expected


def _secret(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "it", "namespace": "acme"}, **fields}


def test_the_texts_of_a_secret_become_what_an_api_server_stores() -> None:
    rendered = render_object(_secret(data={"b": "eA=="}, stringData={"a": "{{ x }}", "n": 7}), x="é")
    assert (rendered["data"], "stringData" in rendered) == ({"b": "eA==", "a": "w6k=", "n": "Nw=="}, False)


@pytest.mark.parametrize("value", ["text", ["a"], {"a": 1}, {"a": ["b"]}])
def test_the_texts_of_a_secret_that_are_no_texts_are_a_render_error(value: Any) -> None:
    with pytest.raises(RenderError, match=r"^\.stringData"):
        render_object(_secret(stringData="{{ x }}"), x=value)


@pytest.mark.parametrize("value", ["text", 5, ["a"]])
def test_data_of_a_secret_that_is_no_mapping_is_refused(value: Any) -> None:
    with pytest.raises(RenderError, match=r"^\.data: .* a mapping is wanted"):
        render_object(_secret(data="{{ x }}", stringData={"a": "b"}), x=value)
