"""Secret columns reach templates, and nothing else shows them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World

VALUE, ANOTHER = "tr0ub4dor-value", "c0rrect-horse-value"


def login_entry(world: World, **data: str) -> JSONObject:
    """Template entry of a Secret with the password, and with more if that is given."""
    return {
        "id": "login",
        "object": {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "login", "namespace": world.namespace_entry()["object"]["metadata"]["name"]},
            "stringData": {"password": "{{ secrets.password }}", **data},
        },
    }


def start(world: World) -> None:
    """A registry whose note is secret, and a Secret for each shop that holds it."""
    world.start(
        world.namespace_entry(),
        login_entry(world),
        extraValueMappings={"plan": "plan"},
        secretValueMappings={"password": "note"},
        secretNamespace="default",
    )


def password(world: World, uid: str, key: str = "password") -> Any:
    """What a shop's own Secret holds."""
    return world.find("v1", "Secret", "login", world.tenant_namespace(uid)).get("data", {}).get(key)


def encoded(text: str) -> str:
    """As a Secret holds it."""
    return b64encode(text.encode()).decode()


def shown(world: World) -> str:
    """All that our own kinds of this world say, specs and statuses."""
    kinds = ("TenantRegistry", "TenantSlice", "Tenant", "TenantTemplate", "TenantTemplateRevision")
    found: list[JSONObject] = [obj for kind in kinds for obj in world.ours(kind)]
    return orjson.dumps(found).decode()


@pytest.fixture
def running(world: World) -> World:
    """A world with two shops whose Secrets are there."""
    world.shops.insert("acme", note=VALUE)
    world.shops.insert("bravo", note="other")
    start(world)
    world.until_ready("acme", "bravo")
    return world


def test_a_secret_column_reaches_the_template_and_no_spec(running: World) -> None:
    assert password(running, "acme") == encoded(VALUE)
    assert VALUE not in shown(running)
    assert encoded(VALUE) not in shown(running)
    assert VALUE not in running.backend.webhooks.log.read_text()


def test_a_changed_value_arrives(running: World) -> None:
    running.shops.update("acme", note=ANOTHER)
    running.eventually(lambda: password(running, "acme") == encoded(ANOTHER), "the new value is there")
    running.until_ready("acme")


def test_values_go_with_their_tenants(running: World) -> None:
    def kept() -> set[str]:
        rows = [
            secret
            for secret in running.cluster.list(running.cluster.resource_type("v1", kind="Secret"))
            if secret["metadata"]["name"].startswith(f"{running.name}-")
        ]
        return {key for secret in rows for key in secret.get("data", {})}

    assert kept() == {"acme", "bravo"}
    running.shops.delete("bravo")
    running.eventually(lambda: not running.tenant("bravo"), "the Tenant is gone")
    running.eventually(lambda: kept() == {"acme"}, "its values are gone")


def lose_row_secret(world: World, uid: str) -> JSONObject:
    """Delete the Secret with the values of a shop's slice; the Secret as it was."""
    lost = world.find("v1", "Secret", world.tenant(uid)["spec"]["secret"]["name"], "default")
    world.delete(lost)
    return lost


def test_a_rollout_finds_the_values_while_the_source_is_away(running: World) -> None:
    running.shops.take_away()
    running.eventually(lambda: condition(running.registry(), "SourceReachable")["status"] == "False", "it is away")

    running.apply_template(running.namespace_entry(), login_entry(running, again="{{ secrets.password }}"))

    running.eventually(lambda: password(running, "acme", "again") == encoded(VALUE), "the new revision has the value")
    running.eventually(lambda: password(running, "bravo", "again") == encoded("other"), "and so for the next tenant")
    running.until_ready("acme", "bravo")
    running.shops.put_back()


def test_values_that_are_lost_while_the_source_is_away_cost_no_object(running: World) -> None:
    before = running.identities("acme", "bravo")
    running.shops.take_away()
    running.eventually(lambda: condition(running.registry(), "SourceReachable")["status"] == "False", "it is away")

    lost = lose_row_secret(running, "acme")

    running.until_polled(3)
    assert not running.again(lost), "nobody knows the values"
    assert running.identities("acme", "bravo") == before
    running.shops.put_back()
    running.eventually(lambda: running.again(lost).get("data") == lost["data"], "the values are back")
    running.until_ready("acme", "bravo")
    assert running.identities("acme", "bravo") == before


def test_a_row_secret_that_is_deleted_comes_back(running: World) -> None:
    before = lose_row_secret(running, "acme")
    name = before["metadata"]["name"]
    running.eventually(
        lambda: running.find("v1", "Secret", name, "default").get("data") == before["data"], "the row Secret is back"
    )
    assert password(running, "acme") == encoded(VALUE)
