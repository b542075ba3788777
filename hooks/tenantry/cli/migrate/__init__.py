"""``tenantry migrate``: from other systems to Tenantry."""

from tenantry.cli.migrate.command import command

__all__ = ["command"]
