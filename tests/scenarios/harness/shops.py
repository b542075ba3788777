"""The table that scenarios are about: shops in a SQLite file, as an application would keep them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

COLUMNS = ("id TEXT", "active", "plan TEXT", "replicas INTEGER", "note TEXT")
"""The columns of the usual table. ``id`` is no primary key: a careless table may hold one shop twice."""


class Shops:
    """A table of shops. The file can be taken away and put back, as a lost network disk would be."""

    def __init__(self, file: Path, *, columns: Sequence[str] = COLUMNS) -> None:
        self.file = file
        self.table = "shops"
        self._hidden = file.with_suffix(".away")
        self.create(columns)

    def create(self, columns: Sequence[str]) -> None:
        """Make the table anew, empty, with these columns."""
        with self._database() as database:
            database.execute(f"DROP TABLE IF EXISTS {self.table}")
            database.execute(f"CREATE TABLE {self.table} ({', '.join(columns)})")

    def insert(
        self,
        uid: str | int | None,
        *,
        active: object = 1,
        plan: str = "basic",
        replicas: int = 1,
        note: str = "",
    ) -> None:
        """Add a shop."""
        with self._database() as database:
            database.execute(
                f"INSERT INTO {self.table} (id, active, plan, replicas, note) VALUES (?, ?, ?, ?, ?)",
                (uid, active, plan, replicas, note),
            )

    def update(self, uid: str | int, **values: Any) -> None:
        """Change columns of a shop."""
        assignments = ", ".join(f"{column} = ?" for column in values)
        with self._database() as database:
            database.execute(f"UPDATE {self.table} SET {assignments} WHERE id = ?", (*values.values(), uid))

    def delete(self, uid: str | int) -> None:
        """Remove a shop's rows."""
        with self._database() as database:
            database.execute(f"DELETE FROM {self.table} WHERE id = ?", (uid,))

    def clear(self) -> None:
        """Remove all rows, the table stays."""
        with self._database() as database:
            database.execute(f"DELETE FROM {self.table}")

    def rename(self, name: str) -> None:
        """Give the table another name: to a registry it is gone."""
        with self._database() as database:
            database.execute(f"ALTER TABLE {self.table} RENAME TO {name}")
        self.table = name

    def take_away(self) -> None:
        """Move the file away."""
        self.file.rename(self._hidden)

    def put_back(self) -> None:
        """Move the file back."""
        self._hidden.rename(self.file)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=10)) as database, database:
            yield database
