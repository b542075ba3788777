"""Rows out of SQL databases: one code path over SQLAlchemy Core, one small module for what a database has of its own.

A source is read, never written: one statement that selects columns of one table or view. Values come as the driver
makes them; what they mean is the registry's business.
"""

from tenantry.datasource.activation import Activation
from tenantry.datasource.credentials import NO_CREDENTIALS, Credentials
from tenantry.datasource.reading import probe_table, read_rows
from tenantry.datasource.result import PollResult, SourceError, SourceErrorKind, Unreadable

__all__ = [
    "NO_CREDENTIALS",
    "Activation",
    "Credentials",
    "PollResult",
    "SourceError",
    "SourceErrorKind",
    "Unreadable",
    "probe_table",
    "read_rows",
]
