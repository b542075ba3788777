"""What database servers have in common: a pool of connections that only read, and an end to every wait."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from tenantry.datasource.cutoff import cut_off
from tenantry.kinds.source import ServerSource, seconds_of

POOL_SECONDS: Final = 10.0
"""How long a poll waits for a connection that another poll of this process has."""

NETWORK_SECONDS: Final = 1.0
"""How much longer than the server itself we wait for a statement that took too long."""

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def connecting(*, deadline: float) -> Iterator[None]:
    """Connections that a pool makes or tries inside are not waited for beyond ``deadline`` (of ``time.monotonic``)."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def connect_seconds(source: ServerSource) -> int:
    """Seconds that connecting may take now, at least one."""
    return int(max(1.0, min(seconds_of(source.connect_timeout), _deadline.get() - time.monotonic())))


def make_engine(
    dialect: str, source: ServerSource, connect: Callable[[], Any], descriptor: Callable[[Any], int]
) -> Engine:
    """An engine over connections that ``connect`` makes. ``descriptor`` tells the socket of one."""
    engine = create_engine(
        f"{dialect}://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=source.pool.size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_recycle=seconds_of(source.pool.recycle),
        # A statement that fails must not bring values of rows into a log.
        hide_parameters=True,
    )
    event.listen(engine, "begin", _only_read)
    if source.pool.pre_ping:
        _ping_before_use(engine, source, descriptor)
    return engine


def _only_read(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _ping_before_use(engine: Engine, source: ServerSource, descriptor: Callable[[Any], int]) -> None:
    """Try kept connections before use, as SQLAlchemy's pre-ping does, but not for ever."""

    def check(connection: Any, record: Any, _: object) -> None:
        if not record.info.get("used"):
            record.info["used"] = True
            return
        try:
            with cut_off(descriptor(connection), at=time.monotonic() + connect_seconds(source)):
                alive = engine.dialect.do_ping(connection)
        except (engine.dialect.loaded_dbapi.Error, OSError) as error:
            raise DisconnectionError("the kept connection is dead") from error
        if not alive:
            raise DisconnectionError("the kept connection is dead")

    event.listen(engine, "checkout", check)
