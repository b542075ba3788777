"""Rows stream: reading them needs hardly more memory than they do."""

from __future__ import annotations

import subprocess
import sys

import orjson

from tests.datasource.place import Place

MEBIBYTE = 1024 * 1024
ROWS = 100_000
MEASURE = """
import resource, sys, orjson
from tenantry import registry
from tenantry.datasource import Credentials, read_rows
from tenantry.kinds.source import Source

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

asked = orjson.loads(sys.stdin.buffer.read())
before = peak()
rows = read_rows(Source.model_validate(asked["source"]), ["id", "note"], credentials=Credentials(b"secret")).rows
need = sys.getsizeof(rows) + sum(sys.getsizeof(row) + sum(map(sys.getsizeof, row.values())) for row in rows)
print(len(rows), peak() - before - need)
"""


def test_a_poll_needs_little_more_memory_than_its_rows(place: Place) -> None:
    numbers = ",".join(f"({number})" for number in range(100))
    place.run("CREATE TABLE numbers (n INTEGER)", f"INSERT INTO numbers VALUES {numbers}")
    place.run("CREATE TABLE shops (id INTEGER PRIMARY KEY, note TEXT)")
    place.run(
        "INSERT INTO shops SELECT a.n * 10000 + b.n * 100 + c.n, REPEAT('x', 300) "
        "FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c WHERE a.n < 10"
    )
    place.server.change_password(place.username, "secret")

    answer = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=orjson.dumps({"source": place.spec(statementTimeout="60s")}),
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
        check=True,
    )

    rows, above = map(int, answer.stdout.split())
    assert rows == ROWS
    # The rows' text alone is 30 MB. A driver that fetches them all before it hands them over would need that again.
    assert above < 20 * MEBIBYTE
