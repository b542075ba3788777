"""What hooks reach while they answer: databases, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from tenantry.server import create_app
from tenantry.settings import Settings
from tests.fuzz.corpus import Request, requests

WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.exec", "os.fork", "os.system")
WRITING = ("os.remove", "os.rename", "os.mkdir", "os.chmod", "os.link", "os.symlink", "shutil.copyfile")


class Watch:
    """An audit hook of Python: it sees what the interpreter asks of the system, and cannot be taken off again."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[str, Any]] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        if event in WATCHED or event in WRITING or writes:
            self.seen.append((event, arguments))

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.on = True
        try:
            yield
        finally:
            self.on = False


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest.fixture(scope="module")
def corpus() -> Sequence[Request]:
    return requests()


def test_hooks_connect_nowhere_start_nothing_and_write_nothing(watch: Watch, corpus: Sequence[Request]) -> None:
    """No poll is due in these requests: what a database is asked, and how, is tested in tests/datasource."""
    client = create_app(settings=Settings(log_level="error", metrics=False)).test_client()
    watch.seen.clear()
    with watch.watching():
        statuses = {
            client.post(one.path, data=orjson.dumps(one.body), content_type="application/json").status_code
            for one in corpus
        }
    assert statuses == {200}
    assert watch.seen == []


def test_the_watch_sees_what_it_is_for(watch: Watch, tmp_path: Any) -> None:
    watch.seen.clear()
    with watch.watching():
        (tmp_path / "file").write_text("x")
    assert [event for event, _ in watch.seen] == ["open"]
