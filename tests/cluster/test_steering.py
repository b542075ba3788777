"""The commands that steer: ``rollout`` and ``approve``."""

from __future__ import annotations

import pytest

from tenantry.protocol import JSONObject
from tests.cluster.site import Site
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo", "chili")


@pytest.fixture
def shops(site: Site, world: World) -> World:
    """Three tenants that are Ready."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start()
    world.until_ready(*UIDS)
    world.eventually(lambda: rollout(world).get("updated") == len(UIDS), "all tenants have the revision")
    return world


def rollout(world: World) -> JSONObject:
    """What the registry says of the template."""
    entries: list[JSONObject] = world.registry().get("status", {}).get("templates", [])
    return next(iter(entries), {})


def apply_plan(world: World, plan: str) -> None:
    """Change the template: another plan in the ConfigMaps."""
    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": plan}))


def plans(world: World) -> set[str]:
    """The plans that the ConfigMaps tell."""
    return {world.plan_of(uid) for uid in UIDS}


def patch_settings(world: World) -> JSONObject:
    """The settings of the template's rollouts."""
    return dict(world.template()["spec"].get("rollout") or {})


def test_status_tells_how_far_a_rollout_is(site: Site, shops: World) -> None:
    template = shops.template_name()
    result = site.tenantry("rollout", "status", template, "--wait", "--timeout", "60")
    assert result.exit_code == 0
    assert f"3 of 3 tenants have {shops.template()['status']['latestRevision']}" in result.stdout
    assert site.told("rollout", "status", template)["updated"] == 3


def test_a_paused_rollout_moves_nobody_until_it_is_resumed(site: Site, shops: World) -> None:
    template = shops.template_name()
    assert site.told("rollout", "pause", template) == {"template": template, "paused": True, "pinned": ""}
    site.cluster.patch(
        site.cluster.resource_type("tenantry.io/v1", kind="TenantTemplate"),
        template,
        {"spec": {"resources": [shops.namespace_entry(), shops.config_entry(data={"plan": "gold"})]}},
        field_manager="kubectl",
    )
    shops.eventually(lambda: rollout(shops).get("phase") == "Paused", "the rollout is paused")
    assert site.tenantry("rollout", "status", template).exit_code == 3
    assert plans(shops) == {"basic"}
    assert site.tenantry("rollout", "resume", template).exit_code == 0
    shops.eventually(lambda: plans(shops) == {"gold"}, "all tenants are moved")


def test_undo_takes_tenants_back_and_resume_lets_them_follow_again(site: Site, shops: World) -> None:
    template, first = shops.template_name(), shops.template()["status"]["latestRevision"]
    apply_plan(shops, "gold")
    shops.eventually(lambda: plans(shops) == {"gold"}, "all tenants are moved")
    shops.eventually(lambda: rollout(shops).get("phase") == "Complete", "the rollout is complete")
    result = site.tenantry("rollout", "undo", template)
    assert (result.exit_code, result.stderr) == (0, "")
    assert patch_settings(shops)["revision"] == first
    shops.eventually(lambda: plans(shops) == {"basic"}, "all tenants are taken back")
    assert site.told("rollout", "resume", template, "--latest")["pinned"] == ""
    shops.eventually(lambda: plans(shops) == {"gold"}, "all tenants follow the template again")


def test_a_rollout_that_stopped_begins_anew_when_it_is_resumed(site: Site, shops: World) -> None:
    template = shops.template_name()
    broken = shops.config_entry(data={"plan": "{{ plan }}", "note": "{{ note | int }}"})
    shops.apply_template(shops.namespace_entry(), broken)
    shops.eventually(lambda: rollout(shops).get("phase") == "Failed", "the rollout stopped")
    stopped = site.tenantry("rollout", "status", template)
    assert (stopped.exit_code, "Failed" in stopped.stdout) == (1, True)
    assert {tenant["reason"] for tenant in site.told("rollout", "status", template)["failing"]} == {"RenderError"}
    for uid in UIDS:
        shops.shops.update(uid, note="7")
    shops.eventually(lambda: shops.tenant("acme")["spec"]["values"]["note"] == "7", "the rows are corrected")
    assert site.tenantry("rollout", "resume", template).exit_code == 0
    shops.eventually(lambda: rollout(shops).get("phase") == "Complete", "the rollout is complete")


def test_undo_goes_to_no_revision_that_is_not_there(site: Site, shops: World) -> None:
    template = shops.template_name()
    result = site.tenantry("rollout", "undo", template, "--to-revision", f"{template}-0123456789")
    assert (result.exit_code, "is no revision of" in result.stderr) == (2, True)
    alone = site.tenantry("rollout", "undo", template)
    assert (alone.exit_code, "no earlier good revision" in alone.stderr) == (2, True)


def block_deletions(world: World) -> JSONObject:
    """All rows disappear; what the registry says of that."""
    world.shops.clear()
    world.eventually(lambda: world.registry()["status"].get("deletions", {}).get("count") == 3, "deletions are blocked")
    return dict(world.registry()["status"]["deletions"])


def test_approve_shows_what_is_blocked_and_asks(site: Site, shops: World) -> None:
    deletions = block_deletions(shops)
    result = site.tenantry("approve", shops.name)
    assert (result.exit_code, "say --yes" in result.stderr) == (1, True)
    assert [line.strip() for line in result.stdout.splitlines()[1:4]] == list(UIDS)
    assert deletions["digest"] in result.stdout
    assert "annotations" not in shops.registry()["metadata"]


def test_what_is_approved_goes(site: Site, shops: World) -> None:
    deletions = block_deletions(shops)
    assert site.tenantry("approve", shops.name, "--digest", deletions["digest"], "--yes").exit_code == 0
    shops.eventually(lambda: not shops.ours("Tenant"), "the Tenants are gone")
    nothing = site.tenantry("approve", shops.name)
    assert (nothing.exit_code, "no removal is blocked" in nothing.stdout) == (0, True)


def test_another_set_than_that_which_was_seen_is_not_approved(site: Site, shops: World) -> None:
    block_deletions(shops)
    result = site.tenantry("approve", shops.name, "--digest", "0123456789", "--yes")
    assert (result.exit_code, "not 0123456789: look at it again" in result.stderr) == (2, True)
    assert "annotations" not in shops.registry()["metadata"]


def test_json_shows_all_uids_and_approves_nothing(site: Site, shops: World) -> None:
    deletions = block_deletions(shops)
    told = site.told("approve", shops.name)
    assert (told["uids"], told["digest"], told["complete"]) == (list(UIDS), deletions["digest"], True)
    assert told["approved"] is False


def test_json_says_what_was_approved_when_it_was(site: Site, shops: World) -> None:
    block_deletions(shops)
    wrong = site.tenantry("approve", shops.name, "--digest", "0123456789", "--yes", "-o", "json")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert site.told("approve", shops.name, "--yes")["approved"] is True
