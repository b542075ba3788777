"""Choices that are allowed and that people regret: each is a warning that names the field."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.validation import Finding, findings_of
from tests.support.tenancy import config, deployment, entry


def of_template(*resources: JSONObject) -> list[Finding]:
    spec = {"registry": "shops", "variables": {"password": {"type": "string"}}, "resources": list(resources)}
    return findings_of(
        {"apiVersion": "tenantry.io/v1", "kind": "TenantTemplate", "metadata": {"name": "shop"}, "spec": spec}
    )


def of_registry(**spec: Any) -> list[Finding]:
    source = {"syncInterval": "1m", "sqlite": {"path": "/data/shops.db", "table": "shops"}, **spec.pop("source", {})}
    whole = {"source": source, "valueMappings": {"uid": "id", "activate": "active"}, **spec}
    return findings_of(
        {"apiVersion": "tenantry.io/v1", "kind": "TenantRegistry", "metadata": {"name": "shops"}, "spec": whole}
    )


def secret(value: str) -> JSONObject:
    return entry("secret", {**config("login", in_="shops"), "kind": "Secret", "data": {}, "stringData": {"key": value}})


def test_a_secret_of_values_in_clear_text_is_a_warning() -> None:
    (found,) = of_template(secret("{{ password }}"))
    assert found.warning
    assert found.path == "spec.resources[secret].object.stringData.key"
    assert "secretValueMappings" in found.message


def test_a_secret_of_secret_columns_is_none() -> None:
    assert of_template(secret("{{ secrets.password }}")) == []


def test_an_image_without_a_version_is_a_warning() -> None:
    (found,) = of_template(entry("web", deployment(image="web:latest", in_="shops")))
    assert (found.warning, found.path.endswith(".containers[0].image")) == (True, True)


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"deletionPolicy": "Delete"}, "spec.deletionPolicy"),
        ({"safety": {"maxDeletions": "100%"}}, "spec.safety.maxDeletions"),
        ({"source": {"syncInterval": "2s"}}, "spec.source.syncInterval"),
    ],
)
def test_a_risky_choice_of_a_registry_is_a_warning(spec: dict[str, Any], path: str) -> None:
    assert [(found.path, found.warning) for found in of_registry(**spec)] == [(path, True)]


def test_a_careful_registry_has_none() -> None:
    assert of_registry() == []


@pytest.mark.parametrize("value", [None, 1, "x", "{{ password }}", [1], {"a": [1]}], ids=repr)
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Secret", "data"),
        ("Secret", "stringData"),
        ("Deployment", "spec"),
        ("HorizontalPodAutoscaler", "spec"),
        ("HorizontalPodAutoscaler", "scaleTargetRef"),
        ("Deployment", "template"),
        ("Deployment", "containers"),
    ],
)
def test_an_object_of_a_strange_shape_is_looked_at_without_a_failure(kind: str, field: str, value: Any) -> None:
    spec: JSONObject = {field: value} if field not in ("containers",) else {"template": {"spec": {field: value}}}
    body = {field: value} if field in ("data", "stringData", "spec") else {"spec": spec}
    odd = entry("odd", {**config("odd", in_="shops"), "kind": kind, **body})
    scaled = {"scaleTargetRef": {"kind": "Deployment", "name": "odd"}}
    scaler = entry("scaler", {**config("web", in_="shops"), "kind": "HorizontalPodAutoscaler", "spec": scaled})
    assert all(found.warning for found in of_template(odd, scaler))
