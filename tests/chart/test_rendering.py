"""The chart without a cluster: what it makes of values, and which values it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart import values
from tests.chart.helm import CHART, Helm, HelmFailed, of_kind
from tests.controlplane.product import REPOSITORY

EACH_WAY = pytest.mark.parametrize("given", values.BY_NAME.values(), ids=values.BY_NAME.keys())


@EACH_WAY
def test_helm_finds_nothing_to_complain_about(helm: Helm, given: dict[str, Any]) -> None:
    assert "0 chart(s) failed" in helm.lint(given)


@EACH_WAY
def test_no_two_objects_have_the_same_name(helm: Helm, given: dict[str, Any]) -> None:
    names = [(obj["kind"], obj["metadata"]["name"]) for obj in helm.template(given)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "given",
    [
        {"replica": 3},
        {"image": {"repo": "x"}},
        {"tls": {"source": "magic"}},
        {"controllers": {"shards": ["a", "a"]}},
        {"controllers": {"shards": ["Not a label value"]}},
        {"controllers": {"extraChildResources": [{"apiVersion": "v1"}]}},
        {"controllers": {"timeouts": {"tenant": "soon"}}},
        {"server": {"workers": 0}},
    ],
    ids=str,
)
def test_values_that_mean_nothing_are_refused(helm: Helm, given: dict[str, Any]) -> None:
    with pytest.raises(HelmFailed, match="schema"):
        helm.template(given)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ({"validatingWebhook": {"enabled": True}}, "needs tls.enabled"),
        ({"tls": {"enabled": True, "source": "existing"}}, "name its Secret in tls.secretName"),
        ({"tls": {"enabled": True, "clientCertificates": {"enabled": True}}}, "is required"),
    ],
    ids=["webhook without TLS", "no Secret", "no client certificates"],
)
def test_values_that_contradict_each_other_are_refused_with_advice(
    helm: Helm, given: dict[str, Any], advice: str
) -> None:
    with pytest.raises(HelmFailed, match=advice):
        helm.template(given)


def test_every_value_is_in_the_schema_and_the_schema_has_no_other() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    schema["properties"].pop("global")  # given by charts that contain this one
    assert _keys_of_schema(schema) == _keys(yaml.safe_load((CHART / "values.yaml").read_text()), schema)


def test_every_value_has_a_comment() -> None:
    lines = (CHART / "values.yaml").read_text().splitlines()
    top = [number for number, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    assert [lines[number] for number in top if not _is_explained(lines, number)] == []


def test_controllers_are_those_that_kubectl_takes_but_for_address_and_timeout(helm: Helm) -> None:
    rendered = of_kind(helm.template(), "CompositeController")
    for file in (REPOSITORY / "compositecontrollers").glob("*.yaml"):
        shipped = yaml.safe_load(file.read_text())
        assert _without_connection(rendered[shipped["metadata"]["name"]]) == _without_connection(shipped)


def test_a_shard_has_a_controller_of_its_own_and_the_permanent_one_serves_the_rest(helm: Helm) -> None:
    controllers = of_kind(helm.template({"controllers": {"shards": ["gold"]}}), "CompositeController")
    selectors = {
        name: controller["spec"]["parentResource"]["labelSelector"]
        for name, controller in controllers.items()
        if name.startswith("tenantry-tenants")
    }
    assert selectors == {
        "tenantry-tenants": {
            "matchExpressions": [{"key": "tenantry.io/shard", "operator": "NotIn", "values": ["gold"]}]
        },
        "tenantry-tenants-gold": {"matchLabels": {"tenantry.io/shard": "gold"}},
    }


def test_the_doctor_may_change_nothing_and_read_no_secret(helm: Helm) -> None:
    role = of_kind(helm.template(values.EVERYTHING), "ClusterRole")["webhooks-doctor"]
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list"}
    resources = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert resources & {"secrets", "configmaps"} == set()
    assert "buckets" in resources


def test_the_doctors_pod_gets_no_calls_of_the_webhooks(helm: Helm) -> None:
    rendered = helm.template()
    selector = of_kind(rendered, "Service")["tenantry"]["spec"]["selector"]
    labels = of_kind(rendered, "Pod")["tenantry-doctor"]["metadata"]["labels"]
    assert not selector.items() <= labels.items()


def test_numbered_shards_are_selected_by_text(helm: Helm) -> None:
    controllers = of_kind(helm.template({"controllers": {"shards": ["0", "1"]}}), "CompositeController")
    parent = controllers["tenantry-tenants-1"]["spec"]["parentResource"]
    assert parent["labelSelector"] == {"matchLabels": {"tenantry.io/shard": "1"}}


def test_metacontroller_may_manage_every_kind_that_templates_may_use(helm: Helm) -> None:
    rendered = helm.template(values.EVERYTHING)
    role = of_kind(rendered, "ClusterRole")["webhooks-metacontroller"]
    allowed = {
        (group, resource)
        for rule in role["rules"]
        if "delete" in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    children = of_kind(rendered, "CompositeController")["tenantry-tenants"]["spec"]["childResources"]
    wanted = {(child["apiVersion"].rpartition("/")[0], child["resource"]) for child in children}
    assert ("example.com", "buckets") in wanted
    assert wanted <= allowed


def test_rules_are_those_of_the_file_with_the_address_of_the_runbooks(helm: Helm) -> None:
    (rule,) = of_kind(helm.template(values.MONITORED), "PrometheusRule").values()
    address = values.MONITORED["metrics"]["prometheusRule"]["runbookBaseUrl"]
    file = (CHART / "files" / "alerts.yaml").read_text()
    assert rule["spec"] == yaml.safe_load(file.replace("RUNBOOKS", address))


def test_every_dashboard_is_in_a_config_map_of_its_own(helm: Helm) -> None:
    rendered = of_kind(helm.template(values.MONITORED), "ConfigMap")
    found = {
        name: text
        for config in rendered.values()
        if config["metadata"]["labels"].get("grafana_dashboard") == "1"
        for name, text in config["data"].items()
    }
    assert found == {file.name: file.read_text() for file in (CHART / "files" / "dashboards").iterdir()}


def test_kube_state_metrics_gets_its_configuration(helm: Helm) -> None:
    config = of_kind(helm.template(values.MONITORED), "ConfigMap")["tenantry-kube-state-metrics"]
    file = (CHART / "files" / "kube-state-metrics.yaml").read_text()
    assert config["data"] == {"custom-resource-state.yaml": file}


def test_definitions_are_kept_when_the_release_goes(helm: Helm) -> None:
    definitions = of_kind(helm.template(), "CustomResourceDefinition")
    assert len(definitions) == len(list((REPOSITORY / "crds").glob("*.yaml")))
    policies = {crd["metadata"]["annotations"].get("helm.sh/resource-policy") for crd in definitions.values()}
    assert policies == {"keep"}


def test_the_published_chart_needs_nothing_of_the_repository(helm: Helm, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    assert helm.package(folder).stat().st_size > 10_000


def _without_connection(controller: dict[str, Any]) -> dict[str, Any]:
    hooks = {
        name: {**hook, "webhook": hook["webhook"]["url"].rpartition(":8080")[2]}
        for name, hook in controller["spec"]["hooks"].items()
    }
    return {**controller["spec"], "hooks": hooks}


def _keys(value: Any, schema: Any, path: str = "") -> set[str]:
    """Paths of values, down to those whose keys people choose."""
    if not isinstance(value, dict) or schema.get("additionalProperties") is not False:
        return {path}
    return {path}.union(
        *(_keys(inner, schema["properties"].get(key, {}), f"{path}.{key}") for key, inner in value.items())
    )


def _keys_of_schema(schema: Any, path: str = "") -> set[str]:
    if schema.get("additionalProperties") is not False:
        return {path}
    return {path}.union(*(_keys_of_schema(inner, f"{path}.{key}") for key, inner in schema["properties"].items()))


def _is_explained(lines: list[str], number: int) -> bool:
    """Whether a comment stands above a value, or above the first of its group or inside it."""
    while number and lines[number - 1].strip() and not lines[number - 1].startswith("#"):
        number -= 1
    return bool(number) and lines[number - 1].startswith("#")
