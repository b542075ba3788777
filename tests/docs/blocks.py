"""What a document asks of its reader, block by block.

- A block with ``title="name"`` is a file, which is made.
- A ``console`` block has commands after ``$ `` and, below each, what it prints.
- A ``sh`` block has commands that must succeed, whatever they print.
- ``<!-- setting: shops -->`` says where its commands find themselves, see ``settings.py``.
- ``<!-- run: … -->`` has commands that readers do not see: what happened before, or elsewhere.
- ``<!-- not run: reason -->`` stands before a block whose commands cannot run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Final

from tests.controlplane.product import REPOSITORY

DOCUMENTS: Final = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("**/*.md")])
SHOWN: Final = "console"
SILENT: Final = "sh"
PART: Final = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<note>setting|run|not run):(?P<said>.*?)-->\n"
    r'|```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^(?P=indent)```$)',
    re.MULTILINE | re.DOTALL,
)
COMMAND: Final = re.compile(r"^ *\$ (?P<command>(?:.*\\\n)*.*)\n(?P<printed>(?:(?! *\$ ).*\n)*)", re.MULTILINE)
_PROGRAM: Final = re.compile(r" *(\$ |(kubectl|helm|tenantry|docker|make|pip|curl|sqlite3|psql|git) )")
_LINE: Final = re.compile(r"(?:.*\\\n)*.+")


@dataclass(frozen=True, slots=True)
class File:
    """A file that a document shows."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what it prints, if the document shows that."""

    text: str
    printed: str | None = None


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block of commands that cannot run here."""

    reason: str
    first: str
    """The first of its commands."""


Step = File | Command | NotRun


class NoteMisplaced(Exception):
    """A note that nothing obeys. The message has the note."""


def steps(text: str) -> Iterator[Step]:
    """What a document asks for, in its order. Raises ``NoteMisplaced``."""
    reason = ""
    for part in PART.finditer(text):
        said = dedent(part["said"] or "").strip()
        _must_precede_commands(reason, part["language"])
        if part["note"]:
            reason = said if part["note"] == "not run" else ""
            yield from (Command(line) for line in _LINE.findall(said) if part["note"] == "run")
        elif reason:
            yield NotRun(reason, next(_commands(part)).text)
            reason = ""
        elif part["title"]:
            yield File(part["title"], dedent(part["body"]))
        elif part["language"] in (SHOWN, SILENT):
            yield from _commands(part)
    _must_precede_commands(reason, None)


def setting(text: str) -> str:
    """Where the commands of a document find themselves; empty where they need nothing."""
    return next((part["said"].strip() for part in PART.finditer(text) if part["note"] == "setting"), "")


def runs_something(document: Path) -> bool:
    """Whether a document has commands that run here."""
    return any(isinstance(step, Command) for step in steps(document.read_text(encoding="utf-8")))


def overlooked(text: str) -> list[str]:
    """Commands in blocks that nobody runs: of no language, or of another one."""
    blocks = (part for part in PART.finditer(text) if part["body"] and part["language"] not in (SHOWN, SILENT))
    return [line.strip() for part in blocks for line in part["body"].splitlines() if _PROGRAM.match(line)]


def _must_precede_commands(reason: str, language: str | None) -> None:
    if reason and language not in (SHOWN, SILENT):
        raise NoteMisplaced(f"behind this stands no block of commands: not run: {reason}")


def _commands(part: re.Match[str]) -> Iterator[Command]:
    body = dedent(part["body"])
    if part["language"] == SHOWN:
        yield from (Command(found["command"], found["printed"]) for found in COMMAND.finditer(body))
    else:
        yield from (Command(line) for line in _LINE.findall(body))
