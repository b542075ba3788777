"""Each claim of the page about security names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def claims() -> list[str]:
    """Rows of tables of claims, without their heads."""
    rows = []
    inside = False
    for line in PAGE.splitlines():
        inside = line.startswith("|") and (inside or line.startswith("| Claim | Test |"))
        if inside:
            rows.append(line)
    return [row for row in rows if not row.startswith(("| Claim", "|---"))]


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_a_named_test_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (REPOSITORY / file).read_text(encoding="utf-8")


def test_every_claim_names_a_test() -> None:
    assert len(claims()) > 30
    assert [row for row in claims() if not re.search(r"`tests/[\w/]+\.py::\w+` \|$", row)] == []
