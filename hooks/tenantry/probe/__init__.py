"""TenantProbe: tells a Tenant what is in its way.

A Tenant's hook sees its own objects alone, and relating every kind that a template may use would wake every Tenant with
each event of such a kind. A probe relates one object, and there are none while nothing is missing.
"""

from tenantry.probe.hook import customize, sync

__all__ = ["customize", "sync"]
