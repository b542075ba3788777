"""The CRDs that are shipped are those of the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenantry.cli.crds import crd_files

CRDS = Path(__file__).parents[3] / "crds"


@pytest.mark.parametrize(("name", "text"), crd_files().items(), ids=crd_files().keys())
def test_a_file_is_what_its_model_says(name: str, text: str) -> None:
    assert (CRDS / name).read_text(encoding="utf-8") == text, "run `make crds`"


def test_there_is_no_file_without_a_model() -> None:
    assert {file.name for file in CRDS.glob("*.yaml")} == set(crd_files())
