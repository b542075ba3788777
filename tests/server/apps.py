"""Applications for gunicorn whose hooks do what a test needs."""

from __future__ import annotations

import time
from datetime import datetime

from flask import Flask

from tenantry.protocol import SyncRequest, SyncResponse
from tenantry.server import create_app
from tenantry.server.hooks import Controller

SLOW = "tests.server.apps:slow()"
SLOW_SECONDS = 0.3


def slow() -> Flask:
    """A hook that takes its time, as one does that asks a database."""

    def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
        time.sleep(SLOW_SECONDS)
        return SyncResponse(children=list(_children(request)), status={})

    return create_app(controllers=[Controller("tenants", sync=sync)])


def _children(request: SyncRequest) -> list[dict[str, object]]:
    """What is observed, as a hook may return it."""
    return [
        {"apiVersion": child["apiVersion"], "kind": child["kind"], "metadata": _own(child["metadata"])}
        for named in request.children.values()
        for child in named.values()
    ]


def _own(metadata: dict[str, object]) -> dict[str, object]:
    return {name: metadata[name] for name in ("name", "namespace") if name in metadata}
