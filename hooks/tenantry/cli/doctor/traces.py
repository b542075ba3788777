"""What controllers leave on objects: finalizers that nobody takes off, and the name under which they applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tenantry.cli.cluster import FORBIDDEN, METADATA, Cluster, Refused, Resource
from tenantry.cli.doctor.check import Check, first_of, ok, problem, warning
from tenantry.cli.parents import FINALIZER, TENANT_CONTROLLER, all_ours, controllers_of, held_by, shipped
from tenantry.conditions import parse_timestamp
from tenantry.names import CONTENT_HASH_ANNOTATION, FIELD_MANAGER, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.words import counted

FINALIZERS: Final = "finalizers"
MANAGERS: Final = "field managers"
SAMPLE: Final = 100
"""Objects of tenants of each kind that are looked at: what Metacontroller does, it does to all of them."""
LONG: Final = timedelta(minutes=15)
LAST_APPLIED: Final = "metacontroller.k8s.io/last-applied-configuration"
"""What dynamic-apply writes, and server-side apply takes away."""


def check_traces(cluster: Cluster, *, now: datetime | None = None) -> Iterator[Check]:
    """All objects of our kinds, and some objects of tenants, without their contents."""
    now = now or datetime.now(UTC)
    controllers = controllers_of(cluster)
    existing = {controller["metadata"]["name"] for controller in controllers}
    abandoned: dict[str, list[str]] = {}
    stuck: list[str] = []
    managers: Counter[str] = Counter()
    for resource, obj in all_ours(cluster):
        called = f"{resource.kind} {obj['metadata']['name']}"
        for finalizer in held_by(obj):
            if (name := finalizer.removeprefix(FINALIZER)) not in existing:
                abandoned.setdefault(name, []).append(called)
        if _is_stuck(obj, now):
            stuck.append(called)
        managers.update(_owners_of_reference(obj))
    dynamic = 0
    for obj in _sample(cluster, controllers):
        managers.update(_owners_of_hash(obj))
        dynamic += LAST_APPLIED in (obj["metadata"].get("annotations") or {})
    yield from _told_of_finalizers(abandoned, stuck)
    yield from _told_of_managers(managers, dynamic)


def _told_of_finalizers(abandoned: dict[str, list[str]], stuck: list[str]) -> Iterator[Check]:
    for name, held in sorted(abandoned.items()):
        shard = name.removeprefix(f"{TENANT_CONTROLLER}-")
        way_out = f"tenantry drain --shard {shard}" if shard != name else "tenantry drain"
        yield problem(
            FINALIZERS,
            f"CompositeController {name} is gone, and its finalizer is on {counted(len(held), 'object')}: "
            f"{first_of(held)}. It keeps them from being deleted.",
            f"Apply it again if it should be there. If not: {way_out} takes the finalizer off.",
        )
    if stuck:
        objects = counted(len(stuck), "object is", "objects are")
        yield warning(
            FINALIZERS,
            f"{objects} being deleted for more than {LONG.seconds // 60} minutes: {first_of(stuck)}.",
            "kubectl describe tells what each waits for; tenantry trace tells it of a tenant.",
        )
    if not abandoned and not stuck:
        yield ok(FINALIZERS, "Every finalizer is one of a controller that is there.")


def _told_of_managers(managers: Counter[str], dynamic: int) -> Iterator[Check]:
    way_out = "Stop all Metacontrollers but one, and give that one no --apply-strategy-ssa-field-manager."
    others = sorted(name for name in managers if name != FIELD_MANAGER)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(managers.items()))
    if others:
        several = "Several Metacontrollers apply" if len(managers) > 1 else "Metacontroller applies"
        yield problem(MANAGERS, f"{several} our objects under other names ({counts}).", way_out)
    if dynamic:
        yield problem(
            MANAGERS,
            f"{counted(dynamic, 'object carries', 'objects carry')} the annotation of dynamic-apply: a Metacontroller "
            "runs or ran with it.",
            "Start every Metacontroller with --apply-strategy=server-side-apply: the annotation goes with the next "
            "apply.",
        )
    if not others and not dynamic:
        yield ok(MANAGERS, f"Everything was applied by {FIELD_MANAGER}." if managers else "Nothing was applied yet.")


def _is_stuck(obj: JSONObject, now: datetime) -> bool:
    since = obj["metadata"].get("deletionTimestamp")
    return bool(since) and now - parse_timestamp(since) > LONG


def _sample(cluster: Cluster, controllers: Iterable[JSONObject]) -> Iterator[JSONObject]:
    """Objects of tenants, some of each kind."""
    seen: set[Resource] = set()
    for controller in [*controllers, *shipped("compositecontrollers")]:
        if not controller["metadata"]["name"].startswith(TENANT_CONTROLLER):
            continue
        for child in controller["spec"].get("childResources") or ():
            found = cluster.resource(child["apiVersion"], plural=child["resource"])
            if found is not None and found not in seen and "list" in found.verbs:
                seen.add(found)
                yield from _some(cluster, found)


def _some(cluster: Cluster, resource: Resource) -> list[JSONObject]:
    """Some objects of one kind. What may not be listed is left out: other kinds tell the same."""
    try:
        return list(cluster.items(resource, labels=TENANT_LABEL, limit=SAMPLE, accept=METADATA))
    except Refused as refusal:
        if refusal.code != FORBIDDEN:
            raise
        return []


def _owners_of_reference(obj: JSONObject) -> Iterator[str]:
    """Who applied an object of ours as its parent's controller: people apply without owner references."""
    for entry in _applied(obj):
        if "f:ownerReferences" in entry["fieldsV1"].get("f:metadata", {}):
            yield entry["manager"]


def _owners_of_hash(obj: JSONObject) -> Iterator[str]:
    """Who applied an object of a tenant as we rendered it: others may apply fields of it, and rightly so."""
    for entry in _applied(obj):
        annotations = entry["fieldsV1"].get("f:metadata", {}).get("f:annotations", {})
        if f"f:{CONTENT_HASH_ANNOTATION}" in annotations:
            yield entry["manager"]


def _applied(obj: JSONObject) -> Iterator[JSONObject]:
    for entry in obj["metadata"].get("managedFields") or ():
        if entry.get("operation") == "Apply" and not entry.get("subresource") and entry.get("fieldsV1"):
            yield entry
