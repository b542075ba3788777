"""Our labels belong on the objects of a template, not where others copy them from."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import check_resources
from tenantry.engine.render import RenderError
from tenantry.protocol import JSONObject
from tests.support.rendering import render_object

OURS = {"tenantry.io/tenant": "{{ tenant.name }}"}


def workload(kind: str, spec: JSONObject, api_version: str = "apps/v1") -> JSONObject:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "shop"}, "spec": spec}


@pytest.mark.parametrize(
    ("obj", "path"),
    [
        (workload("Deployment", {"template": {"metadata": {"labels": OURS}}}), ".spec.template.metadata.labels"),
        (
            workload("Deployment", {"template": {"metadata": {"annotations": OURS}}}),
            ".spec.template.metadata.annotations",
        ),
        (workload("Deployment", {"selector": {"matchLabels": OURS}}), ".spec.selector.matchLabels"),
        (workload("Service", {"selector": OURS}, "v1"), ".spec.selector"),
        (
            workload("StatefulSet", {"volumeClaimTemplates": [{}, {"metadata": {"labels": OURS}}]}),
            ".spec.volumeClaimTemplates[1].metadata.labels",
        ),
        (
            workload("CronJob", {"jobTemplate": {"metadata": {"labels": OURS}}}, "batch/v1"),
            ".spec.jobTemplate.metadata.labels",
        ),
        (
            workload("CronJob", {"jobTemplate": {"spec": {"template": {"metadata": {"labels": OURS}}}}}, "batch/v1"),
            ".spec.jobTemplate.spec.template.metadata.labels",
        ),
    ],
)
def test_our_labels_are_refused_where_they_would_be_copied(obj: JSONObject, path: str) -> None:
    (problem,) = check_resources([{"id": "a", "object": obj}])
    assert problem.path == f"resources[a].object{path}[tenantry.io/tenant]"
    assert "Choose another key" in problem.message


def test_a_selector_of_expressions_may_not_name_our_labels() -> None:
    selector = {"matchExpressions": [{"key": "tenantry.io/tenant", "operator": "Exists"}]}
    (problem,) = check_resources([{"id": "a", "object": workload("Deployment", {"selector": selector})}])
    assert problem.path == "resources[a].object.spec.selector.matchExpressions[0].key"


@pytest.mark.parametrize(
    "obj",
    [
        workload("Deployment", {"selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {}}}}),
        workload(
            "NetworkPolicy",
            {"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": OURS}}]}]},
            "networking.k8s.io/v1",
        ),
        workload("Rollout", {"template": "{{ blueprint }}", "selector": "{{ selector }}"}, "example.com/v1"),
    ],
)
def test_other_places_are_free(obj: JSONObject) -> None:
    assert check_resources([{"id": "a", "object": obj}]) == []


def test_a_tenant_in_a_template_keeps_its_selector() -> None:
    obj = {"apiVersion": "tenantry.io/v1", "kind": "Tenant", "metadata": {"name": "x"}}
    spec = {"selector": {"matchLabels": {"tenantry.io/tenant": "x"}}}
    assert check_resources([{"id": "a", "object": obj | {"spec": spec}}]) == []


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"template": {"metadata": {"labels": "{{ made }}"}}}, ".spec.template.metadata.labels"),
        ({"template": {"metadata": "{{ {'labels': made} }}"}}, ".spec.template.metadata.labels"),
        ({"template": "{{ {'metadata': {'labels': made}} }}"}, ".spec.template.metadata.labels"),
        ("{{ {'template': {'metadata': {'labels': made}}} }}", ".spec.template.metadata.labels"),
        ({"selector": {"matchLabels": "{{ made }}"}}, ".spec.selector.matchLabels"),
        ({"selector": "{{ made }}"}, ".spec.selector"),
    ],
)
def test_labels_that_an_expression_makes_are_looked_at_too(spec: Any, path: str) -> None:
    made = {"tenantry.io/tenant": "shops.acme", "app": "web"}
    with pytest.raises(RenderError) as caught:
        render_object(workload("Deployment", spec), made=made)
    assert caught.value.path == f"{path}[tenantry.io/tenant]"


def test_labels_of_others_that_an_expression_makes_are_welcome() -> None:
    obj = workload("Deployment", {"template": {"metadata": {"labels": "{{ made }}"}}})
    assert render_object(obj, made={"app": "web"})["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
