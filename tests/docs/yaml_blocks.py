"""The YAML that documents show, by what it is: an object, a part of one, entries of a template, values of the chart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tests.controlplane.product import REPOSITORY
from tests.docs.blocks import DOCUMENTS, PART

CUT: Final = "…"
"""Stands in an example for what is left out."""
VALUES: Final = frozenset(yaml.safe_load((REPOSITORY / "charts" / "tenantry" / "values.yaml").read_text()))


_MENTION: Final = re.compile(r"(?<![\w\])]\.)\bresources\.(\w+)")


class Sort(StrEnum):
    """What a piece of YAML is."""

    OBJECT = "object"
    """A whole object that can be applied."""
    SPEC = "spec"
    """A part of the spec of an object of ours."""
    ENTRIES = "entries"
    """Entries of a template."""
    VALUES = "values"
    """Values of our chart."""
    FILE = "file"
    """A file that the commands of its document read."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Piece:
    """One YAML document of a block."""

    document: Path
    line: int
    text: str
    found: Any
    is_file: bool

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.document.relative_to(REPOSITORY)}:{self.line}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return CUT not in self.text

    @property
    def is_ours(self) -> bool:
        """Whether it is an object of ours, or a spec that stands for one."""
        return (
            bool(self.found["apiVersion"] == API_VERSION)
            if "apiVersion" in self.found
            else "metadata" not in self.found
        )

    @property
    def sort(self) -> Sort:
        """What it is."""
        keys = set(self.found) if isinstance(self.found, dict) else set()
        if {"apiVersion", "kind", "metadata", "spec"} <= keys and self.is_whole:
            return Sort.OBJECT
        if "spec" in keys and self.is_ours:
            return Sort.SPEC
        if isinstance(self.found, list) and all(isinstance(one, dict) and "object" in one for one in self.found):
            return Sort.ENTRIES
        if keys and keys <= VALUES:
            return Sort.VALUES
        return Sort.FILE if self.is_file else Sort.OTHER

    @property
    def as_template(self) -> JSONObject:
        """A template of these entries, and of stand-ins for those that they mention."""
        ids = {entry["id"] for entry in self.found}
        mentioned = {one for entry in self.found for one in entry.get("dependsOn", ())} | set(
            _MENTION.findall(self.text)
        )
        stand_in = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stand-in", "namespace": "default"}}
        entries = [*self.found, *({"id": one, "object": stand_in} for one in sorted(mentioned - ids) if "/" not in one)]
        spec = {"registry": "shops", "resources": entries}
        return {"apiVersion": API_VERSION, "kind": "TenantTemplate", "metadata": {"name": "example"}, "spec": spec}


def pieces(*sorts: Sort) -> list[Any]:
    """Parameters of tests: all pieces of these sorts, or all there are."""
    found = [piece for document in DOCUMENTS for piece in _pieces(document)]
    return [pytest.param(piece, id=piece.name) for piece in found if not sorts or piece.sort in sorts]


def _pieces(document: Path) -> Iterator[Piece]:
    text = document.read_text(encoding="utf-8")
    for part in PART.finditer(text):
        if part["language"] == "yaml":
            line = text.count("\n", 0, part.start()) + 1
            # A line of its own stands for others.
            body = re.sub(rf"^ *{CUT}\n", "", part["body"], flags=re.MULTILINE)
            for found in yaml.safe_load_all(body):
                yield Piece(document, line, yaml.safe_dump(found, allow_unicode=True), found, bool(part["title"]))
