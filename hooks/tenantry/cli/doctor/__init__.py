"""``tenantry doctor``: what keeps an installation from working, and what to do about it."""

from tenantry.cli.doctor.command import command

__all__ = ["command"]
