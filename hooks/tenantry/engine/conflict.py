"""Objects that exist already and are not this tenant's: whether an entry may take them.

Metacontroller applies with force, so it would take any object over. The guard policy (``policies/guard.yaml``) refuses
that unless the object says ``Force``; an object of another tenant it never gives away. What is refused is missing among
a tenant's children, and the hook cannot see why: a TenantProbe looks.
"""

from __future__ import annotations

from tenantry.names import CONFLICT_POLICY_ANNOTATION, FORCE
from tenantry.protocol import JSONObject


def with_conflict_policy(obj: JSONObject, *, force: bool) -> JSONObject:
    """A dressed or kept object that says whether it may take the place of one that somebody else made."""
    metadata = obj["metadata"]
    annotations = metadata.get("annotations") or {}
    if force is (annotations.get(CONFLICT_POLICY_ANNOTATION) == FORCE):
        return obj
    annotations = {key: text for key, text in annotations.items() if key != CONFLICT_POLICY_ANNOTATION}
    if force:
        annotations[CONFLICT_POLICY_ANNOTATION] = FORCE
    return {**obj, "metadata": {**metadata, "annotations": annotations}}
