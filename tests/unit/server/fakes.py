"""A controller whose hooks do what a test wants, and requests as Metacontroller sends them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask
from werkzeug.test import TestResponse

from tenantry.protocol import CustomizeRequest, CustomizeResponse, JSONObject, SyncRequest, SyncResponse
from tenantry.server import create_app
from tenantry.server.answers import Answer
from tenantry.server.call import call
from tenantry.server.hooks import Controller, Hook
from tenantry.settings import Settings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PARENT_UID = "11111111-2222-3333-4444-555555555555"
LISTED = (
    {"apiVersion": "v1", "resource": "configmaps"},
    {"apiVersion": "v1", "resource": "namespaces"},
    {"apiVersion": "example.com/v1", "resource": "widgets"},
)


def config_map(name: str = "config", **fields: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "acme"}, **fields}


def namespace(name: str = "acme") -> JSONObject:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def request_body(
    *observed: JSONObject, finalizing: bool = False, listed: Iterable[JSONObject] = LISTED, **fields: Any
) -> JSONObject:
    children: dict[str, JSONObject] = {"ConfigMap.v1": {}, "Namespace.v1": {}, "Widget.example.com/v1": {}}
    for child in observed:
        metadata = child["metadata"]
        key = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
        children.setdefault(f"{child['kind']}.{child['apiVersion']}", {})[key] = child
    return {
        "controller": {"spec": {"childResources": list(listed)}},
        "parent": {
            "apiVersion": "tenantry.io/v1",
            "kind": "Tenant",
            "metadata": {"name": "shops.acme", "uid": PARENT_UID},
            "spec": {"uid": "acme", "selector": {"matchLabels": {"tenantry.io/tenant": "shops.acme"}}},
        },
        "children": children,
        "related": {},
        "finalizing": finalizing,
        **fields,
    }


@dataclass
class FakeHooks:
    """Hooks that give a fixed answer, or raise."""

    answer: SyncResponse = field(default_factory=lambda: SyncResponse(children=[], status={}))
    related: CustomizeResponse = field(default_factory=CustomizeResponse)
    error: Exception | None = None
    seen: list[SyncRequest | CustomizeRequest] = field(default_factory=list)

    def sync(self, request: SyncRequest, *, now: datetime) -> SyncResponse:
        assert now == NOW
        self.seen.append(request)
        if self.error is not None:
            raise self.error
        return self.answer

    def customize(self, request: CustomizeRequest) -> CustomizeResponse:
        self.seen.append(request)
        if self.error is not None:
            raise self.error
        return self.related

    @property
    def controller(self) -> Controller:
        return Controller("tenants", sync=self.sync, finalize=self.sync, customize=self.customize)

    def call(self, body: JSONObject | bytes, hook: Hook = "sync") -> Answer:
        encoded = body if isinstance(body, bytes) else orjson.dumps(body)
        return call(self.controller, hook, encoded, now=NOW)

    def app(self, **settings: Any) -> Flask:
        return create_app(controllers=[self.controller], settings=Settings(**settings), clock=lambda: NOW)


def answering(*children: JSONObject, **fields: Any) -> FakeHooks:
    return FakeHooks(answer=SyncResponse(children=list(children), status=fields.pop("status", {}), **fields))


def post(app: Flask, path: str = "/tenants/sync", body: Any = None, **options: Any) -> TestResponse:
    data = body if isinstance(body, bytes) else orjson.dumps(request_body() if body is None else body)
    return app.test_client().post(path, data=data, **{"content_type": "application/json", **options})


def create_fake_app() -> Flask:
    """For gunicorn: a controller that wants one ConfigMap, on the system's clock."""

    def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
        return SyncResponse(children=[config_map()], status={"name": request.parent["metadata"]["name"]})

    return create_app(controllers=[Controller("tenants", sync=sync)])


def create_slow_app() -> Flask:
    """For gunicorn: a controller whose hook waits as if it had to read something."""

    def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
        time.sleep(0.3)
        return SyncResponse(children=[], status={})

    return create_app(controllers=[Controller("tenants", sync=sync)])
