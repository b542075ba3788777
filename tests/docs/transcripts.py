"""Transcripts in the documents: run their commands, compare what comes out with what they show, or write it anew.

``make transcripts`` writes. What of a document is obeyed, and how, is told in ``blocks.py``. Every document gets a
folder and a shell of its own. Those that need a cluster share one.
"""

from __future__ import annotations

import logging
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.controlplane.product import REPOSITORY
from tests.docs.blocks import COMMAND, DOCUMENTS, PART, SHOWN, Command, File, runs_something, setting, steps
from tests.docs.cluster import GuideCluster
from tests.docs.sessions import Session
from tests.docs.settings import Setting, prepare

START_CLUSTER: Final = "make cluster"
"""The one command that is not run: readers have a terminal for it, and the cluster is there already."""

_VARIES = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"\b(\d+d)?(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s|m|h)\b"), "<age>"),
    (re.compile(r'(approve-deletions=|[Dd]igest |"digest":"|Approved )[0-9a-f]{10}'), r"\1<digest>"),
    (re.compile(r"×\d+"), "×<times>"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command of a document, what the document shows, if it does, and what it printed now."""

    command: str
    shown: str | None
    printed: str
    code: int

    @property
    def current(self) -> bool:
        """Whether the document is true, ages and times aside."""
        return not self.failed and (self.shown is None or _plain(self.shown) == _plain(self.printed))

    @property
    def failed(self) -> bool:
        """Whether it had to succeed and did not: a document may show how ``tenantry`` refuses something."""
        return self.code != 0 and (self.shown is None or not self.command.startswith("tenantry "))


def setting_of(document: Path) -> Setting:
    """Where its commands find themselves."""
    return Setting(setting(document.read_text(encoding="utf-8")))


def executed(*, offline: bool) -> list[Path]:
    """Documents that have commands to run: those that need nothing, or those that need a cluster."""
    order = list(Setting)
    found = [document for document in DOCUMENTS if runs_something(document)]
    chosen = [document for document in found if (setting_of(document) is Setting.NOTHING) is offline]
    return sorted(chosen, key=lambda document: order.index(setting_of(document)))


def exchanges(document: Path, cluster: GuideCluster | None = None) -> Iterator[Exchange]:
    """Run a document in a new shell, command by command."""
    text = document.read_text(encoding="utf-8")
    with Session() as session:
        if setting_of(document) is not Setting.NOTHING:
            assert cluster is not None
            prepare(setting_of(document), session, cluster)
        for step in steps(text):
            if isinstance(step, File):
                session.write(step.name, step.text)
            elif isinstance(step, Command):
                yield _exchange(session, step)


def rewritten(text: str, done: Iterable[Exchange]) -> str:
    """The text of a document with what its commands print now, where that is news."""
    news = iter([exchange for exchange in done if exchange.shown is not None])
    skipped = False

    def part(found: re.Match[str]) -> str:
        nonlocal skipped
        is_transcript = found["language"] == SHOWN and not found["title"] and not skipped
        skipped = found["note"] == "not run"
        if not is_transcript:
            return found[0]
        body = COMMAND.sub(lambda command: told(found["indent"], next(news), command[0]), found["body"])
        return f"{found['indent']}```{SHOWN}\n{body}{found['indent']}```"

    def told(indent: str, exchange: Exchange, before: str) -> str:
        if exchange.current or exchange.failed:
            return before
        lines = f"$ {exchange.command}\n{exchange.printed}".splitlines(keepends=True)
        return "".join(f"{indent}{line}" if line.strip() else "\n" for line in lines)

    return PART.sub(part, text)


def _exchange(session: Session, command: Command) -> Exchange:
    if command.text == START_CLUSTER:
        return Exchange(command.text, command.printed, command.printed or "", 0)
    printed, code = session.run(command.text)
    return Exchange(command.text, command.printed, "".join(f"{line.rstrip()}\n" for line in printed.splitlines()), code)


def _plain(text: str) -> str:
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return "\n".join(line.strip() for line in text.splitlines())


def main() -> int:
    """Write the transcripts of all documents, or of those that are named, and tell which commands fail."""
    logging.disable()  # What the loop tells of syncs that fail, some documents show.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or [*executed(offline=True), *executed(offline=False)]
    failures = 0
    with ExitStack() as cleanup:
        offline = all(setting_of(document) is Setting.NOTHING for document in chosen)
        cluster = None if offline else cleanup.enter_context(GuideCluster())
        for document in chosen:
            began = time.monotonic()
            done = list(exchanges(document, cluster))
            text = document.read_text(encoding="utf-8")
            news = rewritten(text, done)
            document.write_text(news, encoding="utf-8")
            done_in = f"{'is current' if news == text else 'written'} after {time.monotonic() - began:.0f} s"
            print(f"{document.relative_to(REPOSITORY)}: {done_in}", flush=True)
            for exchange in done:
                if exchange.failed:
                    failures += 1
                    print(f"  exit code {exchange.code}: {exchange.command}\n{exchange.printed}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
