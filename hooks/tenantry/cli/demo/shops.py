"""The application's side of the demo: a table of shops, changed with plain SQL."""

from __future__ import annotations

import base64
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

SCHEMA: Final = """
CREATE TABLE shops (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    plan     TEXT NOT NULL,
    host     TEXT NOT NULL,
    replicas INTEGER NOT NULL,
    token    TEXT NOT NULL,
    active   INTEGER NOT NULL DEFAULT 1
)
"""

INSERT: Final = "INSERT INTO shops (id, name, plan, host, replicas, token) VALUES (?, ?, ?, ?, ?, ?)"

TRADES: Final = (
    "antiques", "bakery", "books", "camping", "candles", "ceramics", "cheese", "chess", "coffee", "cycles", "dresses",
    "flowers", "games", "garden", "guitars", "hats", "herbs", "honey", "lamps", "maps", "music", "pens", "records",
    "shoes", "tea",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """A row of the table."""

    id: str
    name: str
    plan: str
    host: str
    replicas: int
    token: str


def shop(trade: str, *, plan: str = "basic") -> Shop:
    """A shop of one trade, with everything made up from its name."""
    token = base64.b64encode(trade.encode()).decode()
    return Shop(trade, trade.title(), plan, f"{trade}.example.com", 3 if plan == "pro" else 1, token)


class Shops:
    """The table in its file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.execute(SCHEMA)
        for number, trade in enumerate(TRADES):
            self.add(shop(trade, plan="basic" if number % 3 else "pro"))

    def add(self, new: Shop) -> None:
        """Insert a row."""
        self.execute(INSERT, astuple(new))

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> None:
        """Run one statement and commit it."""
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute(statement, parameters)
