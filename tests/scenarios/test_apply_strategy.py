"""Metacontroller must run with server-side apply: the traces of its other strategy are recognised."""

from __future__ import annotations

from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition, entry
from tests.scenarios.harness.world import World


def reason(world: World) -> str:
    return str(condition(world.tenant("acme"), "Degraded").get("reason", ""))


def test_a_tenant_whose_objects_are_applied_dynamically_says_so_and_goes_on(world: World) -> None:
    policy: JSONObject = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "nobody", "namespace": world.name + "-{{ slug }}"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    world.apply_template(world.namespace_entry(), world.config_entry(), entry("policy", policy), registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.until_ready("acme")
    live = world.find("networking.k8s.io/v1", "NetworkPolicy", "nobody", world.tenant_namespace("acme"))

    world.edit(live, {"metadata": {"annotations": {LAST_APPLIED_ANNOTATION: "{}"}}})

    world.eventually(lambda: reason(world) == "UnsupportedApplyStrategy", "the Tenant says what is wrong")
    assert "--apply-strategy=server-side-apply" in condition(world.tenant("acme"), "Degraded")["message"]
    world.apply_tenant("acme", plan="pro", note="")
    world.eventually(lambda: world.plan_of("acme") == "pro", "it goes on")
    world.until_ready("acme")

    world.edit(live, {"metadata": {"annotations": {LAST_APPLIED_ANNOTATION: None}}})

    world.eventually(lambda: reason(world) == "Healthy", "all is well again")
