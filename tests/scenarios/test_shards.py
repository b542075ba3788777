"""Tenants move between controllers, and their objects do not notice. Columns become labels."""

from __future__ import annotations

from tenantry.names import SHARD_LABEL, controller_of
from tenantry.protocol import JSONObject
from tenantry.registry.sharding.rendezvous import shard_of
from tests.scenarios.harness.backend import OTHER_SHARD
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo", "chili", "delta", "echo", "foxtrot")


def start_shops(world: World, **registry: object) -> None:
    """A registry with some tenants that are Ready."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start(world.namespace_entry(), world.config_entry(), world.web_entry(), **registry)
    world.until_ready(*UIDS)


def homes(world: World) -> dict[str, tuple[str, list[str]]]:
    """uid → shard label and controllers of each Tenant."""
    found = {}
    for tenant in world.ours("Tenant"):
        metadata = tenant["metadata"]
        controllers = [finalizer.rpartition("compositecontroller-")[2] for finalizer in metadata.get("finalizers", [])]
        found[tenant["spec"]["uid"]] = (metadata.get("labels", {}).get(SHARD_LABEL, ""), controllers)
    return found


def settled_in(*, count: int = 0, shard: str = "") -> dict[str, tuple[str, list[str]]]:
    """Where all tenants are served when there are so many shards, or one for all of them."""
    shards = {uid: shard_of(uid, count) if count else shard for uid in UIDS}
    return {uid: (shards[uid], [controller_of(shards[uid])]) for uid in UIDS}


def told(world: World) -> dict[str, JSONObject]:
    """What the registry tells of each shard."""
    return {shard["name"]: shard for shard in world.registry().get("status", {}).get("shards", [])}


def until_served(world: World, expected: dict[str, tuple[str, list[str]]]) -> None:
    """Wait until every Tenant has its label, and the controller of its shard alone."""
    world.eventually(lambda: homes(world) == expected, "all Tenants are served in their shards", seconds=90)


def test_tenants_that_move_between_shards_keep_every_object_untouched(world: World) -> None:
    start_shops(world)
    world.quiet()
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)

    world.apply_registry(shards={"count": 2, "maxMoves": 2})
    until_served(world, settled_in(count=2))
    world.quiet()
    assert world.identities(*UIDS) == identities

    world.apply_registry(shards={"count": 1, "maxMoves": 2})
    until_served(world, settled_in(count=1))
    world.quiet()
    assert set(told(world)) == {"0"}, "the other shard is drained: its controller may go"

    world.apply_registry()
    until_served(world, settled_in())
    world.quiet()
    assert "shards" not in world.registry()["status"]
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_a_tenant_in_a_shard_follows_its_row_and_goes_with_it(world: World) -> None:
    start_shops(world, shards={"count": 2})
    until_served(world, settled_in(count=2))

    world.shops.update("acme", plan="pro")
    world.eventually(lambda: world.plan_of("acme") == "pro", "the plan is changed")
    world.shops.delete("bravo")
    world.eventually(lambda: not world.tenant("bravo") and not world.namespace("bravo"), "bravo is gone")


def test_a_column_moves_one_tenant_and_leaves_the_others_alone(world: World) -> None:
    start_shops(world, shards={"column": "note"})
    world.quiet()
    identities = world.identities(*(uid for uid in UIDS if uid != "acme"))
    namespace = world.namespace("acme")["metadata"]["uid"]

    world.shops.update("acme", note=OTHER_SHARD)
    expected = settled_in() | {"acme": (OTHER_SHARD, [controller_of(OTHER_SHARD)])}
    until_served(world, expected)
    world.quiet()

    assert world.identities(*(uid for uid in UIDS if uid != "acme")) == identities
    assert world.namespace("acme")["metadata"]["uid"] == namespace
    assert told(world)[OTHER_SHARD]["tenants"] == 1


def test_a_shard_without_a_controller_stops_the_move_and_harms_nobody(world: World) -> None:
    start_shops(world)
    world.quiet()
    identities = world.identities(*UIDS)
    classes = {"byPriority": {"1": "nowhere"}, "maxMoves": 2}
    mappings = {"uid": "id", "activate": "active", "priority": "replicas"}

    world.apply_registry(shards=classes, valueMappings=mappings)
    world.eventually(lambda: told(world).get("nowhere", {}).get("moving") == 2, "two tenants are on their way")
    world.quiet()
    assert [label for label, _ in homes(world).values()].count("nowhere") == 2
    assert world.identities(*UIDS) == identities

    world.shops.update("acme", plan="pro")
    world.eventually(lambda: world.plan_of("acme") == "pro", "the permanent controller serves what no other one takes")
    world.apply_registry()
    until_served(world, settled_in())


def test_a_paused_tenant_moves_and_stays_frozen(world: World) -> None:
    start_shops(world)
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {"tenantry.io/paused": "true"}}})
    world.quiet()
    identities = world.identities(*UIDS)

    world.apply_registry(shards={"count": 2})
    until_served(world, settled_in(count=2))
    world.quiet()
    assert world.identities(*UIDS) == identities


def test_a_shard_that_somebody_sets_by_hand_comes_back(world: World) -> None:
    start_shops(world, shards={"count": 2})
    until_served(world, settled_in(count=2))
    world.quiet()
    identities = world.identities(*UIDS)

    world.edit(world.tenant("acme"), {"metadata": {"labels": {SHARD_LABEL: OTHER_SHARD}}})
    until_served(world, settled_in(count=2))
    world.quiet()
    assert world.identities(*UIDS) == identities


def test_a_tag_is_a_label_to_select_tenants_by_and_templates_see_it(world: World) -> None:
    world.shops.insert("acme", plan="pro")
    world.shops.insert("bravo", plan="not a label")
    tier = "{{ tenant.labels['example.com/tier'] | default('none') }}"
    world.start(world.namespace_entry(), world.config_entry(data={"tier": tier}), tags={"example.com/tier": "plan"})
    world.until_ready("acme", "bravo")

    def selected(labels: str) -> list[str]:
        kind = world.cluster.resource_type("tenantry.io/v1", kind="Tenant")
        return [found["spec"]["uid"] for found in world.cluster.list(kind, labels=labels) if world.belongs(found)]

    assert selected("example.com/tier=pro") == ["acme"]
    assert world.config("bravo")["data"]["tier"] == "none"
    unusable = world.registry()["status"]["unusableLabels"]["labels"]
    assert [(found["uid"], found["label"]) for found in unusable] == [("bravo", "example.com/tier")]

    world.shops.update("acme", plan="basic")
    world.eventually(lambda: selected("example.com/tier=basic") == ["acme"], "the label follows the row")
    world.eventually(lambda: world.config("acme")["data"]["tier"] == "basic", "the object follows the label")
