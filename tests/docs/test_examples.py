"""What the documents show of our objects can be applied as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.kinds import KINDS, TemplateResource
from tenantry.kinds.crd import custom_resource_definition
from tenantry.names import API_VERSION
from tests.controlplane.product import REPOSITORY

DOCUMENTS = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("**/*.md")])
BLOCK = re.compile(r"^(?P<indent> *)```yaml[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
CUT = "…"
"""Stands in an example for what is left out: such an object cannot be applied."""
OPTIONS = {field.alias or name for name, field in TemplateResource.model_fields.items()}


def blocks(document: Path) -> list[str]:
    """The YAML in a document, without lines that stand for others."""
    found = BLOCK.finditer(document.read_text(encoding="utf-8"))
    return [re.sub(rf"^ *{CUT}\n", "", dedent(one["body"]), flags=re.MULTILINE) for one in found]


def examples() -> Iterator[Any]:
    """Every object of ours that a document shows whole."""
    for document in DOCUMENTS:
        for number, block in enumerate(blocks(document)):
            if f"apiVersion: {API_VERSION}" in block and CUT not in block:
                yield pytest.param(block, id=f"{document.relative_to(REPOSITORY)}-{number}")


def fragments() -> Iterator[Any]:
    """Every part of a spec that a document shows by itself."""
    for document in DOCUMENTS:
        for number, block in enumerate(blocks(document)):
            for found in yaml.safe_load_all(block):
                if isinstance(found, dict) and "spec" in found and is_ours(found):
                    yield pytest.param(found, id=f"{document.relative_to(REPOSITORY)}-{number}")


def is_ours(shown: dict[str, Any]) -> bool:
    """Whether it is an object of ours, or a spec that stands for one."""
    return shown["apiVersion"] == API_VERSION if "apiVersion" in shown else "metadata" not in shown


def unknown(value: Any, schema: Any, path: str) -> list[str]:
    """Paths of fields that the schema does not have."""
    if schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema:
        return []
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        missing = [f"{path}.{key}" for key in value if key not in known]
        return missing + [
            one for key in value if key in known for one in unknown(value[key], known[key], f"{path}.{key}")
        ]
    if isinstance(value, list) and "items" in schema:
        return [one for item in value if item != CUT for one in unknown(item, schema["items"], f"{path}[]")]
    return []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(REPOSITORY)))
def test_yaml_can_be_read(document: Path) -> None:
    for block in blocks(document):
        list(yaml.safe_load_all(block))


@pytest.mark.parametrize("example", list(examples()))
def test_an_object_is_valid(example: str) -> None:
    told = CliRunner().invoke(main, ["validate", "-"], input=example)
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("fragment", list(fragments()))
def test_a_part_of_a_spec_is_of_one_of_our_kinds(fragment: dict[str, Any]) -> None:
    kinds = [kind for kind in KINDS if fragment.get("kind", kind.name) == kind.name]
    schemas = [custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for kind in kinds]
    told = [unknown(fragment["spec"], schema["properties"]["spec"], "spec") for schema in schemas]
    assert min(told, key=len) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(REPOSITORY)))
def test_an_entry_has_no_option_that_there_is_not(document: Path) -> None:
    shown = [found for block in blocks(document) for found in yaml.safe_load_all(block) if isinstance(found, list)]
    entries = [entry for found in shown for entry in found if isinstance(entry, dict) and "id" in entry]
    assert [key for entry in entries for key in entry if key not in OPTIONS] == []
