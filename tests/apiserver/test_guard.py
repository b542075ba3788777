"""The guard policy as a real API server understands it, and the in-process cluster's emulation of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import yaml

from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.store import InProcessCluster
from tests.apiserver.guard_corpus import Corpus
from tests.controlplane.guard import install_guard, without_guard
from tests.controlplane.product import crd_files


@pytest.fixture(scope="module")
def guarded(cluster: ApiServer) -> ApiServer:
    install_guard(cluster)
    return cluster


@pytest.fixture(scope="module")
def store() -> Iterator[InProcessCluster]:
    created = InProcessCluster()
    definitions = created.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    for file in crd_files():
        created.create(definitions, yaml.safe_load(file.read_text()), field_manager="setup")
    install_guard(created)
    yield created
    created.close()


@pytest.fixture(scope="module")
def answers(guarded: ApiServer) -> dict[str, str]:
    return ask_all(guarded)


def ask_all(cluster: Cluster) -> dict[str, str]:
    return Corpus(cluster, f"guard-{uuid.uuid4().hex[:8]}").run()


def test_the_store_answers_as_the_api_server_does(answers: dict[str, str], store: InProcessCluster) -> None:
    ours = ask_all(store)
    assert {name: (ours.get(name), told) for name, told in answers.items() if ours.get(name) != told} == {}


def test_the_corpus_is_refused_by_the_policies_alone(answers: dict[str, str]) -> None:
    others = [told for told in answers.values() if told and "ValidatingAdmissionPolicy 'tenantry-" not in told]
    assert others == []


def test_each_policy_refuses_something(answers: dict[str, str]) -> None:
    refusing = {told.partition("ValidatingAdmissionPolicy '")[2].partition("'")[0] for told in answers.values() if told}
    assert refusing == {"tenantry-objects", "tenantry-tenants", "tenantry-deletions"}


def test_where_the_guard_policy_is_not_installed_nothing_of_the_corpus_is_refused(guarded: ApiServer) -> None:
    with without_guard(guarded):
        refused = {name: told for name, told in ask_all(guarded).items() if told}
    assert refused == {}


def test_the_store_refuses_nothing_of_the_corpus_without_the_guard_policy(store: InProcessCluster) -> None:
    with without_guard(store):
        refused = {name: told for name, told in ask_all(store).items() if told}
    assert refused == {}
