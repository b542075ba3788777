"""What a CompositeController object asks for: the part of Metacontroller's API that the loop understands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.selectors import LabelSelector

DEFAULT_TIMEOUT = 10.0
SUPPORTED_METHODS = ("OnDelete", "InPlace")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class ControllerSpecError(ValueError):
    """A CompositeController that the loop cannot run. The message names it and the field."""


@dataclass(frozen=True, slots=True)
class ChildRule:
    """One entry of ``childResources``; ``method`` is its update strategy."""

    api_version: str
    resource: str
    method: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook and how long, in seconds, it may take."""

    url: str
    timeout: float


@dataclass(frozen=True, slots=True)
class ControllerSpec:
    """A CompositeController, understood. ``source`` is the object itself, as every request repeats it."""

    name: str
    source: JSONObject
    parent_api_version: str
    parent_resource: str
    parent_selector: LabelSelector
    ignore_status_changes: bool
    generate_selector: bool
    resync_period: float
    """Seconds after which all parents are visited again; 0 means never."""
    children: tuple[ChildRule, ...]
    sync: Hook
    finalize: Hook | None
    customize: Hook | None

    @property
    def finalizer(self) -> str:
        """The finalizer that parents carry while their finalize hook has not agreed to their end."""
        return f"metacontroller.io/compositecontroller-{self.name}"

    @classmethod
    def parse(cls, obj: JSONObject, *, base_url: str = "") -> Self:
        """The spec in a CompositeController object; ``base_url`` replaces scheme, host and port of its hooks.

        Raises ``ControllerSpecError`` or ``SelectorError``.
        """
        name, spec = obj["metadata"]["name"], obj["spec"]
        parent, hooks = spec["parentResource"], spec.get("hooks") or {}
        if not hooks.get("sync"):
            raise ControllerSpecError(f"CompositeController {name}: spec.hooks.sync is missing")
        return cls(
            name=name,
            source={**obj, "status": obj.get("status") or {}},
            parent_api_version=parent["apiVersion"],
            parent_resource=parent["resource"],
            parent_selector=LabelSelector.parse(parent.get("labelSelector"), f"{name}: parentResource.labelSelector"),
            ignore_status_changes=bool(parent.get("ignoreStatusChanges")),
            generate_selector=bool(spec.get("generateSelector")),
            resync_period=float(spec.get("resyncPeriodSeconds") or 0),
            children=tuple(_child_rule(name, rule) for rule in spec.get("childResources") or []),
            sync=_hook(name, "sync", hooks["sync"], base_url),
            finalize=_hook(name, "finalize", hooks["finalize"], base_url) if hooks.get("finalize") else None,
            customize=_hook(name, "customize", hooks["customize"], base_url) if hooks.get("customize") else None,
        )


def _child_rule(controller: str, rule: dict[str, Any]) -> ChildRule:
    method = (rule.get("updateStrategy") or {}).get("method") or "OnDelete"
    if method not in SUPPORTED_METHODS:
        raise ControllerSpecError(
            f"CompositeController {controller}: childResources of {rule['resource']} have the update method {method}; "
            f"this loop knows {' and '.join(SUPPORTED_METHODS)}"
        )
    return ChildRule(rule["apiVersion"], rule["resource"], method)


def _hook(controller: str, name: str, hook: dict[str, Any], base_url: str) -> Hook:
    if hook.get("version") != "v2":
        raise ControllerSpecError(f"CompositeController {controller}: hook {name} is not version v2")
    webhook = hook.get("webhook") or {}
    return Hook(_rebase(_url(controller, name, webhook), base_url), _seconds(webhook.get("timeout")))


def _url(controller: str, name: str, webhook: dict[str, Any]) -> str:
    if url := webhook.get("url"):
        return str(url)
    service, path = webhook.get("service") or {}, webhook.get("path")
    if not (service.get("name") and service.get("namespace") and path):
        raise ControllerSpecError(f"CompositeController {controller}: hook {name} has neither url nor service and path")
    scheme, port = service.get("protocol", "http"), service.get("port", 80)
    return f"{scheme}://{service['name']}.{service['namespace']}:{port}{path}"


def _rebase(url: str, base_url: str) -> str:
    if not base_url:
        return url
    base, parts = urlsplit(base_url), urlsplit(url)
    return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))


def _seconds(duration: str | None) -> float:
    """A Go duration (``1m30s``) in seconds; what is missing or not positive means the default."""
    total = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(duration or ""))
    return total if total > 0 else DEFAULT_TIMEOUT
