"""What holds for any object, any value and any uid."""

from __future__ import annotations

import copy
import re
from typing import Any

import orjson
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tenantry.engine.keep import keep
from tenantry.engine.limits import LimitExceeded
from tenantry.engine.readiness import readiness
from tenantry.engine.render import RenderError
from tenantry.engine.values import ValueRefused, native
from tenantry.names import slug, tenant_name
from tenantry.protocol import JSONObject
from tests.support.observed import LIST_KEYS, observed
from tests.support.rendering import render, render_object, widget_with
from tests.support.strategies import json_values, texts, uids

thoroughly = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = st.from_regex(r"[a-z]{1,4}", fullmatch=True)
PLAIN = st.one_of(st.integers(0, 99), st.booleans(), NAMES)


def without_equal_names(items: list[JSONObject]) -> list[JSONObject]:
    return list({item["name"]: item for item in items}.values())


@st.composite
def objects(draw: st.DrawFn) -> JSONObject:
    """An object with maps, atomic lists, associative lists and empty ones of each."""
    env = st.lists(st.fixed_dictionaries({"name": NAMES, "value": NAMES}), max_size=3).map(without_equal_names)
    container = st.fixed_dictionaries(
        {"name": NAMES, "image": NAMES},
        optional={
            "args": st.lists(NAMES, max_size=3),
            "env": env,
            "resources": st.dictionaries(NAMES, PLAIN, max_size=2),
        },
    )
    spec = st.fixed_dictionaries(
        {},
        optional={
            "replicas": st.integers(0, 5),
            "containers": st.lists(container, max_size=3).map(without_equal_names),
            "settings": st.dictionaries(NAMES, st.dictionaries(NAMES, PLAIN, max_size=2), max_size=3),
            "finalizers": st.lists(NAMES, unique=True, max_size=3),
        },
    )
    labels = draw(st.dictionaries(NAMES, NAMES, min_size=1, max_size=2))
    metadata = {"name": draw(NAMES), "namespace": "acme", "labels": labels}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": draw(spec)}


def applied(patch: Any, live: Any, name: str = "") -> Any:
    """``live`` after an apply of ``patch``: what server-side apply does to fields that are there already."""
    if isinstance(patch, dict) and isinstance(live, dict):
        return live | {key: applied(value, live.get(key), key) for key, value in patch.items()}
    keys = LIST_KEYS.get(name)
    if keys and isinstance(patch, list) and isinstance(live, list):
        result = copy.copy(live)
        for item in patch:
            same = [one for one in result if all(one.get(key) == item.get(key) for key in keys)]
            result[result.index(same[0])] = applied(item, same[0])
        return result
    if name == "finalizers":
        return live + [item for item in patch if item not in live]
    return patch


@thoroughly
@given(objects(), st.dictionaries(NAMES, PLAIN, max_size=2), st.booleans())
def test_keeping_an_object_and_applying_that_changes_nothing(
    obj: JSONObject, others: JSONObject, reverse: bool
) -> None:
    live = observed(obj)
    live["spec"] |= {f"their-{key}": value for key, value in others.items()}
    for container in live["spec"].get("containers", ()):
        container["their-policy"] = "Always"
    if reverse and "containers" in live["spec"]:
        live["spec"]["containers"].reverse()
    before = copy.deepcopy(live)
    patch = keep(live)
    owners = patch["metadata"].pop("ownerReferences", None)
    assert (applied(patch, live), owners) == (before, None)


@thoroughly
@given(objects())
def test_keeping_what_was_just_applied_is_what_was_applied(obj: JSONObject) -> None:
    assert keep(observed(obj)) == obj


@thoroughly
@given(objects())
def test_keeping_is_the_same_again(obj: JSONObject) -> None:
    kept = keep(observed(obj))
    assert keep(observed(kept)) == kept


@thoroughly
@given(texts())
def test_any_text_arrives_unchanged_as_a_single_expression(text: str) -> None:
    assert render("{{ x }}", x=text) == text


@thoroughly
@given(texts())
def test_any_text_arrives_unchanged_inside_a_text(text: str) -> None:
    assert render("<{{ x }}|{{ x }}>", x=text) == f"<{text}|{text}>"


@thoroughly
@given(texts())
def test_any_text_arrives_unchanged_through_statements(text: str) -> None:
    assert render("{% for i in [x] %}<{{ i }}>{% endfor %}", x=text) == f"<{text}>"


@thoroughly
@given(json_values())
def test_any_value_becomes_json_without_nulls_or_integral_floats(value: Any) -> None:
    try:
        found = render_object(widget_with("{{ x }}"), x=value)["spec"]
    except RenderError:
        return
    assert not list(_unwanted(found))


@thoroughly
@given(json_values())
def test_what_was_made_native_once_stays_as_it_is(value: Any) -> None:
    try:
        found = native(value)
    except (ValueRefused, LimitExceeded):
        return
    assert orjson.dumps(native(found)) == orjson.dumps(found)


def _unwanted(value: Any) -> Any:
    if value is None or (isinstance(value, float) and value.is_integer()):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _unwanted(item)


@thoroughly
@given(uids())
def test_a_slug_is_a_dns_label_of_at_most_38_characters(uid: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?", slug(uid))


@thoroughly
@given(st.lists(uids(), unique=True, max_size=40))
def test_no_two_uids_have_one_slug(uids: list[str]) -> None:
    assert len({slug(uid) for uid in uids}) == len(uids)


@thoroughly
@given(uids())
def test_no_uid_is_the_slug_that_another_one_got_by_cleaning(uid: str) -> None:
    assume(re.search(r"[A-Za-z0-9]", uid))
    assert slug(slug(uid)) != slug(uid) or slug(uid) == uid


@thoroughly
@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?", fullmatch=True), uids())
def test_the_name_of_a_tenant_has_at_most_63_characters(registry: str, uid: str) -> None:
    assert len(tenant_name(registry, uid)) <= 63


@thoroughly
@given(
    st.sampled_from(
        [
            "apps/v1/Deployment",
            "apps/v1/StatefulSet",
            "apps/v1/DaemonSet",
            "batch/v1/Job",
            "v1/Pod",
            "v1/Service",
            "v1/Namespace",
            "v1/PersistentVolumeClaim",
            "example.com/v1/Widget",
            "apiregistration.k8s.io/v1/APIService",
        ]
    ),
    st.one_of(json_values(), st.fixed_dictionaries({"type": st.just("LoadBalancer"), "updateStrategy": json_values()})),
    st.one_of(
        json_values(),
        st.fixed_dictionaries({"conditions": json_values(), "loadBalancer": json_values(), "replicas": json_values()}),
        st.fixed_dictionaries({"conditions": st.lists(st.dictionaries(st.just("type"), json_values()), max_size=2)}),
    ),
)
def test_no_status_is_too_strange_to_be_judged(kind: str, spec: Any, status: Any) -> None:
    api_version, _, name = kind.rpartition("/")
    found = readiness({"apiVersion": api_version, "kind": name, "metadata": {}, "spec": spec, "status": status})
    assert bool(found.reason) is (found.health.value != "Ready")
