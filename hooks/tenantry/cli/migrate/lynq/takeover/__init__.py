"""Objects in a cluster pass from Lynq to Tenantry: none is deleted, none is made anew."""

from tenantry.cli.migrate.lynq.takeover.run import take_over_from

__all__ = ["take_over_from"]
