"""``tenantry drain``: stops Tenantry and takes its hands off, with every object of every tenant left standing."""

from tenantry.cli.drain.command import command

__all__ = ["command"]
