"""The page of conditions and reasons, and that of labels: nothing is missing, nothing is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tenantry import names
from tenantry.conditions import ConditionType, Reason
from tests.controlplane.product import REPOSITORY

PAGE = (REPOSITORY / "docs" / "reference" / "conditions.md").read_text(encoding="utf-8")
LABELS = (REPOSITORY / "docs" / "reference" / "labels.md").read_text(encoding="utf-8")
ENGINE = sorted((REPOSITORY / "hooks" / "tenantry" / "engine").glob("*.py"))
ROWS = [REPOSITORY / "hooks" / "tenantry" / "registry" / name for name in ("rows.py", "row_secrets.py")]
GIVERS: Final = {"Standing", "Readiness", "_waiting", "_failed", "InvalidRow"}
"""What takes the reason of an entry or a row. Its other arguments are no single words."""
GIVEN_AS: Final = {"failure", "reason"}
CHART: Final = REPOSITORY / "charts" / "tenantry" / "templates"
OF_THE_CHART: Final = {
    found
    for file in CHART.rglob("*.*")
    for found in re.findall(rf"\b{names.GROUP}/[a-z-]+(?=:)", file.read_text(encoding="utf-8"))
}
"""Labels and annotations that the chart sets."""
REASON = re.compile(r"[A-Z][A-Za-z]+")


def section(title: str) -> str:
    """A part of the page."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def listed(text: str) -> list[str]:
    """What the tables of a text are about: the code in their first column."""
    return re.findall(r"^\| `([\w./-]+)`", text, re.MULTILINE)


def test_the_page_has_every_type_of_condition() -> None:
    assert sorted(listed(section("Types"))) == sorted(ConditionType)


def test_the_page_has_every_reason_of_a_condition_once() -> None:
    assert sorted(listed(section("Reasons of conditions"))) == sorted(Reason)


def test_the_page_has_every_reason_of_an_entry() -> None:
    assert sorted(reasons_in(ENGINE) - set(listed(section("Reasons of entries")))) == []


def test_the_page_has_no_reason_that_no_entry_has() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in ENGINE)
    made = {"NotReady", "NotAvailable"}  # Of the names of conditions.
    told = set(listed(section("Reasons of entries"))) - made
    assert [reason for reason in sorted(told) if f'"{reason}"' not in source] == []


def test_the_page_has_every_reason_of_a_row() -> None:
    assert set(listed(section("Reasons of rows"))) == reasons_in(ROWS)


def test_the_page_of_labels_has_every_label_and_annotation() -> None:
    known = {value for name, value in vars(names).items() if name.endswith(("_LABEL", "_ANNOTATION"))}
    assert set(listed(LABELS)) == known | OF_THE_CHART


def reasons_in(files: list[Path]) -> set[str]:
    """The reasons that the code of these files gives, literally or by the name of a constant."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    constants = dict(found for tree in trees for found in _constants(tree))
    given = (value for tree in trees for value in _given(tree))
    texts = (_text(value, constants) for value in given)
    return {text for text in texts if REASON.fullmatch(text)}


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                yield from ((target.id, node.value.value) for target in targets if isinstance(target, ast.Name))


def _given(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            yield from node.args if name in GIVERS else ()
            yield from (keyword.value for keyword in node.keywords if keyword.arg in GIVEN_AS)
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "reason")


def _text(value: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return constants.get(value.id, "") if isinstance(value, ast.Name) else ""
