"""What the documents show as YAML can be used as it stands: objects, parts of them, entries, and values of the chart.

What the API server says of it is a question of ``tests/apiserver``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.kinds import TemplateResource
from tests.chart.helm import Helm
from tests.docs.yaml_blocks import Piece, Sort, pieces
from tests.support.fragments import kind_of, unknown_fields

OPTIONS: Final = {field.alias or name for name, field in TemplateResource.model_fields.items()}
OTHERS: Final = {
    "docs/expressions.md": "a field of an object",
    "docs/how-to/add-a-kind.md": "an item of spec.childResources, which the tests of the shipped controllers know",
    "docs/how-to/monitor.md": "values of another chart",
    "docs/how-to/shards.md": "a part of a CompositeController",
}
"""Documents with one piece that nothing but its syntax can be asked of."""


def test_what_no_test_below_looks_at_is_known() -> None:
    found = [piece.values[0].name.partition(":")[0] for piece in pieces(Sort.OTHER)]
    assert sorted(found) == sorted(OTHERS)


@pytest.mark.parametrize("piece", pieces(Sort.OBJECT))
def test_an_object_is_valid(piece: Piece) -> None:
    if piece.is_ours:
        told = CliRunner().invoke(main, ["validate", "-"], input=piece.text)
        assert told.exit_code == 0, told.output


@pytest.mark.parametrize("piece", pieces(Sort.SPEC))
def test_a_part_of_a_spec_is_of_one_of_our_kinds(piece: Piece) -> None:
    assert unknown_fields(piece.found, kind_of(piece.found)) == []


@pytest.mark.parametrize("piece", pieces(Sort.ENTRIES))
def test_an_entry_has_no_option_that_there_is_not(piece: Piece) -> None:
    assert [key for entry in piece.found for key in entry if key not in OPTIONS] == []


@pytest.mark.parametrize("piece", [piece for piece in pieces(Sort.ENTRIES) if piece.values[0].is_whole])
def test_entries_make_a_valid_template(piece: Piece) -> None:
    told = CliRunner().invoke(main, ["validate", "-"], input=yaml.safe_dump(piece.as_template))
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("piece", pieces(Sort.VALUES))
def test_the_chart_takes_values(piece: Piece, tmp_path: Path) -> None:
    assert Helm(tmp_path).template(piece.found)
