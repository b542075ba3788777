"""What a whole tenant may cost: steps for its expressions, bytes for its objects. Counted, and never by a clock."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.composition import TenantTemplate
from tenantry.engine.environment import STEPS
from tenantry.engine.limits import FREE_STEPS, STEPS_PER_MS, LimitExceeded, Steps
from tenantry.engine.plan import Plan, make_plan
from tenantry.engine.render import template_context, with_variables
from tenantry.engine.sizes import MAX_OBJECT_BYTES, MAX_TENANT_BYTES
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, child, entry, message, phases, removed, returned, widget
from tests.unit.engine.test_expression_limits import FUNCTIONS, LISTS, NUMBERS, TEXTS, TIMES

ENDLESS = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
SMALL_BUDGET_MS = 25
ITEMS = 40
EVALUATIONS_OF_AN_ENTRY = 4
"""when, the object, its name, and a search for the guilty expression."""
BIG: dict[str, Any] = {
    "numbers": list(range(9000)),
    "text": "y" * 100_000,
    "texts": [f"text {n}" for n in range(5000)],
    "rows": [{"a": n % 7} for n in range(2000)],
    "n": 3,
    "a": "a" * 99,
}
WHOLE_TENANTS = {
    "loops just below the bound of an entry": "{% for i in range(4000) %}{{ i }}{% endfor %}",
    "constant text in a loop": "{% for i in range(9999) %}" + "c" * 50_000 + "{% endfor %}",
    "outputs in a loop": "{% for i in range(9999) %}" + "{{ a }}" * 500 + "{% endfor %}",
    "statements in a loop": "{% for i in range(9999) %}" + "{% if a %}{% endif %}" * 500 + "{% endfor %}",
    "operators in a loop": "{% for i in range(9999) %}{% if " + "+".join(["n"] * 80) + " %}{% endif %}{% endfor %}",
    "operators": {f"f{k}": "{{ " + "+".join(["n"] * 60) + " }}" for k in range(10)},
    "attributes": {f"f{k}": "{{ tenant.name }}" for k in range(300)},
    "a large column in many places": {f"f{k}": "{{ numbers }}" for k in range(50)},
    "a long text in many places": {f"f{k}": "{{ text }}" for k in range(50)},
    "large constants": {"a": "k" * 500_000, "b": "{{ index }}"},
    "many constants": {"a": [{"x": 1}] * 5_000, "b": "{{ index }}"},
    "the last of many expressions fails": {**{f"f{k}": "{{ a }}" for k in range(60)}, "z": "{{ nope }}"},
    "sorted": "{{ numbers | sort | first }}",
    "unique": "{{ texts | unique | list | length }}",
    "grouped": "{{ rows | groupby('a') | length }}",
    "selected": "{{ rows | selectattr('a', 'gt', 5) | list | length }}",
    "selected from a text": "{{ ('x' * 999999) | select('none') | list | length }}",
    "wrapped": "{{ ('ab ' * 20000) | wordwrap(3) | length }}",
    "formatted": "{% for i in range(900) %}{{ '%s %s' % (i, i) }}{% endfor %}",
    "as yaml": "{{ numbers | toyaml | length }}",
    "as json": "{{ numbers | tojson | length }}",
    "hashed": "{{ text | sha256 }}",
    "encoded": "{{ text | b64encode | b64decode | length }}",
    "matched": "{{ text | regex_match('(y|z)*y(y|z){12}c') }}",
    "quantities": "{% for i in range(900) %}{{ '1Gi' | quantity * 3 }}{% endfor %}",
}


class CountedSteps(Steps):
    """Steps that remember how many were taken."""

    __slots__ = ("taken",)

    def __init__(self, budget_ms: int) -> None:
        self.taken = 0
        super().__init__(budget_ms)

    def take(self, count: int) -> None:
        super().take(count)
        self.taken += count


def plan_of(resources: list[JSONObject], steps: Steps, **values: Any) -> Plan:
    """The plan of a tenant of one template."""
    compiled = compile_resources(resources)
    context = template_context(uid="acme", name="shops.acme", values=values)
    return make_plan(
        [TenantTemplate("shop", compiled)], with_variables(context, {STEPS: steps}), tenant="shops.acme", anchor="a"
    )


def items(field: Any, **options: Any) -> JSONObject:
    """An entry that makes many objects with this in them."""
    return entry("it", widget("w{{ index }}", field=field), forEach="{{ items }}", **options)


@pytest.mark.parametrize(
    "field",
    [
        pytest.param(field, id=name)
        for group in (WHOLE_TENANTS, TEXTS, LISTS, NUMBERS, TIMES, FUNCTIONS)
        for name, field in group.items()
    ],
)
def test_a_whole_tenant_of_bombs_ends_within_its_steps(field: Any) -> None:
    steps = CountedSteps(SMALL_BUDGET_MS)
    plan_of([items(field)], steps, items=list(range(ITEMS)), **BIG)
    free = FREE_STEPS * EVALUATIONS_OF_AN_ENTRY * (ITEMS + 1)
    assert steps.taken <= SMALL_BUDGET_MS * STEPS_PER_MS + free


def test_when_and_for_each_count_too() -> None:
    steps = CountedSteps(SMALL_BUDGET_MS)
    plan_of(
        [items("x", when=ENDLESS_VALUE), entry("more", widget("m{{ index }}"), forEach=ENDLESS_VALUE)],
        steps,
        items=list(range(ITEMS)),
    )
    assert steps.taken <= SMALL_BUDGET_MS * STEPS_PER_MS + FREE_STEPS * EVALUATIONS_OF_AN_ENTRY * (ITEMS + 2)


ENDLESS_VALUE = "{{ range(9999) | map('abs') | map('abs') | map('abs') | list }}"


@pytest.mark.parametrize(("budget_ms", "failure"), [(10, "RenderError"), (250, "")])
def test_a_larger_budget_lets_a_dearer_tenant_through(budget_ms: int, failure: str) -> None:
    loop = "{% for i in range(4000) %}{{ i }}{% endfor %}"
    plan = plan_of([entry("it", widget("w", field=loop))], Steps(budget_ms))
    assert plan.entries[0].failure == failure


def test_the_same_tenant_stops_at_the_same_step() -> None:
    def failed() -> list[str]:
        plan = plan_of([items("{% for i in range(900) %}{{ i }}{% endfor %}")], Steps(100), items=list(range(300)))
        return [f"{planned.id} {planned.message}" for planned in plan.entries if planned.failure]

    first = failed()
    assert first
    assert failed() == first


def test_steps_of_an_entry_are_not_all_steps() -> None:
    steps = Steps(250)
    with pytest.raises(LimitExceeded, match="shorten loops"):
        steps.take(10**9)
    steps.begin()
    steps.take(10_000)


def test_an_entry_over_the_budget_keeps_its_object_and_takes_no_other_with_it() -> None:
    tenancy = Tenancy(entry("a", widget("a", x="{{ v }}")), entry("b", widget("b", x="{{ v }}")), values={"v": "1"})
    tenancy.settle()
    tenancy.use(shop=[entry("a", widget("a", x=ENDLESS)), entry("b", widget("b", x="{{ v }}2"))])
    answer = tenancy.settle()
    assert (child(answer, "a")["spec"], child(answer, "b")["spec"]) == ({"x": "1"}, {"x": "12"})
    assert (phases(answer)["a"], removed(answer)) == ("Failed/RenderError", set())
    assert "take too many steps" in message(answer, "a")


def test_ready_when_of_all_entries_count_together() -> None:
    slow = "{{ range(9000) | map('abs') | list | length + self.spec.n }}"
    tenancy = Tenancy(*(entry(f"e{n}", widget(f"w{n}", n=n), readyWhen=slow) for n in range(60)))
    answer = tenancy.settle()
    told = [message(answer, id_) for id_, phase in phases(answer).items() if phase != "Ready"]
    assert told
    assert all("of this tenant take too many steps together" in one for one in told)


def test_an_object_too_large_for_an_api_server_fails_and_names_its_size() -> None:
    tenancy = Tenancy(entry("a", widget("a", x="1")), entry("b", widget("b")))
    tenancy.settle()
    tenancy.use(shop=[entry("a", widget("a", x="{{ 'x' * 600000 }}", y="y" * 600_000)), entry("b", widget("b"))])
    answer = tenancy.settle()
    assert (phases(answer)["a"], phases(answer)["b"]) == ("Failed/RenderError", "Ready")
    assert "the object would have 1,200," in message(answer, "a")
    assert f"{MAX_OBJECT_BYTES:,} are allowed" in message(answer, "a")
    assert child(answer, "a")["spec"] == {"x": "1"}


def test_all_objects_of_a_tenant_together_have_a_size_too() -> None:
    answer = Tenancy(*(entry(f"e{n}", widget(f"w{n}", x="x" * 900_000)) for n in range(10))).sync()
    assert len(returned(answer)) == MAX_TENANT_BYTES // 900_100
    assert f"more than {MAX_TENANT_BYTES:,} bytes" in message(answer, "e9")


def test_a_template_of_more_objects_than_a_tenant_may_have_is_not_valid() -> None:
    resources = [entry(f"e{n}", widget(f"w{n}")) for n in range(1001)]
    with pytest.raises(Exception, match="has 1,001 entries; a tenant may have 1,000 objects"):
        compile_resources(resources)


def test_templates_of_more_objects_than_a_tenant_may_have_fail_beyond_them() -> None:
    tenancy = Tenancy()
    tenancy.use(
        first=[entry(f"e{n}", widget(f"w{n}")) for n in range(600)],
        second=[entry(f"f{n}", widget(f"x{n}")) for n in range(401)],
    )
    answer = tenancy.sync()
    assert len(returned(answer)) == 1000
    assert phases(answer)["f400"] == "Failed/TooManyObjects"


def test_items_beyond_the_objects_of_a_tenant_fail_their_entry() -> None:
    each = [entry(id_, widget(f"{id_}-{{{{ index }}}}"), forEach="{{ items }}") for id_ in ("one", "two")]
    tenancy = Tenancy(*each, values={"items": list(range(501))})
    answer = tenancy.sync()
    assert (len(returned(answer)), phases(answer)["two"]) == (501, "Failed/RenderError")
    assert "501 items; of a tenant's 1,000 objects 499 are left" in message(answer, "two")
