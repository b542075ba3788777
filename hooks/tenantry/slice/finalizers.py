"""New Tenants begin with the finalizer that Metacontroller would put on them.

It reads and writes each new parent for that, and the write wakes the parent's slice once more: three requests for each
tenant that need not be. The finalizer of the permanent controller is meant, whose name is known where the controllers
are called as ours are; a Tenant that begins in a shard gets its finalizer as before, since the shard's controller may
not be there. What was sent once is sent again for as long as the Tenant has it: under server-side apply a field that is
left out goes. Who takes it off is Metacontroller.
"""

from __future__ import annotations

from tenantry.engine.keep import applied_fields, is_dynamically_applied
from tenantry.names import SLICE_CONTROLLER, controller_of, finalizer_of
from tenantry.protocol import JSONObject


def first_finalizer(controller: JSONObject) -> str:
    """The finalizer with which Tenants begin that this slice controller makes; empty if it has another name than ours.

    Whoever renames one controller may rename the other, and nobody takes off a finalizer of a controller that is not
    there.
    """
    name = (controller.get("metadata") or {}).get("name")
    return finalizer_of(controller_of("")) if name == SLICE_CONTROLLER else ""


def finalizers_of(row: JSONObject, tenant: JSONObject | None, first: str) -> list[str]:
    """The finalizers to send with the Tenant of a row; ``tenant`` is the observed one, ``first`` what new ones get."""
    if tenant is None:
        return [first] if first and not row.get("shard") else []
    present: list[str] = tenant["metadata"].get("finalizers") or []
    if not first or first not in present:
        return []
    if is_dynamically_applied(tenant):
        # That strategy replaces the whole list: what others put on it must be sent too.
        return present
    sent = (applied_fields(tenant) or {}).get("f:metadata") or {}
    return [first] if "f:finalizers" in sent else []
