"""The chart without a cluster: what it makes of values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart import values
from tests.chart.helm import CHART, Helm, of_kind
from tests.controlplane.product import REPOSITORY

EACH_WAY = pytest.mark.parametrize("given", values.BY_NAME.values(), ids=values.BY_NAME.keys())


@EACH_WAY
def test_helm_finds_nothing_to_complain_about(helm: Helm, given: dict[str, Any]) -> None:
    assert "0 chart(s) failed" in helm.lint(given)


@EACH_WAY
def test_no_two_objects_have_the_same_name(helm: Helm, given: dict[str, Any]) -> None:
    names = [(obj["kind"], obj["metadata"]["name"]) for obj in helm.template(given)]
    assert len(names) == len(set(names))


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
    kept = {"helm.sh/resource-policy": "keep", "argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
    for definition in definitions.values():
        assert kept.items() <= definition["metadata"]["annotations"].items()


def test_the_published_chart_needs_nothing_of_the_repository(helm: Helm, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    package = helm.package(folder)
    # What is random is given: it would differ anyway.
    given = {**values.EVERYTHING, **values.CLIENT_CERTIFICATES, "validatingWebhook": {"enabled": False}}
    given["authorization"] = {"enabled": True, "secretName": "token"}
    assert helm.template(given, chart=package) == helm.template(given)


def _without_connection(controller: dict[str, Any]) -> dict[str, Any]:
    hooks = {
        name: {**hook, "webhook": hook["webhook"]["url"].rpartition(":8080")[2]}
        for name, hook in controller["spec"]["hooks"].items()
    }
    return {**controller["spec"], "hooks": hooks}
