"""Are the CompositeControllers those of this version, and is every Tenant one controller's?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from tenantry.cli.cluster import CONTROLLERS, TENANTS, Cluster
from tenantry.cli.doctor.check import Check, first_of, missing_from, ok, problem, warning
from tenantry.cli.parents import TENANT_CONTROLLER, controllers_of, shipped
from tenantry.names import SHARD_LABEL
from tenantry.protocol import JSONObject

NAME: Final = "controllers"
_WAY_OUT: Final = "Upgrade the chart, or apply compositecontrollers/ of this version."


def check_controllers(cluster: Cluster) -> Iterator[Check]:
    """Every CompositeController against the one that this version ships."""
    if cluster.resource(CONTROLLERS.api_version, plural=CONTROLLERS.plural) is None:
        return
    found = {controller["metadata"]["name"]: controller for controller in controllers_of(cluster)}
    wanted = {controller["metadata"]["name"]: controller for controller in shipped("compositecontrollers")}
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        yield problem(NAME, f"{', '.join(missing)} are missing: nobody looks at their objects.", _WAY_OUT)
    told = []
    for name, controller in sorted(found.items()):
        model = wanted.get(name) or (wanted[TENANT_CONTROLLER] if _is_of_tenants(controller) else None)
        if model is None:
            told.append(_stranger(name, controller))
            continue
        told += [*_check_content(name, controller, model), *_check_children(cluster, name, controller)]
    told += _check_shards([controller for controller in found.values() if _is_of_tenants(controller)])
    yield from told
    if not told and found:
        yield ok(NAME, f"{', '.join(sorted(found))} are those of this version.")


def _is_of_tenants(controller: JSONObject) -> bool:
    return bool(controller["spec"]["parentResource"]["resource"] == TENANTS.plural)


def _stranger(name: str, controller: JSONObject) -> Check:
    resource = controller["spec"]["parentResource"]["resource"]
    return problem(
        NAME,
        f"CompositeController {name} is not of this version, and acts on {resource}.",
        f"Delete it if another one serves {resource}, then run tenantry drain --dry-run to see what it left behind.",
    )


def _check_content(name: str, controller: JSONObject, model: JSONObject) -> Iterator[Check]:
    differing = [path for path in missing_from(_essence(controller), _essence(model)) if path]
    if differing:
        yield problem(NAME, f"CompositeController {name} is of another version: see {first_of(differing)}.", _WAY_OUT)
    more = sorted(controller["spec"]["hooks"].keys() - model["spec"]["hooks"].keys())
    if more:
        yield problem(NAME, f"CompositeController {name} has hooks that nobody answers: {', '.join(more)}.", _WAY_OUT)


def _essence(controller: JSONObject) -> JSONObject:
    """What counts: addresses and timeouts are the installation's own."""
    spec = controller["spec"]
    parent = spec["parentResource"]
    return {
        "generateSelector": bool(spec.get("generateSelector")),
        "parentResource": {key: parent.get(key) for key in ("apiVersion", "resource", "ignoreStatusChanges")},
        "childResources": {
            f"{child['resource']}.{child['apiVersion']}": (child.get("updateStrategy") or {}).get("method")
            for child in spec.get("childResources") or ()
        },
        "hooks": {hook: _hook(told) for hook, told in spec["hooks"].items()},
    }


def _hook(hook: Mapping[str, Any]) -> JSONObject:
    webhook = hook.get("webhook") or {}
    return {
        "version": hook.get("version", "v1"),
        "path": urlsplit(str(webhook.get("url") or webhook.get("path") or "")).path,
        "strict": (hook.get("responseUnMarshallMode") or "strict") == "strict",
    }


def _check_children(cluster: Cluster, name: str, controller: JSONObject) -> Iterator[Check]:
    versions: dict[tuple[str, str], str] = {}
    for child in controller["spec"].get("childResources") or ():
        api_version, plural = child["apiVersion"], child["resource"]
        key = (api_version.rpartition("/")[0], plural)
        if key in versions:
            yield problem(
                NAME,
                f"CompositeController {name} lists {plural} as {versions[key]} and {api_version}: Metacontroller "
                "deletes and re-creates them for ever.",
                "List one version of a kind only.",
            )
        versions[key] = api_version
        if cluster.resource(api_version, plural=plural) is None:
            yield problem(
                NAME,
                f"CompositeController {name} lists {plural} of {api_version}, which the cluster does not serve: "
                "Metacontroller does not start it.",
                "Install what defines them, or take them out of childResources (controllers.extraChildResources).",
            )


def _check_shards(controllers: list[JSONObject]) -> Iterator[Check]:
    """With several controllers of Tenants, one takes those that the others name, each of these its own."""
    selectors = {controller["metadata"]["name"]: _shards(controller) for controller in controllers}
    if len(selectors) < 2 and not any(selectors.values()):
        return
    named = {name: shards for name, (shards, excluded) in selectors.items() if shards and not excluded}
    others = {name: shards for name, (shards, excluded) in selectors.items() if excluded or not shards}
    for name, shards in sorted(others.items()):
        both = sorted({shard for of in named.values() for shard in of} - shards)
        nobodys = sorted(shards - {shard for of in named.values() for shard in of})
        if both:
            yield problem(
                NAME,
                f"Tenants of shard {', '.join(both)} are those of {name} and of another controller too.",
                f"Exclude these shards in the labelSelector of {name}: controllers.shards of the chart does.",
            )
        if nobodys:
            yield problem(
                NAME,
                f"Tenants of shard {', '.join(nobodys)} are nobody's: {name} excludes them, and no other has them.",
                "Add the controllers of these shards, or include them again: controllers.shards does both.",
            )
    if len(others) != 1:
        yield warning(
            NAME,
            f"{len(others)} controllers serve the Tenants without a shard.",
            f"There must be one, {TENANT_CONTROLLER}: apply the chart's.",
        )


def _shards(controller: JSONObject) -> tuple[set[str], bool]:
    """The shards that a controller's selector names, and whether it excludes them."""
    selector = controller["spec"]["parentResource"].get("labelSelector") or {}
    if SHARD_LABEL in (selector.get("matchLabels") or {}):
        return {selector["matchLabels"][SHARD_LABEL]}, False
    for requirement in selector.get("matchExpressions") or ():
        if requirement["key"] == SHARD_LABEL:
            return set(requirement.get("values") or ()), requirement["operator"] == "NotIn"
    return set(), False
