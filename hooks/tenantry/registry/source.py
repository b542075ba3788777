"""The registry's way to its rows: the one module here that reads a database."""

from __future__ import annotations

from tenantry.datasource import SourceError, read_rows
from tenantry.kinds import TenantRegistrySpec
from tenantry.registry.polling import PollFailed, RawRows


def poll(spec: TenantRegistrySpec) -> RawRows:
    """All rows of the registry's table with the columns that it maps. Raises ``PollFailed``."""
    mappings = spec.value_mappings
    try:
        return read_rows(spec.source, [mappings.uid, mappings.activate, *spec.extra_value_mappings.values()]).rows
    except SourceError as error:
        raise PollFailed(str(error)) from error
