"""SQLSTATEs of PostgreSQL and the sentences of its client library, and what to do about them.

What the server says of a statement may quote values: it is not told. When connecting fails, libpq hands on no SQLSTATE,
only text: our client library writes English, and of the server's own text the parts are known that depend on nobody's
data. Codes: PostgreSQL's documentation, appendix A.
"""

from __future__ import annotations

from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError

from tenantry.datasource.result import SourceError, SourceErrorKind
from tenantry.kinds.source import PostgreSQLSource

_STATES: Final = {
    "28000": SourceErrorKind.AUTHENTICATION,
    "28P01": SourceErrorKind.AUTHENTICATION,
    "3D000": SourceErrorKind.DATABASE_MISSING,
    "42501": SourceErrorKind.PERMISSION_DENIED,
    "53300": SourceErrorKind.TOO_MANY_CONNECTIONS,
    "57014": SourceErrorKind.STATEMENT_TIMEOUT,
    "55P03": SourceErrorKind.STATEMENT_TIMEOUT,
    "40P01": SourceErrorKind.DEADLOCK,
    "40001": SourceErrorKind.DEADLOCK,
    "57P01": SourceErrorKind.CONNECTION_LOST,
    "57P02": SourceErrorKind.CONNECTION_LOST,
    "57P03": SourceErrorKind.UNREACHABLE,
    "57P05": SourceErrorKind.CONNECTION_LOST,
}
_MISSING: Final = ("42P01", "42703", "3F000")

_CONNECTING: Final = (
    ("certificate verify failed", SourceErrorKind.TLS),
    ("does not match host name", SourceErrorKind.TLS),
    ("ssl", SourceErrorKind.TLS),
    ("root certificate", SourceErrorKind.TLS),
    ("tls", SourceErrorKind.TLS),
    ("too many clients", SourceErrorKind.TOO_MANY_CONNECTIONS),
    ("too many connections", SourceErrorKind.TOO_MANY_CONNECTIONS),
    ("remaining connection slots", SourceErrorKind.TOO_MANY_CONNECTIONS),
    ("password authentication failed", SourceErrorKind.AUTHENTICATION),
    ("no password supplied", SourceErrorKind.AUTHENTICATION),
    ("no pg_hba.conf entry", SourceErrorKind.AUTHENTICATION),
    ("is not permitted to log in", SourceErrorKind.AUTHENTICATION),
    ("authentication failed", SourceErrorKind.AUTHENTICATION),
    ("permission denied for database", SourceErrorKind.PERMISSION_DENIED),
    ("connection refused", SourceErrorKind.REFUSED),
    ("timeout expired", SourceErrorKind.TIMEOUT),
    ("timed out", SourceErrorKind.TIMEOUT),
    ("could not translate host name", SourceErrorKind.UNREACHABLE),
    ("name or service not known", SourceErrorKind.UNREACHABLE),
    ("name resolution", SourceErrorKind.UNREACHABLE),
    ("no address associated", SourceErrorKind.UNREACHABLE),
    ("no route to host", SourceErrorKind.UNREACHABLE),
    ("network is unreachable", SourceErrorKind.UNREACHABLE),
    ("closed the connection unexpectedly", SourceErrorKind.CONNECTION_LOST),
    ("the database system is", SourceErrorKind.UNREACHABLE),
)
"""What to look for in the text of a connection that failed, the first that is found counts."""

_SENTENCES: Final = {
    SourceErrorKind.AUTHENTICATION: "{place} refuses the account {user!r}: correct username or the Secret of "
    "passwordRef, or the server's pg_hba.conf.",
    SourceErrorKind.TOO_MANY_CONNECTIONS: "{place} has too many connections: raise its limit, or lower pool.size and "
    "the number of webhooks.",
    SourceErrorKind.PERMISSION_DENIED: "{place} does not let the account {user!r} read this: grant it USAGE on the "
    "schema and SELECT on the table or view.",
    SourceErrorKind.STATEMENT_TIMEOUT: "{place} took longer than statementTimeout to give the rows, or waited that "
    "long for a lock that somebody holds: poll a smaller table or a faster view, raise statementTimeout, or look who "
    "locks the table.",
    SourceErrorKind.DEADLOCK: "{place} ended the statement several times because of deadlocks or conflicts: look what "
    "else locks the table.",
    SourceErrorKind.CONNECTION_LOST: "{place} closed the connection in the middle: it may have been restarted.",
    SourceErrorKind.DATABASE_MISSING: "{place} is not there: correct spec.source.postgresql.database.",
    SourceErrorKind.REFUSED: "{place} refuses connections: nothing listens there. Correct host and port, or start it.",
    SourceErrorKind.TIMEOUT: "{place} could not be connected to in time: look at host, port and the network between, "
    "or raise connectTimeout.",
    SourceErrorKind.UNREACHABLE: "{place} cannot be reached, or is starting or stopping: correct "
    "spec.source.postgresql.host, or look at the server.",
    SourceErrorKind.TLS: "{place} and tls.mode {mode} do not go together: {why}.",
}


def problem_of(error: Exception, *, place: str, source: PostgreSQLSource) -> SourceError | None:
    """What an error of connecting or of a statement means; ``None`` if the database has to be looked at again."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate in _MISSING:
        return None
    kind = _kind(cause)
    if kind is None:
        named = f"SQLSTATE {cause.sqlstate}, {type(cause).__name__}" if cause.sqlstate else type(cause).__name__
        message = f"{place} could not give the rows: {named}. Its log, or the same SELECT by hand, tells more."
        return SourceError(SourceErrorKind.QUERY_FAILED, message)
    why = _tls_reason(str(cause).lower()) if kind is SourceErrorKind.TLS else ""
    sentence = _SENTENCES[kind].format(place=place, user=source.username, mode=source.tls.mode, why=why)
    return SourceError(kind, sentence)


def _kind(cause: psycopg.Error) -> SourceErrorKind | None:
    if cause.sqlstate:
        return _STATES.get(cause.sqlstate)
    if isinstance(cause, psycopg.errors.ConnectionTimeout):
        return SourceErrorKind.TIMEOUT
    if not isinstance(cause, psycopg.OperationalError):
        return None
    told = str(cause).lower()
    if "database" in told and "does not exist" in told:
        return SourceErrorKind.DATABASE_MISSING
    found = (kind for text, kind in _CONNECTING if text in told)
    return next(found, SourceErrorKind.CONNECTION_LOST)


def _tls_reason(told: str) -> str:
    if "certificate verify failed" in told:
        return "the server's certificate is not of an authority that tls.caRef names"
    if "does not match host name" in told:
        return "the server's certificate is made for another host"
    if "does not support ssl" in told:
        return "the server does not encrypt"
    if "no encryption" in told or "ssl off" in told:
        return "the server wants encrypted connections"
    return "look at both, and at the certificates of tls.caRef and tls.clientCertificateRef"
