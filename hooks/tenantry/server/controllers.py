"""Tenantry's own controllers."""

from __future__ import annotations

from functools import partial

from tenantry import probe, registry, template, tenant
from tenantry import slice as slices
from tenantry.server.fairness import Fairness, fair
from tenantry.server.hooks import Controller
from tenantry.settings import Settings


def controllers(settings: Settings) -> tuple[Controller, ...]:
    """All of them, as the settings say."""
    sync = partial(tenant.sync, budget_ms=settings.render_budget_ms)
    fairness = Fairness(burst=settings.tenant_burst, rate=settings.tenant_rate)
    finalize = partial(tenant.finalize, budget_ms=settings.render_budget_ms)
    return (
        Controller("registries", sync=registry.sync, finalize=registry.finalize, customize=registry.customize),
        Controller("templates", sync=template.sync, finalize=template.finalize, customize=template.customize),
        Controller("slices", sync=slices.sync),
        Controller("tenants", sync=fair("tenants", sync, fairness), finalize=finalize, customize=tenant.customize),
        Controller("probes", sync=probe.sync, customize=probe.customize),
    )
