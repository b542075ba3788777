"""References are found when a template is compiled, and are dependencies with all that this means."""

from __future__ import annotations

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.references import BadReference, missing, references_in
from tests.support.rendering import problems
from tests.support.tenancy import entry, widget


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ resources.db.status.endpoint }}", ["resources.db.status.endpoint"]),
        ("{{ resources['my-db'].status['end-point'] }}", ["resources.my-db.status.end-point"]),
        ("{{ resources.db.status.hosts[0].ip }}", ["resources.db.status.hosts[0].ip"]),
        ("{{ resources.db.status.get('x') }}", ["resources.db.status"]),
        ("{{ resources.db.status.host.upper() }}", ["resources.db.status.host"]),
        ("{{ resources.db.data[key] }}", ["resources.db.data"]),
        ("{{ resources.db.data[resources.a.data.key].x }}", ["resources.db.data", "resources.a.data.key"]),
        ("{{ resources.db.data.password | default('x') }}", ["resources.db.data.password"]),
        ("{{ resources.db }}", ["resources.db"]),
        ("a {{ resources.a.x }} b {{ resources.b.y ~ resources.a.x }}", ["resources.a.x", "resources.b.y"]),
        ("{% if resources.a.x is defined %}{{ resources.b.x }}{% endif %}", ["resources.a.x", "resources.b.x"]),
        ("{{ templates['base'].resources.db.status.x }}", ["templates['base'].resources.db.status.x"]),
        ("{{ templates.base.resources['my-db'].hosts[0].x }}", ["templates['base'].resources.my-db.hosts[0].x"]),
        ("{{ templates['base'].resources.db.status.get('x') }}", ["templates['base'].resources.db.status"]),
        ("{{ templates['b'].resources.db[resources.a.x] }}", ["templates['b'].resources.db", "resources.a.x"]),
        ("{{ tenant.templates }} and templates", []),
        ("{{ plan }} of resources.db", []),
        ("{{ tenant.resources }}", []),
        ("{{ resources.", []),
    ],
)
def test_references_of_an_expression(source: str, found: list[str]) -> None:
    assert [str(one) for one in references_in([source])] == found


@pytest.mark.parametrize(
    "source",
    [
        "{{ resources }}",
        "{{ resources[plan].x }}",
        "{{ resources[0] }}",
        "{% set x = resources %}",
        "{% for resources in plan %}{% endfor %}",
        "{{ resources | tojson }}",
        "{{ templates }}",
        "{{ templates['base'] }}",
        "{{ templates['base'].resources }}",
        "{{ templates['base'].resources | tojson }}",
        "{{ templates['base'].values.x }}",
        "{{ templates[plan].resources.db.x }}",
        "{{ templates[''].resources.db.x }}",
        "{% set templates = plan %}",
    ],
)
def test_a_use_that_names_no_entry_is_refused(source: str) -> None:
    with pytest.raises(BadReference, match="name the entry"):
        references_in([source])


@pytest.mark.parametrize(
    ("field", "there"),
    [
        ("status.hosts[0]", True),
        ("status.hosts[1].name", True),
        ("status.hosts[2]", False),
        ("status.hosts[-2]", True),
        ("status.hosts[-3]", False),
        ("status.hosts[0].name", False),
        ("status.hosts.name", True),
        ("status.empty", True),
        ("status.nothing", False),
        ("status.missing.deeper", False),
    ],
)
def test_a_field_is_waited_for_until_it_is_there(field: str, there: bool) -> None:
    """A step that leads nowhere from a text or a list is no field to wait for: rendering tells what is wrong."""
    status = {"hosts": [{}, {"name": "b"}], "empty": "", "nothing": None}
    references = references_in([f"{{{{ resources.db.{field} }}}}"])
    assert (missing(references, {"resources": {"db": {"status": status}}}) == []) is there


def test_what_is_referred_to_comes_first() -> None:
    resources = [entry("a", widget("a", x="{{ resources.b.spec.x }}")), entry("b", widget("b"))]
    assert [one.id for one in compile_resources(resources).entries] == ["b", "a"]


def test_a_reference_to_an_unknown_entry_is_told_where_it_stands() -> None:
    found = problems(entry("a", widget("a", x="{{ resources.b.x }}"), when="{{ resources.c.x }}"))
    assert [(one.path, one.message.partition(": ")[2]) for one in found] == [
        ("resources[a].when", "there is no entry 'c' in this template"),
        ("resources[a].object.spec.x", "there is no entry 'b' in this template"),
    ]


def test_a_use_that_names_no_entry_is_a_problem_of_the_template() -> None:
    assert [one.path for one in problems(entry("a", widget("a", x="{{ resources }}")))] == [
        "resources[a].object.spec.x"
    ]


def test_other_templates_are_looked_at_only_where_they_come_together() -> None:
    other = "{{ templates['base'].resources.db.x }}"
    assert problems(entry("a", widget("a", x=other), dependsOn=["base/db"], when=other, forEach=other)) == []


@pytest.mark.parametrize("need", ["base/", "/db", "base/db/x", "Base/db", "base/DB", "base /db", "base/db[x]"])
def test_a_need_of_another_template_is_spelled_as_template_and_id(need: str) -> None:
    found = problems(entry("a", widget("a"), dependsOn=[need]))
    assert [(one.path, one.message) for one in found] == [
        ("resources[a].dependsOn", f"{need!r} is neither an id nor template/id")
    ]


def test_ready_when_cannot_look_at_objects_of_other_templates() -> None:
    found = problems(entry("a", widget("a"), readyWhen="{{ templates['base'].resources.db.x }}"))
    assert [one.path for one in found] == ["resources[a].readyWhen"]


def test_ready_when_cannot_look_at_other_objects() -> None:
    found = problems(entry("a", widget("a"), readyWhen="{{ resources.b.x }}"), entry("b", widget("b")))
    assert [one.path for one in found] == ["resources[a].readyWhen"]


def test_a_reference_to_itself_is_a_cycle() -> None:
    assert "a → a" in problems(entry("a", widget("a", x="{{ resources.a.x }}")))[0].message


def test_a_cycle_through_references_and_declarations_is_named_with_its_whole_path() -> None:
    found = problems(
        entry("a", widget("a"), when="{{ resources.b.x }}"),
        entry("b", widget("b"), dependsOn=["c"]),
        entry("c", widget("c"), forEach="{{ resources.d.x }}"),
        entry("d", widget("d", x="{{ resources.a.x }}")),
    )
    assert [one.message for one in found] == ["depends on itself: a → b → c → d → a"]


def test_a_wide_and_deep_graph_compiles() -> None:
    chain = [entry(f"c{n}", widget(f"c{n}", x=f"{{{{ resources.c{n - 1}.x }}}}")) for n in range(1, 100)]
    wide = [entry(f"w{n}", widget(f"w{n}"), dependsOn=[f"c{n % 100}"]) for n in range(400)]
    resources = [*wide, *reversed(chain), entry("c0", widget("c0"))]
    order = [one.id for one in compile_resources(resources).entries]
    assert [id_ for id_ in order if id_.startswith("c")] == [f"c{n}" for n in range(100)]
    assert len(order) == 500
