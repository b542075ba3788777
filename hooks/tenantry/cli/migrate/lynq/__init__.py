"""``tenantry migrate lynq``: LynqHub and LynqForm become TenantRegistry and TenantTemplate, and their objects ours."""

from tenantry.cli.migrate.lynq.command import command

__all__ = ["command"]
