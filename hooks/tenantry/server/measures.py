"""The metrics of the webhooks by name: what each of them says, and which labels it has.

Labels are few. No series names a Tenant or any other parent but registries and their templates, of which a cluster has
some dozens at most. ``docs/reference.py`` makes a page of this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
CHILDREN: Final = (1, 10, 30, 100, 300, 1000)

_HOOK: Final = ("controller", "hook")
_REGISTRY: Final = ("registry",)
_ROLLOUT: Final = ("registry", "template")


class Type(StrEnum):
    """Types of metrics, as Prometheus names them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric."""

    name: str
    """As Prometheus shows it; of a histogram without its suffixes."""
    type: Type
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = SECONDS
    """Upper bounds, of a histogram."""


HOOK_CALLS: Final = Measure("tenantry_hook_calls_total", Type.COUNTER, (*_HOOK, "outcome"), "Hook calls by outcome.")
HOOK_SECONDS: Final = Measure("tenantry_hook_seconds", Type.HISTOGRAM, _HOOK, "Duration of hook calls.")
HOOK_CHILDREN: Final = Measure(
    "tenantry_hook_children",
    Type.HISTOGRAM,
    _HOOK,
    "Children that a sync or finalize hook returned.",
    CHILDREN,
)
HOOK_OBSERVED: Final = Measure(
    "tenantry_hook_children_observed_total", Type.COUNTER, _HOOK, "Children in the requests of sync and finalize hooks."
)
HOOK_REMOVED: Final = Measure(
    "tenantry_hook_children_removed_total",
    Type.COUNTER,
    _HOOK,
    "Observed children that hooks decided to delete; the same one again in each call until it is gone.",
)
HOOK_KEPT: Final = Measure(
    "tenantry_hook_children_kept_total",
    Type.COUNTER,
    _HOOK,
    "Children that hooks returned as they were applied last, since they are retained or nothing better is known.",
)
RENDER_SECONDS: Final = Measure(
    "tenantry_render_seconds", Type.HISTOGRAM, (), "Time to render all objects of a tenant that is not remembered."
)
RENDER_FAILURES: Final = Measure(
    "tenantry_render_failures_total",
    Type.COUNTER,
    (),
    "Entries of templates that could not be rendered for a tenant, each time that it was tried.",
)
COMPILE_SECONDS: Final = Measure(
    "tenantry_compile_seconds", Type.HISTOGRAM, (), "Time to compile a template that is not remembered."
)
CACHE_LOOKUPS: Final = Measure(
    "tenantry_cache_lookups_total",
    Type.COUNTER,
    ("cache", "result"),
    "Look-ups of compiled revisions and of plans of tenants, as hit or miss.",
)
REGISTRY_SYNCED: Final = Measure(
    "tenantry_registry_synced_timestamp_seconds",
    Type.GAUGE,
    _REGISTRY,
    "When this pod synced the registry last, or saw it go. Of several pods the latest one knows best.",
)
POLLS: Final = Measure(
    "tenantry_registry_polls_total", Type.COUNTER, (*_REGISTRY, "outcome"), "Polls of the source: ok or failed."
)
POLL_SECONDS: Final = Measure(
    "tenantry_registry_poll_seconds", Type.GAUGE, _REGISTRY, "How long the last good poll took to read the rows."
)
LAST_GOOD_POLL: Final = Measure(
    "tenantry_registry_last_good_poll_timestamp_seconds", Type.GAUGE, _REGISTRY, "When a poll succeeded last."
)
POLL_INTERVAL: Final = Measure(
    "tenantry_registry_poll_interval_seconds", Type.GAUGE, _REGISTRY, "The registry's source.syncInterval."
)
POLL_FAILURES: Final = Measure(
    "tenantry_registry_poll_failures", Type.GAUGE, _REGISTRY, "Polls that failed since the last good one."
)
ROWS: Final = Measure(
    "tenantry_registry_rows",
    Type.GAUGE,
    (*_REGISTRY, "state"),
    "Rows of the last good poll: read, active, invalid, and unplaced for want of room in their slice.",
)
TENANTS: Final = Measure(
    "tenantry_registry_tenants",
    Type.GAUGE,
    (*_REGISTRY, "state"),
    "Tenants of the registry: desired, total, ready, degraded, removing, unlisted.",
)
BLOCKED_DELETIONS: Final = Measure(
    "tenantry_registry_blocked_deletions",
    Type.GAUGE,
    _REGISTRY,
    "Tenants whose removal waits for a person's approval.",
)
ROLLOUT_TENANTS: Final = Measure(
    "tenantry_rollout_tenants",
    Type.GAUGE,
    (*_ROLLOUT, "state"),
    "Tenants in the rollout of a template: total, updated, under_way, failed.",
)
ROLLOUT_PHASE: Final = Measure(
    "tenantry_rollout_phase", Type.GAUGE, (*_ROLLOUT, "phase"), "1 for the phase of a template's rollout, else 0."
)

MEASURES: Final = (
    HOOK_CALLS,
    HOOK_SECONDS,
    HOOK_CHILDREN,
    HOOK_OBSERVED,
    HOOK_REMOVED,
    HOOK_KEPT,
    RENDER_SECONDS,
    RENDER_FAILURES,
    COMPILE_SECONDS,
    CACHE_LOOKUPS,
    REGISTRY_SYNCED,
    POLLS,
    POLL_SECONDS,
    LAST_GOOD_POLL,
    POLL_INTERVAL,
    POLL_FAILURES,
    ROWS,
    TENANTS,
    BLOCKED_DELETIONS,
    ROLLOUT_TENANTS,
    ROLLOUT_PHASE,
)
"""All of them; with one worker process there are those of prometheus_client about the process, too."""
