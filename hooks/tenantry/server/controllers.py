"""Tenantry's own controllers."""

from __future__ import annotations

from typing import Final

from tenantry import registry, template, tenant
from tenantry import slice as slices
from tenantry.server.hooks import Controller

CONTROLLERS: Final = (
    Controller("registries", sync=registry.sync, finalize=registry.finalize, customize=registry.customize),
    Controller("templates", sync=template.sync, finalize=template.finalize, customize=template.customize),
    Controller("slices", sync=slices.sync),
    Controller("tenants", sync=tenant.sync, finalize=tenant.finalize, customize=tenant.customize),
)
