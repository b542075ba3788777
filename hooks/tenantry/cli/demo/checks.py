"""What the demo holds against what happened."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from tenantry.cli.demo.snapshot import BOOKKEEPING, Difference, ObjectName, object_name
from tenantry.conditions import ConditionType, find_condition
from tenantry.protocol import JSONObject
from tenantry.sandbox.loop import Write


class Unexpected(Exception):
    """Something else happened than what the demo promises. The message is a sentence for the person who runs it."""


class TouchedTenants:
    """The Tenants to which, or to whose objects, the controllers wrote anything at all."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._lock = threading.Lock()

    def observe(self, write: Write) -> None:
        """Called with every write."""
        obj = write.after or write.before
        if obj is None or write.kind.kind in BOOKKEEPING or write.outcome == "unchanged":
            return
        with self._lock:
            self._names.add(object_name(obj).tenant)

    def forget(self) -> None:
        """Start anew."""
        with self._lock:
            self._names.clear()

    def names(self) -> frozenset[str]:
        """Names of Tenants since the start; empty text for what belongs to none."""
        with self._lock:
            return frozenset(self._names)


def expect(happened: Difference, wanted: Difference) -> None:
    """Raise ``Unexpected`` unless exactly this happened."""
    for word in ("created", "changed", "deleted"):
        found, right = getattr(happened, word), getattr(wanted, word)
        if missing := right - found:
            raise Unexpected(f"{word} should have been also {_named(missing)}.")
        if surplus := found - right:
            raise Unexpected(f"{word} was also {_named(surplus)}.")


def expect_untouched(touched: frozenset[str], wanted: Difference) -> None:
    """Raise ``Unexpected`` if anything was written to a tenant that the change does not concern."""
    concerned = {name.tenant for name in wanted.created | wanted.changed | wanted.deleted}
    if others := touched - concerned:
        raise Unexpected(f"tenants that should not have been touched were written to: {', '.join(sorted(others))}.")


def expect_ready(tenants: Iterable[JSONObject]) -> None:
    """Raise ``Unexpected`` with the reason of the first Tenant that is not ready."""
    for tenant in tenants:
        found = find_condition(tenant.get("status"), ConditionType.READY) or {}
        if not is_ready(tenant):
            name, reason = tenant["metadata"]["name"], found.get("reason", "NoStatus")
            raise Unexpected(f"Tenant {name} is not ready: {reason}: {found.get('message', 'it has no status yet')}")


def is_ready(tenant: JSONObject) -> bool:
    """Whether a Tenant is ready as its present spec wants it."""
    found = find_condition(tenant.get("status"), ConditionType.READY) or {}
    return found.get("status") == "True" and found.get("observedGeneration") == tenant["metadata"]["generation"]


def _named(names: Iterable[ObjectName]) -> str:
    ordered = sorted(names)
    rest = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
    return ", ".join(str(name) for name in ordered[:5]) + rest
