"""Entries that run before a tenant is made, and when all of it is ready."""

from __future__ import annotations

from tenantry.names import ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.scenarios.harness.jobs import completed, fail, heal, hold, job, jobs, phase, tenant_of
from tests.scenarios.harness.objects import condition, is_true
from tests.scenarios.harness.world import World


def test_what_is_made_first_completes_before_anything_else_is_made(world: World) -> None:
    hold(world, "prepare")
    tenant_of(world, world.config_entry(), job(world, "prepare", "PreCreate"))

    world.eventually(lambda: jobs(world, "prepare"), "the Job is made, in the Namespace that it needs")
    world.quiet()
    assert not world.config("acme")
    assert phase(world, "config") == "Pending/WaitingForDependency"

    heal(world, "prepare")

    world.until_ready("acme")
    assert world.config("acme")


def test_a_first_job_that_fails_blocks_everything_else(world: World) -> None:
    fail(world, "prepare")
    tenant_of(world, world.config_entry(), job(world, "prepare", "PreCreate"))

    world.eventually(lambda: phase(world, "config") == "Skipped/DependencyFailed", "the ConfigMap is not made")
    world.quiet()
    assert not world.config("acme")

    heal(world, "prepare")
    world.delete(jobs(world, "prepare")[0])

    world.until_ready("acme")
    assert world.config("acme")


def test_a_first_job_may_fail_if_its_entry_says_so(world: World) -> None:
    fail(world, "prepare")
    tenant_of(world, world.config_entry(), job(world, "prepare", "PreCreate", onFailure="Continue"))

    world.until_ready("acme")
    assert world.config("acme")
    assert phase(world, "prepare").startswith("Failed/")
    assert condition(world.tenant("acme"), "Degraded")["status"] == "True"


def test_a_new_first_job_that_fails_keeps_a_tenant_as_it_was(world: World) -> None:
    tenant_of(world, world.config_entry(), world.config_entry(id="former"))
    world.until_ready("acme")
    before = {**world.config("acme")["data"]}
    fail(world, "migrate")
    changed = world.config_entry(data={"plan": "another"})

    world.apply_template(
        world.namespace_entry(), changed, job(world, "migrate", "PreCreate"), world.web_entry(), registry=False
    )

    world.eventually(lambda: phase(world, "migrate").startswith("Failed/"), "the migration failed")
    world.quiet()
    assert world.config("acme")["data"] == before
    assert world.config("acme", "former")
    assert not world.deployment("acme")

    heal(world, "migrate")
    world.delete(jobs(world, "migrate")[0])

    world.until_ready("acme")
    assert world.config("acme")["data"] == {"plan": "another"}
    world.eventually(lambda: not world.config("acme", "former"), "what left the template is gone")


def test_what_is_made_last_waits_until_all_else_is_ready(world: World) -> None:
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "web")
    tenant_of(world, job(world, "announce", "PostReady"), world.config_entry(), world.web_entry())

    world.eventually(lambda: world.deployment("acme") and world.config("acme"), "all else is made")
    world.quiet()
    assert not jobs(world, "announce")

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "web")

    world.until_ready("acme")
    assert completed(jobs(world, "announce")[0])


def test_an_entry_that_waits_for_what_waits_for_it_is_a_problem_of_its_template(world: World) -> None:
    tenant_of(world, world.config_entry())
    world.until_ready("acme")
    waiting = [world.config_entry(dependsOn=["announce"]), job(world, "announce", "PostReady")]

    world.apply_template(world.namespace_entry(), *waiting, registry=False)

    def invalid() -> str:
        found = condition(world.template(), "Valid")
        return str(found["message"]) if found.get("status") == "False" else ""

    assert "config → announce → config" in world.eventually(invalid, "the template is not valid")
    world.quiet()
    assert not jobs(world, "announce")


def test_a_job_runs_again_under_another_name_when_its_content_changes(world: World) -> None:
    tenant_of(world, job(world, "prepare", "PreCreate"), job(world, "announce", "PostReady", deletionPolicy="Retain"))
    world.until_ready("acme")
    first, kept = jobs(world, "prepare")[0]["metadata"], jobs(world, "announce")[0]["metadata"]

    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    def again() -> list[JSONObject]:
        return [one for one in jobs(world, "prepare") if one["metadata"]["name"] != first["name"]]

    assert world.eventually(again, "there is a Job of another name")
    world.until_ready("acme")
    world.eventually(lambda: len(jobs(world, "prepare")) == 1, "the former Job is gone")
    world.eventually(lambda: len(jobs(world, "announce")) == 2, "the former Job that is retained stays")
    found = {one["metadata"]["uid"]: one["metadata"] for one in jobs(world, "announce")}
    world.eventually(
        lambda: any(ORPHANED_LABEL in one["metadata"]["labels"] for one in jobs(world, "announce")), "it is marked"
    )
    assert kept["uid"] in found


def test_a_job_that_is_gone_after_it_completed_does_not_run_again(world: World) -> None:
    tenant_of(world, job(world, "prepare", "PreCreate"), world.config_entry())
    world.until_ready("acme")

    world.delete(jobs(world, "prepare")[0])

    world.eventually(lambda: not jobs(world, "prepare"), "the Job is gone")
    world.quiet()
    assert not jobs(world, "prepare")
    assert is_true(world.tenant("acme"), "Ready")
