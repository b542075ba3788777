"""LynqHubs and LynqForms become registries and templates; nothing is dropped in silence."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.validation import findings_together
from tests.unit.cli.migrate.lynqs import convert, differences, entry_of, form, hub, losses, made_of, widget

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"uid": "{{ .uid }}"}}


def registry_of(**spec: Any) -> JSONObject:
    found: JSONObject = convert(hub(**spec)).objects[0]["spec"]
    return found


def mysql(**fields: Any) -> JSONObject:
    return {"type": "mysql", "syncInterval": "30s", "mysql": hub()["spec"]["source"]["mysql"] | fields}


def test_a_hub_and_its_form_pass_validation() -> None:
    conversion = convert(
        hub(), form(widget("{{ .plan }}"), configMaps=[{"id": "c", "nameTemplate": "c", "spec": CONFIG}])
    )
    assert [obj["kind"] for obj in conversion.objects] == ["TenantRegistry", "TenantTemplate"]
    assert [str(f) for found in findings_together(conversion.objects) for f in found if not f.warning] == []


def test_a_source_is_converted() -> None:
    reference = {"name": "db", "key": "secret"}
    assert registry_of(source=mysql(passwordRef=reference))["source"] == {
        "syncInterval": "30s",
        "mysql": {
            "host": "db",
            "port": 3306,
            "username": "reader",
            "database": "app",
            "table": "shops",
            "passwordRef": {"name": "db", "namespace": "lynq", "key": "secret"},
        },
    }


def test_the_label_that_a_password_needs_is_told() -> None:
    told = differences(convert(hub(source=mysql(passwordRef={"name": "db", "key": "k"}))))
    wanted = "kubectl label secret --namespace lynq db tenantry.io/datasource=true"
    assert wanted in told["LynqHub shops: spec.source.mysql.passwordRef"]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("shops", ("app", "shops")),
        ("`shops`", ("app", "shops")),
        ("other.shops", ("other", "shops")),
        ("`other`.`shops`", ("other", "shops")),
    ],
)
def test_a_table_may_name_its_database(table: str, expected: tuple[str, str]) -> None:
    found = registry_of(source=mysql(table=table))["source"]["mysql"]
    assert (found["database"], found["table"]) == expected


def test_a_table_that_is_a_query_is_not_converted() -> None:
    assert "LynqHub shops: spec.source.mysql.table" in losses(convert(hub(source=mysql(table="shops WHERE x = 1"))))


@pytest.mark.parametrize(("text", "expected"), [("30s", "30s"), ("05m", "5m"), ("0s", "24h"), ("9999999s", "24h")])
def test_an_interval_is_one_that_we_have(text: str, expected: str) -> None:
    assert registry_of(source=mysql() | {"syncInterval": text})["source"]["syncInterval"] == expected


def test_what_tenants_are_made_of_is_mapped() -> None:
    spec = registry_of(extraValueMappings={"plan": "plan_id", "tenant": "t", "my-tag": "m"})
    assert spec["valueMappings"] == {"uid": "id", "activate": "active"}
    assert spec["extraValueMappings"] == {"plan": "plan_id", "row_tenant": "t", "my_tag": "m", "hostOrUrl": "site"}


def test_the_activate_column_is_mapped_if_a_template_reads_it() -> None:
    registry, _ = convert(hub(), form(widget("{{ .activate }}"))).objects
    assert registry["spec"]["extraValueMappings"]["activate"] == "active"


def test_a_column_in_place_of_the_uid_is_not_converted() -> None:
    assert losses(convert(hub(extraValueMappings={"uid": "other"}))) == ["LynqHub shops: spec.extraValueMappings.uid"]


def test_two_variables_that_would_get_one_name_are_told_of() -> None:
    conversion = convert(hub(extraValueMappings={"a-b": "x", "a_b": "y"}))
    assert losses(conversion) == ["LynqHub shops: spec.extraValueMappings.a_b"]


@pytest.mark.parametrize("field", ["spec.valueMappings.activate", "spec.extraValueMappings"])
def test_values_that_mean_something_else_are_told_of(field: str) -> None:
    assert f"LynqHub shops: {field}" in differences(convert(hub()))


def test_what_a_later_lynq_may_have_is_told_of() -> None:
    conversion = convert(hub(news=1), form(widget(surprise=1), other=2))
    assert losses(conversion) == [
        "LynqForm web: manifests[it].surprise",
        "LynqForm web: spec.other",
        "LynqHub shops: spec.news",
    ]


def test_long_names_are_shortened_and_told_of() -> None:
    long = hub() | {"metadata": {"name": "a-hub-with-quite-a-long-name", "namespace": "lynq"}}
    conversion = convert(long, form(widget(), hubId="a-hub-with-quite-a-long-name"))
    registry, template = conversion.objects
    assert len(registry["metadata"]["name"]) <= 24
    assert template["spec"]["registry"] == registry["metadata"]["name"]
    assert "is TenantRegistry" in "".join(differences(conversion).values())


def test_hubs_of_one_name_in_two_namespaces_are_told_of() -> None:
    other = hub() | {"metadata": {"name": "shops", "namespace": "other"}}
    assert "LynqHub shops" in losses(convert(hub(), other))


def test_every_group_becomes_entries_of_one_list() -> None:
    spaces = [{"id": "b", "nameTemplate": "b", "spec": {"apiVersion": "v1", "kind": "Namespace"}}]
    configs = [{"id": "a", "nameTemplate": "a", "targetNamespace": "b", "dependIds": ["b"], "spec": CONFIG}]
    _, template = convert(hub(), form(configMaps=configs, namespaces=spaces)).objects
    assert [(one["id"], one.get("dependsOn")) for one in template["spec"]["resources"]] == [("a", ["b"]), ("b", None)]


def test_options_that_have_the_same_default_are_left_out() -> None:
    options = {
        "waitForReady": True,
        "skipOnDependencyFailure": True,
        "timeoutSeconds": 300,
        "creationPolicy": "WhenNeeded",
        "deletionPolicy": "Delete",
        "conflictPolicy": "Stuck",
        "patchStrategy": "apply",
        "dependIds": [],
        "ignoreFields": [],
    }
    assert entry_of(widget(**options)).keys() == {"id", "object"}


def test_options_are_taken_over() -> None:
    options: dict[str, Any] = {
        "waitForReady": False,
        "skipOnDependencyFailure": False,
        "timeoutSeconds": 60,
        "creationPolicy": "Once",
        "deletionPolicy": "Retain",
        "conflictPolicy": "Force",
        "patchStrategy": "replace",
    }
    entry = entry_of(widget(**options, ignoreFields=["$.spec.replicas", "spec.size"]))
    assert {key: entry[key] for key in options} == options
    assert entry["ignoreFields"] == ["$.spec.replicas", "$.spec.size"]


def test_an_id_that_is_none_here_is_changed_where_it_is_used_too() -> None:
    _, template = convert(
        hub(), form(widget(id="My_Id"), widget(id="b", nameTemplate="b", dependIds=["My_Id"]))
    ).objects
    first, second = template["spec"]["resources"]
    assert second["dependsOn"] == [first["id"]]


@pytest.mark.parametrize(("given", "expected"), [({}, "100%"), ({"maxSkew": 0}, "100%"), ({"maxSkew": 5}, 5)])
def test_a_skew_of_zero_is_no_limit(given: JSONObject, expected: Any) -> None:
    _, template = convert(hub(), form(widget(), rollout=given)).objects
    assert template["spec"]["rollout"]["maxSkew"] == expected


def test_an_object_without_a_namespace_lives_where_its_form_does() -> None:
    found = made_of({"id": "a", "nameTemplate": "{{ .uid }}-a", "spec": CONFIG}, {})
    assert found["metadata"] == {"name": "acme-a", "namespace": "lynq"}


def test_a_target_namespace_is_rendered() -> None:
    found = made_of({"id": "a", "nameTemplate": "a", "targetNamespace": "{{ .uid }}-ns", "spec": CONFIG}, {})
    assert found["metadata"]["namespace"] == "acme-ns"


def test_an_object_of_the_whole_cluster_has_no_namespace() -> None:
    found = made_of({"id": "a", "nameTemplate": "{{ .uid }}", "spec": {"apiVersion": "v1", "kind": "Namespace"}}, {})
    assert found["metadata"] == {"name": "acme"}


def test_labels_of_the_spec_stay_where_lynq_lets_them() -> None:
    spec = CONFIG | {"metadata": {"labels": {"a": "{{ .plan }}"}}}
    assert made_of({"id": "a", "nameTemplate": "a", "spec": spec}, {"plan": "pro"})["metadata"]["labels"] == {
        "a": "pro"
    }


@pytest.mark.parametrize("reason", [{"labelsTemplate": {"b": "c"}}, {"targetNamespace": "other"}])
def test_labels_that_lynq_drops_are_left_out_and_told_of(reason: dict[str, Any]) -> None:
    spec = CONFIG | {"metadata": {"labels": {"a": "b"}}}
    resource = {"id": "a", "nameTemplate": "a", "spec": spec, **reason}
    assert "a" not in made_of(resource, {})["metadata"].get("labels", {})
    assert "LynqForm web: manifests[a].spec.metadata.labels" in differences(convert(hub(), form(resource)))


def test_annotations_of_the_spec_are_left_out_and_told_of() -> None:
    spec = CONFIG | {"metadata": {"annotations": {"a": "b"}}}
    resource = {"id": "a", "nameTemplate": "a", "spec": spec, "annotationsTemplate": {"c": "{{ .uid }}"}}
    assert made_of(resource, {})["metadata"]["annotations"] == {"c": "acme"}
    assert "LynqForm web: manifests[a].spec.metadata.annotations" in differences(convert(hub(), form(resource)))


def test_a_name_template_has_no_uid_to_fall_back_on() -> None:
    without = hub(valueMappings={"uid": "id", "activate": "active"})
    conversion = convert(without, form(widget("{{ .host }}", nameTemplate="{{ .host }}")))
    assert losses(conversion) == ["LynqForm web: manifests[it].nameTemplate"]


def test_what_validation_refuses_counts_as_not_converted() -> None:
    conversion = convert(hub(), form(widget(ignoreFields=["$[broken"])))
    assert any(place.startswith("TenantTemplate web: spec.resources[it]") for place in losses(conversion))


def test_a_resource_without_a_kind_is_told_of_once() -> None:
    conversion = convert(hub(), form({"id": "a", "nameTemplate": "a", "spec": {"replicas": 1}}))
    assert losses(conversion) == ["LynqForm web: manifests[a].spec"]


def test_a_form_without_its_hub_is_converted_and_told_of() -> None:
    conversion = convert(form(widget("{{ .whatever }}")))
    assert losses(conversion) == []
    assert "LynqForm web: spec.hubId" in differences(conversion)


def test_lists_as_kubectl_prints_them_are_read() -> None:
    assert len(convert({"apiVersion": "v1", "kind": "List", "items": [hub(), form(widget())]}).objects) == 2
