"""Our CRDs on a real API server: it accepts them, prunes nothing, and says in plain words what is wrong."""

from __future__ import annotations

import copy

import pytest

from tenantry.kinds import KINDS, TENANT, TENANT_REGISTRY, TENANT_TEMPLATE, Kind
from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError, ResourceType
from tests.apiserver.samples import SOURCES, full_object, full_status

EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
USER = "somebody"


def type_of(cluster: ApiServer, kind: Kind) -> ResourceType:
    return cluster.resource_type(kind.api_version, kind=kind.name)


def stored(cluster: ApiServer, kind: Kind, obj: JSONObject) -> JSONObject:
    return cluster.apply(type_of(cluster, kind), obj, field_manager=USER, force=True)


def refusal(cluster: ApiServer, kind: Kind, obj: JSONObject) -> str:
    """What the API server says to an object that it does not take."""
    with pytest.raises(ApiError) as caught:
        stored(cluster, kind, obj)
    return caught.value.message


def tenant(name: str = "shops.acme", **spec: object) -> JSONObject:
    selector = {"matchLabels": {TENANT_LABEL: name}}
    return _object(TENANT, name, {"uid": "acme", "selector": selector, **spec})


def template(name: str = "webapp", **spec: object) -> JSONObject:
    entry = {"id": "namespace", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ slug }}"}}}
    return _object(TENANT_TEMPLATE, name, {"resources": [entry], **spec})


def registry(name: str = "shops", **spec: object) -> JSONObject:
    source = {"sqlite": {"path": "/data/shops.db", "table": "shops"}}
    mappings = {"uid": "id", "activate": "active"}
    return _object(TENANT_REGISTRY, name, {"source": source, "valueMappings": mappings, **spec})


def _object(kind: Kind, name: str, spec: JSONObject) -> JSONObject:
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": name}, "spec": spec}


@EACH_KIND
def test_the_schema_is_structural(cluster: ApiServer, kind: Kind) -> None:
    definitions = cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    conditions = cluster.get(definitions, f"{kind.plural}.{kind.group}")["status"]["conditions"]
    assert {c["type"]: c["status"] for c in conditions} == {"NamesAccepted": "True", "Established": "True"}


@EACH_KIND
def test_no_field_of_a_spec_is_pruned(cluster: ApiServer, kind: Kind) -> None:
    sent = full_object(kind)
    assert stored(cluster, kind, copy.deepcopy(sent))["spec"] == sent["spec"]


@pytest.mark.parametrize("database", SOURCES)
def test_no_field_of_a_source_is_pruned(cluster: ApiServer, database: str) -> None:
    sent = full_object(TENANT_REGISTRY, database=database)["spec"]["source"]
    assert stored(cluster, TENANT_REGISTRY, registry(f"over-{database}", source=sent))["spec"]["source"] == sent


@pytest.mark.parametrize("databases", [(), ("mysql", "postgresql")], ids=["none", "two"])
def test_a_source_is_exactly_one_database(cluster: ApiServer, databases: tuple[str, ...]) -> None:
    server = {"host": "db", "username": "reader", "database": "shops", "table": "shops"}
    message = refusal(cluster, TENANT_REGISTRY, registry(source=dict.fromkeys(databases, server)))
    assert "a source is exactly one of sqlite, mysql and postgresql" in message


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"operator": "Exists", "values": ["x"]}, "Exists takes no values"),
        ({"operator": "In"}, "every other operator takes some"),
        ({"operator": "Less", "values": [1, 2]}, "this operator takes exactly one value"),
    ],
)
def test_a_filter_has_the_values_that_its_operator_takes(cluster: ApiServer, condition: JSONObject, told: str) -> None:
    source = {"sqlite": {"path": "/x", "table": "shops"}, "where": [{"column": "plan", **condition}]}
    assert told in refusal(cluster, TENANT_REGISTRY, registry(source=source))


def test_secret_columns_need_a_namespace(cluster: ApiServer) -> None:
    wrong = registry(secretValueMappings={"password": "pw"})
    assert "secretValueMappings need a secretNamespace" in refusal(cluster, TENANT_REGISTRY, wrong)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.status], ids=lambda kind: kind.name)
