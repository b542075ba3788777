"""What the documents show of commands is what these print, and no command is left out by accident."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.controlplane.product import REPOSITORY
from tests.docs.blocks import DOCUMENTS, NotRun, overlooked, steps
from tests.docs.cluster import GuideCluster
from tests.docs.transcripts import Exchange, exchanges, executed

LOGS: Final = "kubectl -n tenantry-system logs deployment/tenantry --since="
NOT_RUN: Final = {
    "README.md": ["make demo ", "docker build "],
    "docs/contributing.md": ["make install "],
    "docs/how-to/install-with-helm.md": ["docker build "],
    "docs/operations.md": ["python3 -m venv ", "helm install "],
    "docs/runbooks/deletions-blocked.md": ["tenantry approve shops"],
    "docs/runbooks/hook-errors.md": [LOGS],
    "docs/runbooks/hook-slow.md": ["kubectl -n tenantry-system top pods"],
    "docs/runbooks/overload.md": ["kubectl -n tenantry-system get pods,hpa"],
    "docs/runbooks/poll-late.md": [LOGS],
    "docs/security.md": ["kubectl apply -f template.yaml"],
    "docs/tutorial.md": ["make install"],
}
"""Document → how the first commands of its blocks begin that are not run. Each has its reason in the document."""


def stale(done: list[Exchange]) -> str:
    """Commands that do not what their document says, with what they print instead."""
    found = (exchange for exchange in done if not exchange.current)
    return "\n".join(f"exit code {one.code}: $ {one.command}\n{one.printed}" for one in found)


def not_run(document: Path) -> list[str]:
    """The first commands of the blocks of a document that are not run."""
    return [step.first for step in steps(document.read_text(encoding="utf-8")) if isinstance(step, NotRun)]


def beginning(name: str, first: str) -> str:
    """How the list has a command, or the command if it is not there."""
    return next((known for known in NOT_RUN.get(name, ()) if first.startswith(known)), first)


@pytest.mark.parametrize("document", executed(offline=True), ids=lambda document: document.stem)
def test_commands_print_what_the_document_shows(document: Path) -> None:
    told = stale(list(exchanges(document)))
    assert not told, f"make transcripts writes it anew:\n{told}"


def test_commands_print_on_a_cluster_what_the_documents_show() -> None:
    """All on one cluster: to start it takes longer than most of them."""
    told = {}
    with GuideCluster() as cluster:
        for document in executed(offline=False):
            told[str(document.relative_to(REPOSITORY))] = stale(list(exchanges(document, cluster)))
    wrong = [f"{name}\n{lines}" for name, lines in told.items() if lines]
    assert not wrong, "make transcripts writes it anew:\n" + "\n".join(wrong)


def test_these_commands_alone_are_not_run() -> None:
    found = {str(document.relative_to(REPOSITORY)): not_run(document) for document in DOCUMENTS}
    listed = {name: [beginning(name, first) for first in firsts] for name, firsts in found.items() if firsts}
    assert listed == NOT_RUN


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(REPOSITORY)))
def test_commands_stand_in_blocks_that_are_run(document: Path) -> None:
    assert overlooked(document.read_text(encoding="utf-8")) == []
