"""Secret columns on their way: one Secret for each slice, and never anything else."""

from __future__ import annotations

from base64 import b64decode
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import pytest

from tenantry import registry
from tenantry.names import slug
from tenantry.protocol import CustomizeRequest, JSONObject, TryLater
from tenantry.registry import hook, row_secrets
from tenantry.server.hooks import Controller
from tests.unit.registry.world import World, shop

VALUE = "tr0ub4dor"


@dataclass
class Vault(World):
    """A world with a secret column, and Secrets as an API server would keep them."""

    secrets: dict[str, JSONObject] = field(default_factory=dict)
    owned: bool = True
    """Whether the Secrets are children of the registry, or only related: then another registry made them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parent["spec"] |= {"secretValueMappings": {"password": "pw"}, "secretNamespace": "vault"}

    def request(self, **options: Any) -> JSONObject:
        request = super().request(**options)
        request["children"]["Secret.v1"] = self.secrets if self.owned else {}
        request["related"]["Secret.v1"] = self.secrets
        return request

    def sync(self, **options: Any) -> JSONObject:
        controller = Controller("registries", sync=partial(hook.sync, poll=self.poll))
        self.answer = self._ask(controller, "sync", self.request(**options))
        children = self.answer["children"]
        self._apply_slices({"children": [child for child in children if child["kind"] == "TenantSlice"]})
        found = [child for child in children if child["kind"] == "Secret"]
        unowned = {} if self.owned else self.secrets
        self.secrets = unowned | {f"vault/{child['metadata']['name']}": deepcopy(child) for child in found}
        self.owned = True
        self.parent["status"] = self.answer["status"]
        return self.answer

    def values(self) -> dict[str, Any]:
        """Slug → secret columns."""
        return {
            key: orjson.loads(b64decode(value))
            for secret in self.secrets.values()
            for key, value in secret["data"].items()
        }


def vault(*rows: dict[str, Any]) -> Vault:
    made = Vault(rows=list(rows))
    made.settle()
    return made


def test_values_stand_in_the_secret_of_their_slice_and_nowhere_else() -> None:
    world = vault(shop("acme", pw=VALUE), shop("bravo", pw="other"))
    assert world.values() == {"acme": {"password": VALUE}, "bravo": {"password": "other"}}
    assert VALUE not in orjson.dumps([world.parent, world.slices, world.tenants]).decode()


def test_each_tenant_names_the_secret_that_the_rule_gives_it() -> None:
    world = vault(shop("acme", pw=VALUE))
    secret = world.tenants["shops.acme"]["spec"]["secret"]
    assert slug("acme") in world.secrets[f"{secret['namespace']}/{secret['name']}"]["data"]


def test_row_secrets_are_anchored() -> None:
    (secret,) = vault(shop("acme", pw=VALUE)).secrets.values()
    assert [owner["name"] for owner in secret["metadata"]["ownerReferences"]] == ["kube-system"]


def test_nothing_changes_between_polls() -> None:
    world = vault(shop("acme", pw=VALUE))
    before = deepcopy(world.secrets)
    world.sync()
    assert world.secrets == before


def test_a_changed_value_grows_the_sequence() -> None:
    world = vault(shop("acme", pw=VALUE))
    world.rows = [shop("acme", pw="new")]
    world.next_poll()
    (secret,) = world.secrets.values()
    assert world.values()["acme"] == {"password": "new"}
    assert secret["metadata"]["annotations"]["tenantry.io/sequence"] == "2"


def test_a_value_that_is_null_is_not_there() -> None:
    assert vault(shop("acme", pw=None)).values() == {"acme": {}}


def test_a_failed_poll_keeps_the_values() -> None:
    world = vault(shop("acme", pw=VALUE))
    world.failure = "away"
    world.next_poll()
    assert world.values() == {"acme": {"password": VALUE}}


def test_values_stay_until_the_tenant_is_gone() -> None:
    world = vault(shop("acme", pw=VALUE), shop("bravo", pw="other"), shop("candles", pw="third"))
    world.rows.pop(0)
    kept = []
    for _ in range(200):
        world.pass_time(1)
        world.sync()
        kept.append(("acme" in world.values(), "shops.acme" in world.tenants))
        for name in list(world.slices):
            world.sync_slice(name)
    assert (False, True) not in kept
    assert kept[-1] == (False, False)


def test_an_old_observation_is_waited_for() -> None:
    world = vault(shop("acme", pw=VALUE))
    old = deepcopy(world.secrets)
    world.rows = [shop("acme", pw="new")]
    world.pass_time(40)
    world.sync()
    world.secrets = old
    with pytest.raises(TryLater):
        world.sync()


def test_a_registry_that_is_made_again_keeps_the_values_of_tenants_without_a_row() -> None:
    world = vault(shop("acme", pw=VALUE), shop("bravo", pw="other"))
    world.edit(safety={"maxDeletions": 0})
    world.settle()
    world.rows = [shop("bravo", pw="other")]
    world.recreate_registry()
    world.owned = False
    for _ in range(3):
        world.settle()
    assert "shops.acme" in world.tenants
    assert world.values() == {"acme": {"password": VALUE}, "bravo": {"password": "other"}}


def test_secrets_that_are_lost_are_made_again_at_once() -> None:
    world = vault(shop("acme", pw=VALUE))
    world.pass_time(10)
    world.secrets = {}
    world.sync()
    assert world.values() == {"acme": {"password": VALUE}}


def test_another_number_of_buckets_takes_the_values_along() -> None:
    world = vault(shop("acme", pw=VALUE), shop("bravo", pw="other"))
    before = world.values()
    world.edit(buckets=2)
    world.settle()
    assert world.values() == before
    assert all(name.startswith("vault/shops-2-") for name in world.secrets)


def test_without_mappings_there_are_no_row_secrets() -> None:
    world = vault(shop("acme", pw=VALUE))
    world.edit(secretValueMappings={})
    world.settle()
    assert world.secrets == {}
    assert "secret" not in world.tenants["shops.acme"]["spec"]


def test_what_finds_no_room_is_told_and_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_secrets, "MAX_DATA_BYTES", 100)
    world = vault(shop("acme", pw=VALUE))
    world.rows.append(shop("long", pw="x" * 200))
    world.next_poll()
    assert set(world.rows_written()) == {"acme"}
    assert [row["reason"] for row in world.status["invalidRows"]] == ["SliceFull"]


def test_customize_asks_for_its_own_row_secrets() -> None:
    request = {"controller": {}, "parent": Vault().parent}
    assert registry.customize(CustomizeRequest.parse(request)).related[-1].to_json() == {
        "apiVersion": "v1",
        "resource": "secrets",
        "namespace": "vault",
        "labelSelector": {"matchLabels": {"tenantry.io/registry": "shops"}},
    }


def finalize(world: Vault) -> JSONObject:
    """One finalize of the registry, applied."""
    controller = Controller("registries", sync=registry.sync, finalize=registry.finalize)
    answer = world._ask(controller, "finalize", {**world.request(), "finalizing": True})
    children = answer["children"]
    world._apply_slices({"children": [child for child in children if child["kind"] == "TenantSlice"]})
    found = [child for child in children if child["kind"] == "Secret"]
    world.secrets = {f"vault/{child['metadata']['name']}": deepcopy(child) for child in found}
    return answer


def leaving(policy: str) -> Vault:
    world = vault(shop("acme", pw=VALUE))
    world.pass_time(60)
    world.edit(deletionPolicy=policy)
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    return world


def test_values_stay_when_a_registry_goes_without_its_tenants() -> None:
    world = leaving("Retain")
    assert finalize(world)["finalized"] is True
    assert set(world.secrets) == {f"vault/{name}-rows" for name in world.slices if world.slices[name]["spec"]["rows"]}


def test_values_go_last_when_a_registry_goes_with_its_tenants() -> None:
    world = leaving("Delete")
    seen = []
    for _ in range(20):
        answer = finalize(world)
        seen.append((bool(world.tenants), bool(world.secrets)))
        if answer.get("finalized"):
            break
        for name in list(world.slices):
            world.sync_slice(name)
        world.pass_time(1)
    assert (True, False) not in seen
    assert seen[-1] == (False, False)
