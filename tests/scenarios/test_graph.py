"""Entries as a graph: what depends on what, what cannot, and what becomes of it when something fails."""

from __future__ import annotations

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tests.scenarios.harness.objects import condition, is_true
from tests.scenarios.harness.world import World


def phases(world: World) -> dict[str, str]:
    """Phase and reason of every entry of shop acme."""
    resources = world.tenant("acme").get("status", {}).get("resources", [])
    return {one["id"].partition("/")[2]: f"{one['phase']}/{one.get('reason', '')}" for one in resources}


def config(world: World, id: str, *needs: str, x: str = "x") -> JSONObject:
    return world.config_entry(id=id, data={"x": x}, dependsOn=list(needs))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, "a → b → c → a"),
        ({"a": ["a"]}, "a → a"),
        ({"a": ["gone"]}, "there is no entry 'gone'"),
        ({"a": ["b"], "b": "{{ resources.c.data.x }}", "c": "{{ resources['a'].data.x }}"}, "a → b → c → a"),
    ],
    ids=["cycle", "itself", "unknown", "cycle-of-references"],
)
def test_a_graph_that_cannot_be_makes_no_revision(world: World, wrong: dict[str, list[str] | str], told: str) -> None:
    world.shops.insert("acme")
    world.start(world.namespace_entry(), config(world, "a"))
    world.until_ready("acme")
    before, revisions = world.identities("acme"), len(world.ours("TenantTemplateRevision"))

    changed = (
        config(world, name, x=needs) if isinstance(needs, str) else config(world, name, *needs, x="y")
        for name, needs in wrong.items()
    )
    world.apply_template(world.namespace_entry(), *changed)

    def cause() -> str:
        found = condition(world.template(), "Valid")
        return str(found["message"]) if found.get("status") == "False" else ""

    assert told in world.eventually(cause, "the template is not Valid")
    world.until_polled()
    assert (world.identities("acme"), len(world.ours("TenantTemplateRevision"))) == (before, revisions)


def test_two_entries_with_one_id_are_refused_and_change_no_tenant(world: World) -> None:
    world.shops.insert("acme")
    world.start(world.namespace_entry(), config(world, "a"))
    world.until_ready("acme")
    before, revisions = world.identities("acme"), len(world.ours("TenantTemplateRevision"))

    with pytest.raises(ApiError, match="duplicate"):
        world.apply_template(world.namespace_entry(), config(world, "a", x="y"), config(world, "a", x="z"))

    world.until_polled()
    assert (world.identities("acme"), len(world.ours("TenantTemplateRevision"))) == (before, revisions)


def test_five_hundred_entries_a_hundred_deep_become_ready(world: World) -> None:
    chain = [config(world, f"c{n}", *([f"c{n - 1}"] if n else [])) for n in range(100)]
    wide = [config(world, f"w{n}", "c99") for n in range(399)]
    world.apply_template(*wide, *reversed(chain), world.namespace_entry(), registry=False)
    world.eventually(lambda: is_true(world.template(), "Valid"), "the template is Valid")

    world.apply_tenant("acme", plan="basic", note="")

    world.eventually(lambda: world.ready("acme"), "all 500 objects are Ready", seconds=180)
    assert world.tenant("acme")["status"]["counts"]["total"] == 500


def test_a_wide_and_deep_graph_becomes_ready_in_order(world: World) -> None:
    chain = [config(world, f"c{n}", *([f"c{n - 1}"] if n else [])) for n in range(8)]
    wide = [config(world, f"w{n}", f"c{n % 8}") for n in range(40)]
    world.apply_template(*wide, *reversed(chain), world.namespace_entry(), registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.eventually(lambda: world.ready("acme"), "all 49 objects are Ready", seconds=90)
    changes = world.backend.recorder.changes(world.belongs)
    made = [change.after["metadata"]["name"] for change in changes if change.type == "ADDED"]
    assert [name for name in made if name in {f"c{n}" for n in range(8)}] == [f"c{n}" for n in range(8)]


def test_a_failure_skips_the_whole_chain_keeps_what_exists_and_recovers(world: World) -> None:
    chain = ("first", "second", "third")
    good = [config(world, "first"), config(world, "second", "first"), config(world, "third", "second")]
    world.apply_template(world.namespace_entry(), *good, registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.until_ready("acme")
    before = {name: world.config("acme", name)["metadata"]["uid"] for name in chain}

    bad = [
        config(world, "first", x="{{ missing }}"),
        config(world, "second", "first", x="new"),
        config(world, "third", "second", x="new"),
        config(world, "fourth", "third"),
    ]
    world.apply_template(world.namespace_entry(), *bad, registry=False)

    skipped = dict.fromkeys(("second", "third", "fourth"), "Skipped/DependencyFailed")
    expected = {"namespace": "Ready/", "first": "Failed/RenderError", **skipped}
    world.eventually(lambda: phases(world) == expected, "the chain is skipped")
    assert {name: world.config("acme", name)["metadata"]["uid"] for name in chain} == before
    assert world.config("acme", "third")["data"] == {"x": "x"}
    assert not world.config("acme", "fourth")

    world.apply_tenant("acme", plan="basic", note="", missing="here")

    world.until_ready("acme")
    assert world.config("acme", "third")["data"] == {"x": "new"}
    assert world.config("acme", "fourth")


def test_what_leaves_the_template_stays_until_its_dependents_are_updated(world: World) -> None:
    base = world.config_entry(id="base")
    world.shops.insert("acme", note="seven")
    world.start(world.namespace_entry(), base, world.config_entry(dependsOn=["base"]))
    world.until_ready("acme")

    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ note | int }}"}))

    failed = "the dependent cannot be rendered without it"
    world.eventually(lambda: world.status_of("acme", "config").get("reason") == "RenderError", failed)
    world.quiet()
    assert world.config("acme", "base"), "its dependent is as it was, and still depends on it"

    world.shops.update("acme", note="7")

    world.eventually(lambda: not world.config("acme", "base"), "it goes once nothing depends on it")
    assert world.plan_of("acme") == "7"
    world.until_ready("acme")
