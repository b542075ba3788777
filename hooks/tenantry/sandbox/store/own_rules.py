"""The rules for changes of Tenantry's own kinds on which its controllers rely.

The store evaluates no CEL. What a controller that sees an old state must not overwrite, it refuses nevertheless, by
the same rules as the CRDs of TenantSlice and Tenant, and with their messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from tenantry.names import GROUP
from tenantry.protocol import JSONObject


def transition_violations(new: JSONObject, old: JSONObject) -> Iterator[str]:
    """What is wrong with a change of a custom resource."""
    if not new["apiVersion"].startswith(f"{GROUP}/"):
        return
    if new["kind"] == "TenantSlice":
        yield from _slice_violations(new["spec"], old["spec"])
    elif new["kind"] == "Tenant":
        yield from _tenant_violations(new["spec"], old["spec"])


def _slice_violations(new: JSONObject, old: JSONObject) -> Iterator[str]:
    fits = "base" in new and new["base"] == old["sequence"]
    same = (new["sequence"], new.get("written")) == (old["sequence"], old.get("written"))
    writers = new.get("writer"), old.get("writer")
    anew = new.get("base") == 0 and None not in writers and writers[0] != writers[1]
    if not fits and not same and not anew:
        yield "spec.sequence: Invalid value: this change was made from an older state of the slice"


def _tenant_violations(new: JSONObject, old: JSONObject) -> Iterator[str]:
    before = {pin["name"]: pin for pin in old.get("templates") or ()}
    for index, pin in enumerate(new.get("templates") or ()):
        had = before.get(pin["name"])
        if had is None:
            continue
        since, earlier = pin.get("since", ""), had.get("since", "")
        if since < earlier:
            why = "this change was made from an older state of the rollout"
            yield f"spec.templates[{index}]: Invalid value: {why}"
        elif new.get("registry") and since == earlier and had.get("revision") not in (None, pin.get("revision")):
            why = "the registry of this Tenant chooses its revisions: see rollout of the TenantTemplate"
            yield f"spec: Invalid value: {why}"
