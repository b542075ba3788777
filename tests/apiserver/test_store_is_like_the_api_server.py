"""The in-process cluster answers every write of the corpus as a real API server does."""

from __future__ import annotations

import uuid

import pytest

from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.store import InProcessCluster
from tests.apiserver.store_corpus import corpus
from tests.apiserver.store_recorder import Outcome


@pytest.fixture(scope="module")
def real(cluster: ApiServer) -> list[Outcome]:
    return corpus(cluster, f"corpus-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def ours() -> list[Outcome]:
    store = InProcessCluster()
    try:
        return corpus(store, "corpus-ours")
    finally:
        store.close()


def test_both_clusters_take_the_same_steps(real: list[Outcome], ours: list[Outcome]) -> None:
    assert [outcome.step for outcome in ours] == [outcome.step for outcome in real]


def test_the_store_answers_as_the_api_server_does(real: list[Outcome], ours: list[Outcome]) -> None:
    different = {
        theirs.step: (mine.result, theirs.result) for mine, theirs in zip(ours, real, strict=True) if mine != theirs
    }
    assert different == {}
