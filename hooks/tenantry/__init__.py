"""Tenantry: rows of a database become running tenants on Kubernetes, through stateless webhooks for Metacontroller."""

__version__ = "0.1.0"
