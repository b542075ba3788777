"""Secret columns reach templates, and nothing else shows them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from tenantry.protocol import JSONObject
from tests.scenarios.harness.world import World

VALUE, ANOTHER = "tr0ub4dor-value", "c0rrect-horse-value"


def start(world: World) -> None:
    """A registry whose note is secret, and a Secret for each shop that holds it."""
    namespace = world.namespace_entry()["object"]["metadata"]["name"]
    entry = {
        "id": "login",
        "object": {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "login", "namespace": namespace},
            "stringData": {"password": "{{ secrets.password }}"},
        },
    }
    world.start(
        world.namespace_entry(),
        entry,
        extraValueMappings={"plan": "plan"},
        secretValueMappings={"password": "note"},
        secretNamespace="default",
    )


def password(world: World, uid: str) -> Any:
    """What a shop's own Secret holds."""
    return world.find("v1", "Secret", "login", world.tenant_namespace(uid)).get("data", {}).get("password")


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


def test_a_row_secret_that_is_deleted_comes_back(running: World) -> None:
    secrets = running.cluster.resource_type("v1", kind="Secret")
    name = running.tenant("acme")["spec"]["secret"]["name"]
    before = running.find("v1", "Secret", name, "default")
    running.cluster.delete(secrets, name, namespace="default", propagation="Background")
    running.eventually(
        lambda: running.find("v1", "Secret", name, "default").get("data") == before["data"], "the row Secret is back"
    )
    assert password(running, "acme") == encoded(VALUE)
