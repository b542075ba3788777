"""Transcripts in the documents: run their commands, compare what comes out with what they show, or write it anew.

``make transcripts`` writes. A document consists of blocks that are obeyed in their order:

- a block with ``title="name"`` is a file, which is made
- a ``console`` block has commands after ``$ `` and, below each, what it prints
- the command ``make cluster`` starts a control plane, as in another terminal
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.controlplane.product import REPOSITORY
from tests.docs.sessions import Session

DOCS: Final = REPOSITORY / "docs"
OFFLINE: Final = ("how-to/write-a-template.md",)
"""Documents whose commands need no cluster."""
ON_A_CLUSTER: Final = ("tutorial.md",)
CLUSTER: Final = "make cluster"

_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<body>.*?)^```$', re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n(?P<printed>(?:(?!\$ ).*\n)*)", re.MULTILINE)
_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\b(\d+d)?(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s|m|h)\b"), "<age>"),
    (re.compile(r"(?<=approve-deletions=)[0-9a-f]{10}"), "<digest>"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command of a document, what the document shows, and what it printed now."""

    command: str
    shown: str
    printed: str

    @property
    def current(self) -> bool:
        """Whether the document is true, ages and times aside."""
        return _plain(self.shown) == _plain(self.printed)


def exchanges(document: Path, folder: Path) -> Iterator[Exchange]:
    """Run a document in an empty folder, command by command."""
    with Session(folder) as session:
        for block in _BLOCK.finditer(document.read_text(encoding="utf-8")):
            if block["title"]:
                session.write(block["title"], block["body"])
            elif block["language"] == "console":
                for found in _COMMAND.finditer(block["body"]):
                    yield _exchange(session, found["command"], found["printed"])


def rewritten(document: Path, folder: Path) -> str:
    """The text of a document with what its commands print now, where that is news."""
    text = document.read_text(encoding="utf-8")
    done = list(exchanges(document, folder))
    news = iter(done)

    def block(found: re.Match[str]) -> str:
        if found["title"] or found["language"] != "console":
            return found[0]
        return f"```console\n{_COMMAND.sub(lambda _: told(next(news)), found['body'])}```"

    def told(exchange: Exchange) -> str:
        return f"$ {exchange.command}\n{exchange.shown if exchange.current else exchange.printed}"

    return _BLOCK.sub(block, text)


def _exchange(session: Session, command: str, shown: str) -> Exchange:
    if command == CLUSTER:
        session.start_cluster()
        return Exchange(command, shown, shown)
    printed = session.run(command)
    return Exchange(command, shown, "".join(f"{line.rstrip()}\n" for line in printed.splitlines()))


def _plain(text: str) -> str:
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return "\n".join(line.strip() for line in text.splitlines())


def main() -> int:
    """Write the transcripts of all documents, or of those that are named."""
    for name in sys.argv[1:] or (*OFFLINE, *ON_A_CLUSTER):
        with tempfile.TemporaryDirectory(prefix="tenantry-docs-") as folder:
            text = rewritten(DOCS / name, Path(folder) / "shops")
        changed = text != (DOCS / name).read_text(encoding="utf-8")
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}: {'written' if changed else 'is current'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
