"""TenantSlice → Tenants: a plain map from the rows of one bucket. It decides nothing.

A Tenant goes only if the registry put its uid among the removals. Any other Tenant that is observed without a row is
kept as it is and reported as unlisted, for the registry to decide.
"""

from tenantry.slice.hook import sync

__all__ = ["sync"]
