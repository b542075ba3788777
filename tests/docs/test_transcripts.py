"""What the documents show of commands is what these print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.transcripts import DOCS, OFFLINE, ON_A_CLUSTER, exchanges


@pytest.mark.parametrize("name", [*OFFLINE, *ON_A_CLUSTER])
def test_commands_print_what_the_document_shows(name: str, tmp_path: Path) -> None:
    stale = [str(exchange) for exchange in exchanges(DOCS / name, tmp_path / "shops") if not exchange.current]
    assert not stale, "make transcripts writes it anew:\n" + "\n".join(stale)
