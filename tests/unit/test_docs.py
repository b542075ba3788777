"""What the documents say is there, is there; what is there, they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tenantry.cli import COMMANDS
from tenantry.engine.standing import Phase
from tenantry.kinds import KINDS, TemplateResource

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
MADE_WITH_THE_SITE = {"commands.md", "kinds.md", "metrics.md", "results.md", "settings.md", "values.md"}
"""Pages of docs/reference that docs/reference.py makes; tests/docs looks at them and at the links to them."""
ARCHITECTURE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
OPTIONS = (REPOSITORY / "docs" / "templates.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")

EACH_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: str(document.relative_to(REPOSITORY))
)


@EACH_DOCUMENT
def test_a_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert [target for target in missing if Path(target).name not in MADE_WITH_THE_SITE] == []


@EACH_DOCUMENT
def test_a_path_of_the_repository_exists(document: Path) -> None:
    folders = "charts|compositecontrollers|decoratorcontrollers|docs|examples|hooks|tests"
    paths = re.findall(rf"(?:^|[\s`=])((?:{folders})/[\w./-]*\w)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


@EACH_DOCUMENT
def test_a_make_target_exists(document: Path) -> None:
    named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert [target for target in named if f"\n{target}:" not in MAKEFILE] == []


@EACH_DOCUMENT
def test_a_command_exists(document: Path) -> None:
    named = re.findall(r"(?:^|[`/])tenantry ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert [command for command in named if command not in COMMANDS] == []


def test_every_make_target_explains_itself() -> None:
    targets = re.findall(r"^\.PHONY: (\w+)$", MAKEFILE, re.MULTILINE)
    assert [target for target in targets if not re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)] == []


def test_the_page_of_options_knows_every_option_of_an_entry() -> None:
    aliases = {field.alias or name for name, field in TemplateResource.model_fields.items()}
    assert [alias for alias in aliases if f"`{alias}`" not in OPTIONS] == []


def test_the_architecture_knows_every_phase() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", ARCHITECTURE, re.MULTILINE)) == set(Phase)


def test_the_architecture_knows_every_kind() -> None:
    assert [kind.name for kind in KINDS if f"| {kind.name} |" not in ARCHITECTURE] == []


def test_the_architecture_knows_every_package() -> None:
    packages = [folder.parent.name for folder in (REPOSITORY / "hooks" / "tenantry").glob("*/__init__.py")]
    assert [package for package in packages if f"{package}/" not in ARCHITECTURE] == []
