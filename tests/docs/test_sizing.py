"""The numbers by which people size an installation are those that were measured last."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.controlplane.product import REPOSITORY

SIZING: Final = (REPOSITORY / "docs" / "sizing.md").read_text(encoding="utf-8")
MEASURED: Final = (
    (REPOSITORY / "docs" / "performance.md").read_text(encoding="utf-8").partition("<!-- fleet: end -->")[0]
)
TOLERANCE: Final = 0.25
"""Of what differs between two measurements of the same."""


def created(row: str) -> float:
    """What the table of the fleet has for the creation of all tenants."""
    table = [[cell.strip() for cell in line.split("|")] for line in MEASURED.splitlines() if line.startswith("|")]
    column = next(cells.index("created") for cells in table if "created" in cells)
    values = [cells[column] for cells in table if cells[1] == row]
    assert len(values) == 1, f"docs/performance.md has no row {row}"
    return float(values[0].replace(",", ""))


def tenants() -> float:
    found = re.search(r"\*\*([\d,]+) tenants of 5 objects", MEASURED)
    assert found is not None
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("row", "measured", "factor"),
    [
        ("API requests of Metacontroller", "API requests of Metacontroller or the loop", 1),
        ("milliseconds of processor time: webhooks", "processor seconds: webhooks", 1000),
        ("milliseconds of processor time: metacontroller", "processor seconds: metacontroller", 1000),
        ("milliseconds of processor time: kube-apiserver", "processor seconds: kube-apiserver", 1000),
    ],
)
def test_a_number_for_one_tenant_is_the_one_that_was_measured(row: str, measured: str, factor: int) -> None:
    found = re.search(rf"^\| {re.escape(row)} \| (\d+) \|$", SIZING, re.MULTILINE)
    assert found is not None, f"docs/sizing.md has no row {row}"
    assert float(found[1]) == pytest.approx(created(measured) * factor / tenants(), rel=TOLERANCE)
