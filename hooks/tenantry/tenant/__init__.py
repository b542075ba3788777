"""The Tenant controller: from a row's values and its templates' revisions to the tenant's objects."""

from tenantry.tenant.hook import customize, finalize, sync

__all__ = ["customize", "finalize", "sync"]
