"""What there is to hand over, and to whom: every LynqNode becomes a part of the Tenant of its row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from tenantry.cli.cluster import CONNECTIONS, METADATA, Cluster, Resource
from tenantry.cli.migrate.lynq.naming import registry_name, template_name
from tenantry.cli.migrate.lynq.scope import ACTIVATE_VARIABLE, HOST_VARIABLE, variable_name
from tenantry.cli.migrate.lynq.takeover.marks import LYNQ_GROUP, PREFIX, NodeName, node_of
from tenantry.cli.preview import previews
from tenantry.cli.rows import Row
from tenantry.engine.compile import compile_resources
from tenantry.engine.compiled import Compiled, TemplateError
from tenantry.names import GROUP, PAUSED_ANNOTATION, entry_of, tenant_name
from tenantry.protocol import JSONObject
from tenantry.scopes import group_of

_HUB_LABEL: Final = f"{PREFIX}hub"
_EXTRA: Final = f"{PREFIX}extra"


class Key(NamedTuple):
    """An object, whatever its version."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


class Found(NamedTuple):
    """An object in the cluster, without its content."""

    resource: Resource
    metadata: JSONObject

    @property
    def key(self) -> Key:
        """Which it is."""
        metadata = self.metadata["metadata"]
        return Key(self.resource.group, self.resource.kind, metadata.get("namespace", ""), metadata["name"])


@dataclass(slots=True)
class NodePlan:
    """What becomes of a LynqNode and its objects."""

    node: JSONObject
    tenant: str
    wanted: dict[Key, JSONObject] = field(default_factory=dict)
    """The objects that the template makes of its row."""
    taken: list[Found] = field(default_factory=list)
    """Objects that become the Tenant's."""
    left: list[Found] = field(default_factory=list)
    """Objects that the template does not make: they stay, and are nobody's."""
    once: set[Key] = field(default_factory=set)
    """Those that are made once and then left alone."""
    problems: list[str] = field(default_factory=list)
    """Why the node must stay for now."""

    @property
    def name(self) -> NodeName:
        """Which node it is."""
        metadata = self.node["metadata"]
        return NodeName(metadata.get("namespace", ""), metadata["name"])


def plan_nodes(
    nodes: Iterable[JSONObject],
    templates: Mapping[str, JSONObject],
    found: Iterable[Found],
    *,
    at_work: Collection[str] = (),
) -> list[NodePlan]:
    """What becomes of each node. ``templates`` are ours by their names, ``found`` all objects of nodes.

    ``at_work`` are names of Tenants that exist and are not paused. They were told that their objects are missing. An
    answer that is on its way would set one that is made once back to its template, as soon as it is theirs.
    """
    compiled: dict[str, Compiled | str] = {}
    plans = {plan.name: plan for plan in (_node_plan(node, templates, compiled) for node in nodes)}
    for one in found:
        node = node_of(one.metadata)
        plan = plans.get(node) if node is not None else None
        if plan is not None:
            (plan.taken if one.key in plan.wanted else plan.left).append(one)
    for plan in plans.values():
        kept = sorted(str(one.key) for one in plan.taken if one.key in plan.once)
        if kept and plan.tenant in at_work:
            plan.problems.append(
                f"Tenant {plan.tenant} is at work and might write over {kept[0]}, which is made once: kubectl annotate "
                f"tenant {plan.tenant} {PAUSED_ANNOTATION}=true, run this again, and take the annotation away"
            )
    return list(plans.values())


def _node_plan(node: JSONObject, templates: Mapping[str, JSONObject], compiled: dict[str, Compiled | str]) -> NodePlan:
    spec, labels = node.get("spec") or {}, node["metadata"].get("labels") or {}
    form = str(spec.get("templateRef", ""))
    template = templates.get(template_name(form))
    hub = str(labels.get(_HUB_LABEL, ""))
    registry = registry_name(hub) if hub else str(((template or {}).get("spec") or {}).get("registry", ""))
    plan = NodePlan(node, tenant_name(registry, str(spec.get("uid", ""))))
    if template is None:
        plan.problems.append(f"there is no TenantTemplate {template_name(form)}, nor LynqForm {form}: give its file")
        return plan
    if template["spec"].get("registry") != registry:
        plan.problems.append(f"TenantTemplate {template_name(form)} is not of registry {registry}")
        return plan
    content = compiled.setdefault(form, _compiled(template))
    if isinstance(content, str):
        plan.problems.append(f"TenantTemplate {template_name(form)} is invalid: {content}")
        return plan
    try:
        row = row_of(node)
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        plan.problems.append(f"its annotation {_EXTRA} is no JSON mapping, so the values of its row are not known")
        return plan
    once = {entry["id"] for entry in template["spec"]["resources"] if entry.get("creationPolicy") == "Once"}
    for one in previews(template, content, row):
        if one.problem:
            plan.problems.append(one.problem)
        elif one.object is not None:
            key = key_of(one.object)
            plan.wanted[key] = one.object
            if entry_of(one.id) in once:
                plan.once.add(key)
    return plan


def _compiled(template: JSONObject) -> Compiled | str:
    try:
        return compile_resources(template["spec"]["resources"], template["spec"].get("variables"))
    except TemplateError as error:
        return str(error)


def row_of(node: JSONObject) -> Row:
    """The row that a node was made from, as Lynq noted it down. Raises what broken JSON raises."""
    annotations = node["metadata"].get("annotations") or {}
    extra = orjson.loads(annotations.get(_EXTRA) or "{}")
    row: Row = {variable_name(name): value for name, value in extra.items()}
    row.setdefault(HOST_VARIABLE, annotations.get(f"{PREFIX}hostOrUrl", ""))
    row.setdefault(ACTIVATE_VARIABLE, annotations.get(f"{PREFIX}activate", ""))
    return {**row, "uid": str(node["spec"]["uid"])}


def key_of(obj: JSONObject) -> Key:
    """Which object this is."""
    metadata = obj["metadata"]
    return Key(group_of(obj["apiVersion"]), obj["kind"], metadata.get("namespace", ""), metadata["name"])


def objects_of_nodes(cluster: Cluster) -> list[Found]:
    """All objects in the cluster that belong to a LynqNode."""

    def found(resource: Resource) -> list[Found]:
        listed = cluster.items(resource, accept=METADATA)
        return [Found(resource, obj) for obj in listed if node_of(obj) is not None]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [one for batch in pool.map(found, _resources(cluster)) for one in batch]


def _resources(cluster: Cluster) -> Iterator[Resource]:
    """Kinds that a node may own objects of, each in one version."""
    seen: set[tuple[str, str]] = set()
    for resource in cluster.resources():
        key = (resource.group, resource.plural)
        if key not in seen and resource.group not in (GROUP, LYNQ_GROUP) and {"list", "patch"} <= set(resource.verbs):
            seen.add(key)
            yield resource


def told(plan: NodePlan) -> dict[str, Any]:
    """A node's plan as data."""
    taken = {one.key for one in plan.taken}
    return {
        "node": "/".join(plan.name),
        "tenant": plan.tenant,
        "objects": sorted(map(str, taken)),
        "absent": sorted(str(key) for key in plan.wanted if key not in taken),
        "leftStanding": sorted(str(one.key) for one in plan.left),
        "problems": plan.problems,
    }
