"""Labels of Tenants that somebody changed come back.

Metacontroller applies a Tenant again when the answer or the Tenant's generation changed, and labels change neither. So
the answer changes: an annotation tells the resourceVersion at which wrong labels were seen, and stays as it is then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tenantry.conditions import parse_timestamp
from tenantry.engine.keep import applied_entry
from tenantry.names import REAPPLY_ANNOTATION
from tenantry.protocol import JSONObject

PATIENCE_SECONDS: Final = 10.0
"""How long after a change of the slice, or of the Tenant by us, its labels may still be others.

What is on its way needs no help, and what comes back at once is a fight that is not to be fought fast.
"""


def with_labels_restored(
    tenants: list[JSONObject], observed: Mapping[str, JSONObject], written: str, *, now: datetime
) -> tuple[list[JSONObject], float]:
    """The Tenants, those with wrong labels marked to be applied again.

    Also the seconds until one with other labels counts as wrong; 0 if none has.
    ``written`` is when the slice got its rows.
    """
    result: list[JSONObject] = []
    wait = 0.0
    for tenant in tenants:
        metadata = tenant["metadata"]
        found = observed.get(metadata["name"])
        live = found["metadata"] if found is not None else {}
        mark = (live.get("annotations") or {}).get(REAPPLY_ANNOTATION)
        if found is not None and _is_wrong(live, metadata["labels"]):
            left = PATIENCE_SECONDS - _age(found, written, now=now)
            if left > 0.0:
                wait = max(wait, left)
            else:
                mark = live.get("resourceVersion")
        if mark:
            tenant = {**tenant, "metadata": {**metadata, "annotations": {REAPPLY_ANNOTATION: mark}}}
        result.append(tenant)
    return result, wait


def _is_wrong(live: JSONObject, wanted: Mapping[str, str]) -> bool:
    return "deletionTimestamp" not in live and not wanted.items() <= (live.get("labels") or {}).items()


def _age(tenant: JSONObject, written: str, *, now: datetime) -> float:
    """Seconds since the slice or the Tenant was written last, whichever is later."""
    times = [time for time in (written, (applied_entry(tenant) or {}).get("time")) if time]
    return min(((now - parse_timestamp(time)).total_seconds() for time in times), default=PATIENCE_SECONDS)
