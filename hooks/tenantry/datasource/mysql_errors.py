"""Error numbers of MySQL and MariaDB, and what to do about them. What the server says may quote values: it is not told.

Numbers: the servers' own list, ``mysqld_error.h`` and ``mysqld_ername.h``.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final

import pymysql
from pymysql.constants import CR, ER
from sqlalchemy.exc import DBAPIError

from tenantry.datasource.result import SourceError, SourceErrorKind
from tenantry.kinds.source import MySQLSource

AUTHENTICATION: Final = (ER.ACCESS_DENIED_ERROR, 1698, 1251, 1862, 4151)
TOO_MANY: Final = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)
PERMISSION: Final = (
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    ER.PROCACCESS_DENIED_ERROR,
    1356,  # A view whose definer may not read what it selects from, or that lost it.
)
SLOW: Final = (1969, 3024, ER.QUERY_INTERRUPTED)
LOCKED: Final = (ER.LOCK_WAIT_TIMEOUT,)
DEADLOCK: Final = (ER.LOCK_DEADLOCK, ER.CHECKREAD)
LOST: Final = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, 1053, 1927, 4031)
MISSING: Final = (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR)
NO_TLS: Final = (CR.CR_SSL_CONNECTION_ERROR, 3159)

_SENTENCES: Final = {
    SourceErrorKind.AUTHENTICATION: "{place} refuses the account {user!r}: correct username or the Secret of "
    "passwordRef, or the server's account and the hosts it may come from.",
    SourceErrorKind.TOO_MANY_CONNECTIONS: "{place} has too many connections: raise its limit, or lower pool.size and "
    "the number of webhooks.",
    SourceErrorKind.PERMISSION_DENIED: "{place} does not let the account {user!r} read this: grant it SELECT on the "
    "table or view (a view needs a definer that may read, too), and look whether the database's name is right.",
    SourceErrorKind.STATEMENT_TIMEOUT: "{place} took longer than statementTimeout to give the rows, or waited that "
    "long for a lock that somebody holds: poll a smaller table or a faster view, raise statementTimeout, or look who "
    "locks the table.",
    SourceErrorKind.DEADLOCK: "{place} ended the statement several times because of deadlocks or changed rows: look "
    "what else locks the table.",
    SourceErrorKind.CONNECTION_LOST: "{place} closed the connection in the middle: it may have been restarted.",
    SourceErrorKind.DATABASE_MISSING: "{place} is not there: correct spec.source.mysql.database.",
    SourceErrorKind.REFUSED: "{place} refuses connections: nothing listens there. Correct host and port, or start it.",
    SourceErrorKind.TIMEOUT: "{place} could not be connected to in time: look at host, port and the network between, "
    "or raise connectTimeout.",
}


def problem_of(error: Exception, *, place: str, source: MySQLSource) -> SourceError | None:
    """What an error of connecting or of a statement means; ``None`` if the database has to be looked at again."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    inner = getattr(cause, "original_exception", None) or cause
    if isinstance(inner, OSError):
        return _network_problem(inner, place=place, source=source)
    if isinstance(inner, RuntimeError):
        message = f"{place} wants a password that only encrypted connections may carry: set tls.mode to require."
        return SourceError(SourceErrorKind.AUTHENTICATION, message)
    if not isinstance(cause, pymysql.Error):
        return None
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else 0
    return None if number in MISSING else _numbered(number, type(cause), place=place, source=source)


def _numbered(number: int, type_: type[BaseException], *, place: str, source: MySQLSource) -> SourceError:
    kinds = (
        (AUTHENTICATION, SourceErrorKind.AUTHENTICATION),
        (TOO_MANY, SourceErrorKind.TOO_MANY_CONNECTIONS),
        (PERMISSION, SourceErrorKind.PERMISSION_DENIED),
        ((*SLOW, *LOCKED), SourceErrorKind.STATEMENT_TIMEOUT),
        (DEADLOCK, SourceErrorKind.DEADLOCK),
        (LOST, SourceErrorKind.CONNECTION_LOST),
        ((ER.BAD_DB_ERROR,), SourceErrorKind.DATABASE_MISSING),
    )
    for numbers, kind in kinds:
        if number in numbers:
            return _problem(kind, place=place, source=source)
    if number in NO_TLS:
        message = f"{place} and tls.mode {source.tls.mode} do not go together: see what server and account want."
        return SourceError(SourceErrorKind.TLS, message)
    return SourceError(
        SourceErrorKind.QUERY_FAILED,
        f"{place} could not give the rows: error {number or type_.__name__}. Its log, or the same SELECT by hand, "
        "tells more.",
    )


def _network_problem(error: OSError, *, place: str, source: MySQLSource) -> SourceError:
    match error:
        case ssl.SSLCertVerificationError():
            message = f"the certificate of {place} is not trusted: {error.verify_message}. Correct tls.caRef or host."
            return SourceError(SourceErrorKind.TLS, message)
        case ssl.SSLError():
            message = f"{place} and the webhooks do not agree on TLS: {error.reason or 'no reason told'}."
            return SourceError(SourceErrorKind.TLS, message)
        case ConnectionRefusedError():
            return _problem(SourceErrorKind.REFUSED, place=place, source=source)
        case TimeoutError():
            return _problem(SourceErrorKind.TIMEOUT, place=place, source=source)
        case ConnectionResetError() | BrokenPipeError():
            return _problem(SourceErrorKind.CONNECTION_LOST, place=place, source=source)
        case socket.gaierror():
            message = f"{place} cannot be found: there is no host {source.host!r}. Correct spec.source.mysql.host."
            return SourceError(SourceErrorKind.UNREACHABLE, message)
        case _:
            return SourceError(SourceErrorKind.UNREACHABLE, f"{place} cannot be reached: {error.strerror}.")


def _problem(kind: SourceErrorKind, *, place: str, source: MySQLSource) -> SourceError:
    return SourceError(kind, _SENTENCES[kind].format(place=place, user=source.username))
