"""Entries that run when a Tenant is deleted, and complete before anything of it goes."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from tenantry.names import ORPHANED_LABEL, SKIP_PRE_DELETE_ANNOTATION
from tenantry.sandbox.cluster import Propagation
from tests.scenarios.harness.jobs import (
    completed,
    fail,
    heal,
    hold,
    job,
    jobs,
    message_of,
    phase,
    tenant_of,
    until_gone,
)
from tests.scenarios.harness.world import World


def test_what_runs_before_a_deletion_completes_before_anything_goes(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), world.web_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")
    assert phase(world, "backup") == "Pending/WaitsForDeletion"
    assert not jobs(world, "backup")
    assert world.tenant("acme")["status"]["templates"][0]["readyRevision"]
    hold(world, "backup")
    before = world.identities("acme")

    world.delete(tenant)

    backup = world.eventually(lambda: jobs(world, "backup"), "the backup runs")[0]
    assert "backup" in message_of(world, "PreDeleteCompleted", "Deleting")
    world.quiet()
    now = world.identities("acme")
    assert {name: now[name] for name in before} == before, "all else stays untouched"

    heal(world, "backup")

    until_gone(world)
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")
    gone = [change for change in world.backend.recorder.changes(world.belongs) if change.type == "DELETED"]
    done = next(
        change.moment
        for change in world.backend.recorder.changes(world.belongs)
        if change.after["metadata"]["uid"] == backup["metadata"]["uid"] and completed(change.after)
    )
    assert all(change.moment > done for change in gone)
    ran = {change.after["metadata"]["uid"] for change in gone if change.after["kind"] == "Job"}
    assert ran == {backup["metadata"]["uid"]}, "it ran once"


def test_a_failed_backup_blocks_a_deletion_until_a_person_passes_it(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")
    fail(world, "backup")

    world.delete(tenant)

    told = message_of(world, "Degraded", "Blocked")
    assert f"{world.template_name()}/backup is Failed" in told
    assert f"{SKIP_PRE_DELETE_ANNOTATION}=true" in told
    world.quiet()
    assert world.config("acme")

    world.edit(world.tenant("acme"), {"metadata": {"annotations": {SKIP_PRE_DELETE_ANNOTATION: "true"}}})

    until_gone(world)
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")


def test_a_failed_backup_runs_again_when_its_job_is_deleted(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")
    fail(world, "backup")
    world.delete(tenant)
    message_of(world, "Degraded", "Blocked")
    heal(world, "backup")

    world.delete(jobs(world, "backup")[0])

    until_gone(world)


def test_a_deletion_goes_on_after_a_failed_backup_that_may_fail(world: World) -> None:
    backup = job(world, "backup", "PreDelete", onFailure="Continue", timeoutSeconds=1)
    tenant = tenant_of(world, world.config_entry(), backup)
    world.until_ready("acme")
    hold(world, "backup")

    world.delete(tenant)

    until_gone(world)
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")


def test_a_backup_that_takes_too_long_blocks_until_it_completes(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete", timeoutSeconds=2))
    world.until_ready("acme")
    hold(world, "backup")

    world.delete(tenant)

    assert "Timeout" in message_of(world, "Degraded", "Blocked")
    assert phase(world, "backup") == "Failed/Timeout"
    assert world.config("acme")

    heal(world, "backup")

    until_gone(world)


def test_a_backup_that_cannot_be_rendered_blocks_a_deletion(world: World) -> None:
    backup = job(world, "backup", "PreDelete", say="{{ resources.config.data.gone }}")
    tenant = tenant_of(world, world.config_entry(), backup)
    world.until_ready("acme")

    world.delete(tenant)

    assert "resources.config.data.gone" in message_of(world, "Degraded", "Blocked")
    world.quiet()
    assert world.config("acme")

    world.edit(world.config("acme"), {"data": {"gone": "found"}})

    until_gone(world)


def test_a_missing_revision_blocks_the_deletion_of_a_tenant_that_has_something_to_run(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    world.start(world.namespace_entry(), world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")
    revision = world.tenant("acme")["spec"]["templates"][0]["revision"]
    found = world.find("tenantry.io/v1", "TenantTemplateRevision", revision)
    stored = {key: found[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": revision}}
    hold(world, "backup")
    world.delete(world.tenant("acme"))
    world.eventually(lambda: jobs(world, "backup"), "the backup runs")
    world.delete(world.template())
    world.delete(found)

    assert revision in message_of(world, "Degraded", "Blocked")
    heal(world, "backup")
    world.quiet()
    assert world.config("acme")
    tenant = world.tenant("acme")["metadata"]["uid"]

    world.apply(stored)

    world.eventually(lambda: world.tenant("acme").get("metadata", {}).get("uid") != tenant, "the Tenant is gone")


@pytest.mark.parametrize("propagation", ["Foreground", "Orphan"])
def test_a_deletion_without_tenantry_does_not_hang_for_a_backup(world: World, propagation: Propagation) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")

    with world.without_guard() if propagation == "Foreground" else nullcontext():
        world.delete(tenant, propagation=propagation)

    until_gone(world)


def test_the_backup_of_a_row_that_is_gone_runs_before_its_tenant_goes(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    world.shops.insert("bravo")
    world.start(world.namespace_entry(), world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme", "bravo")
    hold(world, "backup")

    world.shops.delete("acme")

    world.eventually(lambda: jobs(world, "backup"), "the backup runs")
    world.until_polled()
    assert world.config("acme")

    heal(world, "backup")

    until_gone(world)
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")
    assert not jobs(world, "backup", "bravo")


def test_a_retained_backup_stays_and_another_runs_when_the_next_tenant_goes(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete", deletionPolicy="Retain"))
    world.until_ready("acme")

    world.delete(tenant)

    until_gone(world)
    first = jobs(world, "backup")
    assert [ORPHANED_LABEL in one["metadata"]["labels"] for one in first] == [True]
    assert world.namespace("acme"), "it needs its Namespace"
    assert not world.config("acme")

    again = world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")
    world.delete(again)

    until_gone(world)
    assert len(jobs(world, "backup")) == 2


def test_a_namespace_that_goes_together_with_its_tenant_takes_the_backup_with_it(world: World) -> None:
    tenant = tenant_of(world, world.config_entry(), job(world, "backup", "PreDelete"))
    world.until_ready("acme")
    hold(world, "backup")
    world.delete(tenant)
    world.eventually(lambda: jobs(world, "backup"), "the backup runs")

    world.delete(world.namespace("acme"))

    until_gone(world)
