"""A cluster in a process: see ``store``."""

from tenantry.sandbox.store.store import InProcessCluster

__all__ = ["InProcessCluster"]