def test_no_field_of_a_status_is_pruned(cluster: ApiServer, kind: Kind) -> None:
    obj, status = stored(cluster, kind, full_object(kind)), full_status(kind)
    obj["status"] = copy.deepcopy(status)
    assert cluster.update_status(type_of(cluster, kind), obj, field_manager=USER)["status"] == status


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.status], ids=lambda kind: kind.name)
def test_an_empty_status_is_stored_as_it_is(cluster: ApiServer, kind: Kind) -> None:
    obj = {**stored(cluster, kind, full_object(kind)), "status": {}}
    assert cluster.update_status(type_of(cluster, kind), obj, field_manager=USER).get("status") == {}


def test_what_a_registry_leaves_out_is_filled_in(cluster: ApiServer) -> None:
    spec = stored(cluster, TENANT_REGISTRY, registry())["spec"]
    assert (spec["buckets"], spec["deletionPolicy"], spec["source"]["syncInterval"]) == (64, "Retain", "30s")


def test_null_in_a_tenants_values_arrives(cluster: ApiServer) -> None:
    created = cluster.create(type_of(cluster, TENANT), tenant("shops.nulls", values={"plan": None}), field_manager=USER)
    assert created["spec"]["values"] == {"plan": None}


def test_a_tenant_selects_its_own_objects_alone(cluster: ApiServer) -> None:
    wrong = tenant(selector={"matchLabels": {TENANT_LABEL: "shops.other"}})
    assert refusal(cluster, TENANT, wrong).endswith(
        "spec.selector.matchLabels must hold exactly tenantry.io/tenant with the name of this Tenant"
    )


def test_a_tenants_name_fits_into_a_label(cluster: ApiServer) -> None:
    assert "the name of a Tenant has at most 63 characters" in refusal(cluster, TENANT, tenant("a" * 64))


@pytest.mark.parametrize("name", ["a" * 25, "shops.eu"])
def test_a_registrys_name_is_a_short_label(cluster: ApiServer, name: str) -> None:
    message = refusal(cluster, TENANT_REGISTRY, registry(name))
    assert "the name of a TenantRegistry is a DNS label of at most 24 characters" in message


@pytest.mark.parametrize("variable", ["uid", "secrets", "resources"])
def test_a_variable_takes_no_name_that_has_a_meaning(cluster: ApiServer, variable: str) -> None:
    message = refusal(cluster, TENANT_REGISTRY, registry(extraValueMappings={variable: "column"}))
    assert "these variables have a meaning of their own: uid, slug" in message


def test_a_variable_is_a_name(cluster: ApiServer) -> None:
    message = refusal(cluster, TENANT_REGISTRY, registry(extraValueMappings={"plan-id": "plan"}))
    assert "a variable is a letter followed by letters, digits and underscores" in message


@pytest.mark.parametrize("interval", ["0s", "30", "1d"])
def test_an_interval_is_a_positive_time(cluster: ApiServer, interval: str) -> None:
    wrong = registry()
    wrong["spec"]["source"]["syncInterval"] = interval
    assert "spec.source.syncInterval" in refusal(cluster, TENANT_REGISTRY, wrong)


@pytest.mark.parametrize("after", ["other", None])
def test_the_registry_of_a_template_is_immutable(cluster: ApiServer, after: str | None) -> None:
    name = f"of-shops-{after}".lower()
    stored(cluster, TENANT_TEMPLATE, template(name, registry="shops"))
    changed = template(name, registry=after) if after else template(name)
    message = refusal(cluster, TENANT_TEMPLATE, changed)
    assert message.endswith("spec.registry is immutable: create a new template for another registry")


def test_a_template_without_registry_cannot_get_one(cluster: ApiServer) -> None:
    stored(cluster, TENANT_TEMPLATE, template("by-hand"))
    message = refusal(cluster, TENANT_TEMPLATE, template("by-hand", registry="shops"))
    assert "spec.registry is immutable" in message


def test_an_entry_holds_an_object_with_a_kind(cluster: ApiServer) -> None:
    message = refusal(cluster, TENANT_TEMPLATE, template(resources=[{"id": "a", "object": {"apiVersion": "v1"}}]))
    assert "spec.resources[0].object.kind: Required value" in message


def test_ids_of_entries_are_unique(cluster: ApiServer) -> None:
    entry = template()["spec"]["resources"][0]
    wrong = template("twice", resources=[entry, entry])
    with pytest.raises(ApiError, match="Duplicate value"):
        cluster.create(type_of(cluster, TENANT_TEMPLATE), wrong, field_manager=USER)
