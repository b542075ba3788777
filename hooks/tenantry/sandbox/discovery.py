"""Which resources an API server serves, as its discovery documents tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
"""Accept header that asks for all groups in one document; older servers answer with the plain list of groups."""

Fetch = Callable[[str, str], JSONObject]
"""Read a path, with an Accept header."""


def discover(fetch: Fetch) -> list[ResourceType]:
    """Every resource that can be listed and watched: core group first, then in the server's order."""
    return [*_core(fetch), *_groups(fetch)]


def _core(fetch: Fetch) -> Iterator[ResourceType]:
    document = fetch("/api", AGGREGATED)
    if document.get("kind") == "APIGroupDiscoveryList":
        yield from _aggregated(document)
        return
    for version in document.get("versions", []):
        yield from _plain(fetch(f"/api/{version}", "application/json"))


def _groups(fetch: Fetch) -> Iterator[ResourceType]:
    document = fetch("/apis", AGGREGATED)
    if document.get("kind") == "APIGroupDiscoveryList":
        yield from _aggregated(document)
        return
    for group in document.get("groups", []):
        for version in group["versions"]:
            yield from _plain(fetch(f"/apis/{version['groupVersion']}", "application/json"))


def _aggregated(document: JSONObject) -> Iterator[ResourceType]:
    for group in document.get("items", []):
        name = group["metadata"].get("name", "")
        for version in group["versions"]:
            api_version = f"{name}/{version['version']}" if name else version["version"]
            for resource in version.get("resources", []):
                kind = (resource.get("responseKind") or {}).get("kind", "")
                if kind and _watchable(resource):
                    yield ResourceType(api_version, kind, resource["resource"], resource["scope"] == "Namespaced")


def _plain(document: JSONObject) -> Iterator[ResourceType]:
    for resource in document.get("resources", []):
        if "/" not in resource["name"] and _watchable(resource):
            yield ResourceType(document["groupVersion"], resource["kind"], resource["name"], resource["namespaced"])


def _watchable(resource: dict[str, Any]) -> bool:
    return {"list", "watch"} <= set(resource.get("verbs", []))
