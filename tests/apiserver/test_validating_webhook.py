"""The chart's ValidatingWebhook between a real API server and the webhooks, over TLS."""

from __future__ import annotations

import base64
import shutil
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError, NotFound
from tests.chart.helm import Helm, of_kind
from tests.databases.certificates import Certificates, make_certificates
from tests.server.running import Server, serving
from tests.support.tenancy import config, entry

API_VERSION = "tenantry.io/v1"
BROKEN = entry("config", config("{{ 1 + }}", in_="default"))
OLDER = "older-than-the-webhook"
EFFECT_SECONDS = 60.0


def template(name: str, *resources: JSONObject) -> JSONObject:
    metadata = {"name": name}
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantTemplate",
        "metadata": metadata,
        "spec": {"resources": list(resources)},
    }


def registry(name: str, **spec: Any) -> JSONObject:
    source = {"syncInterval": "1m", "sqlite": {"path": "/data/shops.db", "table": "shops"}}
    mappings = {"uid": "id", "activate": "active"}
    whole = {"source": source, "valueMappings": mappings, **spec}
    return {"apiVersion": API_VERSION, "kind": "TenantRegistry", "metadata": {"name": name}, "spec": whole}


def apply(cluster: ApiServer, obj: JSONObject) -> JSONObject:
    return cluster.apply(
        cluster.resource_type(API_VERSION, kind=obj["kind"]), obj, field_manager="somebody", force=True
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"), Path(shutil.which("openssl") or "openssl"))


@pytest.fixture(scope="module")
def webhooks(tmp_path_factory: pytest.TempPathFactory, made: Certificates) -> Iterator[Server]:
    trust = ssl.create_default_context(cafile=str(made.ca))
    files = {
        "tls_certificate": made.certificate("server"),
        "tls_key": made.key("server"),
        "tls_client_ca": made.ca,
    }
    folder = tmp_path_factory.mktemp("webhooks")
    (folder / "token").write_text("for Metacontroller alone")
    with serving(folder, {**files, "token_file": folder / "token", "log_level": "info"}, tls=trust) as server:
        yield server


@pytest.fixture(scope="module")
def asking(
    cluster: ApiServer, webhooks: Server, made: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    """An API server that asks the webhooks, as the chart tells it; only that there is no Service here."""
    values = {
        "tls": {
            "enabled": True,
            "source": "existing",
            "secretName": "served",
            "clientCertificates": {"enabled": True, "caSecretName": "callers", "metacontrollerSecretName": "shown"},
        },
        "authorization": {"enabled": True},
        "validatingWebhook": {
            "enabled": True,
            "failurePolicy": "Fail",
            "caBundle": base64.b64encode(made.ca.read_bytes()).decode(),
        },
    }
    rendered = Helm(tmp_path_factory.mktemp("helm")).template(values)
    (configuration,) = of_kind(rendered, "ValidatingWebhookConfiguration").values()
    for webhook in configuration["webhooks"]:
        path = webhook["clientConfig"].pop("service")["path"]
        webhook["clientConfig"]["url"] = f"https://localhost:{webhooks.port}{path}"
    apply(cluster, template(OLDER, BROKEN))
    kind = cluster.resource_type(configuration["apiVersion"], kind=configuration["kind"])
    cluster.apply(kind, configuration, field_manager="setup")
    try:
        _wait_until_it_counts(cluster)
        yield cluster
    finally:
        cluster.delete(kind, configuration["metadata"]["name"])


def _wait_until_it_counts(cluster: ApiServer) -> None:
    deadline = time.monotonic() + EFFECT_SECONDS
    number = 0
    while True:
        number += 1
        try:
            apply(cluster, template(f"probe-{number}", BROKEN))
        except ApiError:
            return
        assert time.monotonic() < deadline, "the API server does not ask the webhooks"
        time.sleep(0.1)


def refusal(cluster: ApiServer, obj: JSONObject) -> ApiError:
    with pytest.raises(ApiError) as refused:
        apply(cluster, obj)
    return refused.value


def test_a_broken_template_is_refused_with_every_problem(asking: ApiServer) -> None:
    other = entry("other", config("other", in_="default"), dependsOn=["nobody"])
    refused = refusal(asking, template("broken", BROKEN, other))
    assert refused.code == 422
    assert "validate.tenantry.io" in str(refused)
    assert "spec.resources[config].object.metadata.name" in str(refused)
    assert "spec.resources[other].dependsOn" in str(refused)


def test_a_good_template_is_stored(asking: ApiServer) -> None:
    stored = apply(asking, template("good", entry("config", config("config", in_="default"))))
    assert stored["metadata"]["uid"]


def test_a_change_that_breaks_a_template_is_refused(asking: ApiServer) -> None:
    apply(asking, template("changing", entry("config", config("config", in_="default"))))
    assert refusal(asking, template("changing", BROKEN)).code == 422


def test_a_broken_template_of_before_can_be_labelled_and_deleted(asking: ApiServer) -> None:
    kind = asking.resource_type(API_VERSION, kind="TenantTemplate")
    labelled = asking.patch(kind, OLDER, {"metadata": {"labels": {"team": "shops"}}}, field_manager="somebody")
    assert labelled["metadata"]["labels"] == {"team": "shops"}
    asking.delete(kind, OLDER)


def test_a_registry_with_a_risky_choice_is_stored(asking: ApiServer) -> None:
    stored = apply(asking, registry("risky", safety={"maxDeletions": "100%"}))
    assert stored["metadata"]["uid"]


def test_the_webhooks_were_asked_without_a_token_and_a_certificate(asking: ApiServer, webhooks: Server) -> None:
    apply(asking, template("asked", entry("config", config("config", in_="default"))))
    assert '"event":"validate"' in webhooks.log.read_text()


def test_while_no_webhook_answers_specs_alone_are_held_up(asking: ApiServer, webhooks: Server) -> None:
    kind = asking.resource_type(API_VERSION, kind="TenantTemplate")
    held = template("held", entry("config", config("config", in_="default")))
    held["metadata"]["finalizers"] = ["example.com/held"]
    apply(asking, held)
    webhooks.stop()
    changed = template("held", entry("config", config("another", in_="default")))
    assert "failed calling webhook" in str(refusal(asking, changed))
    asking.patch(kind, "held", {"metadata": {"labels": {"team": "shops"}}}, field_manager="somebody")
    asking.delete(kind, "held")
    asking.patch(kind, "held", {"metadata": {"finalizers": None}}, field_manager="somebody")
    with pytest.raises(NotFound):
        asking.get(kind, "held")
