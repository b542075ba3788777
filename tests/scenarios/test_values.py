"""From values of a row to fields of objects: types, strings where Kubernetes wants them, and functions."""

from __future__ import annotations

import base64

from tests.scenarios.harness.objects import entry
from tests.scenarios.harness.world import World

FUNCTIONS = {
    "slug": ("{{ 'Ünder Score' | slug }}", "nder-score-402b58e1"),
    "trunc": ("{{ 'abcdef' | trunc(3) }}", "abc"),
    "sha256": ("{{ 'a' | sha256 }}", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    "sha1": ("{{ 'a' | sha1 }}", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    "b64": ("{{ 'shop' | b64encode }} {{ 'c2hvcA==' | b64decode }}", "c2hvcA== shop"),
    "json": ("{{ '[1, {\"a\": 2}]' | fromjson | tojson }}", '[1,{"a":2}]'),
    "yaml": ("{{ ('a: [1, 2]' | fromyaml).a[1] }}", "2"),
    "host": ("{{ 'https://Shop.example.com:8443/x' | to_host }}", "shop.example.com"),
    "url": ("{{ 'https://shop.example.com/a/b?c=d' | url_part('path') }}", "/a/b"),
    "numbers": ("{{ ('7' | int) + ('0.5' | float) }} {{ 'true' | bool }}", "7.5 true"),
    "regex": ("{{ 'a-b-c' | regex_replace('-', '.') }} {{ 'abc' | regex_match('b+') }}", "a.b.c true"),
    "choice": ("{{ none | coalesce('x') }} {{ (plan == 'pro') | ternary('big', 'small') }}", "x small"),
    "quantity": ("{{ '512Mi' | quantity * 2 }}", "1Gi"),
    "network": ("{{ '10.0.0.0/16' | cidr_subnet(8, 3) }} {{ '10.0.0.0/24' | cidr_host(5) }}", "10.0.3.0/24 10.0.0.5"),
    "semver": ("{{ ('1.10.0' | semver) > ('1.9.0' | semver) }}", "true"),
}


def test_values_arrive_with_the_type_that_kubernetes_wants(world: World) -> None:
    world.shops.insert("acme", replicas=2)
    web = world.web_entry()
    pod = web["object"]["spec"]["template"]
    pod["metadata"]["annotations"] = {"replicas": "{{ replicas }}", "big": "{{ replicas > 1 }}"}
    pod["spec"]["containers"][0] |= {
        "args": ["--replicas", "{{ replicas }}"],
        "env": [{"name": "REPLICAS", "value": "{{ replicas }}"}],
        "workingDir": "{{ none }}",
    }
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "namespace": world.name + "-{{ slug }}"},
        "stringData": {"plan": "{{ plan }}", "replicas": "{{ replicas }}"},
    }
    world.start(world.namespace_entry(), web, entry("keys", secret))

    world.until_ready("acme")

    spec = world.deployment("acme")["spec"]
    container = spec["template"]["spec"]["containers"][0]
    assert spec["replicas"] == 2
    assert spec["template"]["metadata"]["annotations"] == {"replicas": "2", "big": "true"}
    assert (container["args"], container["env"]) == (["--replicas", "2"], [{"name": "REPLICAS", "value": "2"}])
    assert "workingDir" not in container
    data = world.find("v1", "Secret", "keys", world.tenant_namespace("acme"))["data"]
    assert {key: base64.b64decode(value).decode() for key, value in data.items()} == {"plan": "basic", "replicas": "2"}


def test_functions_arrive_as_they_are_documented(world: World) -> None:
    world.shops.insert("acme")
    expressions = {name: source for name, (source, _) in FUNCTIONS.items()}
    world.start(world.namespace_entry(), world.config_entry(data=expressions))

    world.until_ready("acme")

    assert world.config("acme")["data"] == {name: value for name, (_, value) in FUNCTIONS.items()}


def test_a_value_that_a_function_cannot_use_fails_the_entry_and_names_it(world: World) -> None:
    world.shops.insert("acme", note="many")
    world.start(
        world.namespace_entry(),
        world.config_entry(id="number", data={"x": "{{ note | int }}"}),
        world.config_entry(id="needed", data={"x": "{{ none | required('fill in the note') }}"}),
    )
    world.eventually(lambda: world.status_of("acme", "number").get("phase") == "Failed", "the number is refused")
    assert "many" in world.status_of("acme", "number")["message"]
    assert "fill in the note" in world.status_of("acme", "needed")["message"]

    world.shops.update("acme", note="12")

    world.eventually(lambda: world.config("acme", "number").get("data") == {"x": "12"}, "the number is used")
