"""Entries that fail, take too long, or say for themselves when they are ready: what becomes of their dependents."""

from __future__ import annotations

from collections import Counter

from tests.scenarios.harness.world import World


def phase(world: World, id: str) -> str:
    """Phase and reason of an entry of shop acme."""
    found = world.status_of("acme", id)
    return f"{found.get('phase')}/{found.get('reason', '')}"


def test_an_entry_says_whether_it_goes_on_without_its_dependency(world: World) -> None:
    world.apply_template(
        world.namespace_entry(),
        world.config_entry(data={"x": "{{ missing }}"}, id="broken"),
        world.config_entry(id="brave", dependsOn=["broken"], skipOnDependencyFailure=False),
        world.config_entry(id="shy", dependsOn=["broken"]),
        registry=False,
    )
    world.apply_tenant("acme", plan="pro", note="")

    world.eventually(lambda: phase(world, "brave") == "Ready/", "what is not skipped is Ready")
    assert phase(world, "shy") == "Skipped/DependencyFailed"
    assert not world.config("acme", "shy")

    world.apply_tenant("acme", plan="pro", note="", missing="not any more")

    world.until_ready("acme")
    assert world.config("acme", "shy")


def test_an_object_that_does_not_become_ready_in_time_fails_and_recovers(world: World) -> None:
    world.apply_template(
        world.namespace_entry(),
        world.web_entry(timeoutSeconds=3),
        world.config_entry(dependsOn=["web"]),
        registry=False,
    )
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "web")
    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    world.eventually(lambda: phase(world, "web") == "Failed/Timeout", "the Deployment took too long")
    assert phase(world, "config") == "Skipped/DependencyFailed"
    world.quiet()

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "web")

    world.until_ready("acme")


def test_an_expression_tells_when_an_object_is_ready(world: World) -> None:
    ready = "{{ self.metadata.labels['checked'] == plan }}"
    world.apply_template(
        world.namespace_entry(),
        world.config_entry(id="first", readyWhen=ready),
        world.config_entry(id="second", dependsOn=["first"]),
        registry=False,
    )
    world.apply_tenant("acme", plan="pro", note="")
    world.eventually(lambda: phase(world, "first") == "Progressing/ReadyWhenError", "the label is not there")

    world.edit(world.config("acme", "first"), {"metadata": {"labels": {"checked": "no"}}})

    world.eventually(lambda: phase(world, "first") == "Progressing/ReadyWhenFalse", "the label says no")
    assert not world.config("acme", "second")

    world.edit(world.config("acme", "first"), {"metadata": {"labels": {"checked": "pro"}}})

    world.until_ready("acme")
    assert world.config("acme", "second")


def test_the_status_lists_every_entry_and_counts_them_by_phase(world: World) -> None:
    long = "fill in the column " + "very, " * 60 + "soon"
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "web")
    world.apply_template(
        world.namespace_entry(),
        world.web_entry(),
        world.config_entry(id="first"),
        world.config_entry(id="second"),
        world.config_entry(id="broken", data={"x": "{{ none | required('" + long + "') }}"}),
        world.config_entry(id="cascade", dependsOn=["broken"]),
        world.config_entry(id="unwanted", when="{{ plan == 'pro' }}"),
        world.config_entry(id="waiting", dependsOn=["web"]),
        registry=False,
    )
    world.apply_tenant("acme", plan="basic", note="", replicas=1)

    wanted = {"ready": 3, "progressing": 1, "failed": 1, "skipped": 2, "pending": 1}

    def counts() -> dict[str, int]:
        found = world.tenant("acme").get("status", {}).get("counts", {})
        return {phase: count for phase, count in found.items() if count}

    world.eventually(lambda: counts() == {"total": 8, **wanted}, "the counts tell how many entries are in which phase")
    resources = world.tenant("acme")["status"]["resources"]
    assert Counter(one["phase"].lower() for one in resources) == wanted
    assert all(one["message"] for one in resources if one["phase"] != "Ready")
    assert max(len(one["message"]) for one in resources if "message" in one) == 256
    assert world.status_of("acme", "broken")["message"].endswith("…")
