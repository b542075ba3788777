"""Rows out of SQL databases: one code path over SQLAlchemy Core, one small module for what a database has of its own.

A source is read, never written: one statement that selects columns of one table or view. Values come as the driver
makes them; what they mean is the registry's business.
"""

from tenantry.datasource.reading import read_rows
from tenantry.datasource.result import PollResult, SourceError, SourceErrorKind

__all__ = ["PollResult", "SourceError", "SourceErrorKind", "read_rows"]
