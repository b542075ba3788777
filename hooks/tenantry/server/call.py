"""A hook call from bytes to bytes: decode, ask the hook, check what it decided, encode. No HTTP, no clock, no log."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import orjson

from tenantry import tally
from tenantry.protocol import CustomizeRequest, ProtocolError, SyncRequest, SyncResponse, TryLater
from tenantry.server.answers import Answer, Outcome, json_answer, text_answer, try_later
from tenantry.server.checks import Refused, check_accounted, check_children, check_controller
from tenantry.server.failures import describe_bug
from tenantry.server.fairness import TooOften
from tenantry.server.hooks import Controller, Hook, SyncHook
from tenantry.server.plausible import flaw_of
from tenantry.server.values import encode_children


def call(controller: Controller, hook: Hook, body: bytes, *, now: datetime) -> Answer:
    """The answer to one hook request.

    Nothing is raised: each failure is the status that makes Metacontroller do the right thing. 400 for a body that is
    not a hook request or holds what no API server hands out, 429 when the hook asks for patience, 500 for everything
    else, with one line of text that is the same every time (Metacontroller makes an Event of it, and counts equal
    ones).
    """
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        text = f"{controller.name}/{hook}: the body is not JSON. Send a hook request of Metacontroller, version v2."
        return text_answer(400, text, Outcome.BAD_REQUEST)
    try:
        if hook == "customize":
            return _customize(controller, decoded)
        return _sync(controller, hook, decoded, now)
    except ProtocolError as error:
        text = f"{controller.name}/{hook}: {error}"
        return text_answer(400, text, Outcome.BAD_REQUEST, parent=_name(decoded), cause=error)
    except TryLater as error:
        outcome = Outcome.TOO_OFTEN if isinstance(error, TooOften) else Outcome.TRY_LATER
        return try_later(error.seconds, outcome, parent=_name(decoded), cause=error)
    except Refused as error:
        text = f"{controller.name}/{hook} of {_kind_and_name(decoded)} is refused, nothing is applied: {error}"
        return text_answer(500, text, Outcome.REFUSED, parent=_name(decoded), cause=error)
    except Exception as error:
        if flaw := flaw_of(decoded):
            return _flawed(controller, hook, decoded, flaw, error)
        text = (
            f"{controller.name}/{hook} of {_kind_and_name(decoded)} failed, nothing is applied: {describe_bug(error)}. "
            "This is a bug in Tenantry; the log of its webhooks has the traceback."
        )
        return text_answer(500, text, Outcome.ERROR, parent=_name(decoded), cause=error)


def _flawed(controller: Controller, hook: Hook, decoded: object, flaw: str, error: Exception) -> Answer:
    """No bug of the hook: it was asked about something that cannot be."""
    text = (
        f"{controller.name}/{hook} of {_kind_and_name(decoded)}: {flaw}. An API server with the definitions of this "
        "version hands out nothing like that: if those in the cluster are older, apply crds/ again."
    )
    return text_answer(400, text, Outcome.BAD_REQUEST, parent=_name(decoded), cause=error)


def _sync(controller: Controller, hook: Hook, decoded: object, now: datetime) -> Answer:
    request = SyncRequest.parse(decoded)
    check_controller(request.controller)
    function = _function(controller, hook, request)
    tally.ended("parse")
    response = function(request, now=now)
    tally.ended("render")
    metadata = request.parent["metadata"]
    desired = check_children(
        response.children,
        listed=request.children.keys(),
        parent_uid=metadata.get("uid", ""),
        removals=response.removals,
    )
    check_accounted(request.children, desired, response.removed)
    body = _encode(request, response)
    tally.answered(request.parent, response.status)
    return json_answer(
        body,
        parent=metadata["name"],
        children_in=sum(map(len, request.children.values())),
        children_out=len(response.children),
        removed=len(response.removed),
    )


def _function(controller: Controller, hook: Hook, request: SyncRequest) -> SyncHook:
    if request.finalizing != (hook == "finalize"):
        said = "true" if request.finalizing else "false"
        raise ProtocolError(
            f"finalizing is {said}, which does not fit this path: spec.hooks of the controller's YAML must name "
            f"/{controller.name}/sync for sync and /{controller.name}/finalize for finalize"
        )
    if hook == "sync":
        return controller.sync
    if controller.finalize is None:
        raise ProtocolError("this controller has no finalize hook: remove it from spec.hooks of the controller's YAML")
    return controller.finalize


def _encode(request: SyncRequest, response: SyncResponse) -> bytes:
    if not isinstance(response.status, dict):
        raise Refused(f"the status is not an object but {type(response.status).__name__}")
    children = encode_children(response.children, response.removals)
    parts = [b'{"status":', orjson.dumps(response.status), b',"children":', children]
    seconds = response.resync_after_seconds
    if seconds:
        if not math.isfinite(seconds) or seconds < 0:
            raise Refused("resync_after_seconds is not a finite, positive number")
        parts += b',"resyncAfterSeconds":', orjson.dumps(seconds)
    if response.finalized:
        if not request.finalizing:
            # Metacontroller would drop the finalizer and add it again with the next sync, for ever.
            raise Refused("it says finalized, but its parent is not being finalized")
        parts.append(b',"finalized":true')
    parts.append(b"}")
    return b"".join(parts)


def _customize(controller: Controller, decoded: object) -> Answer:
    request = CustomizeRequest.parse(decoded)
    check_controller(request.controller)
    if controller.customize is None:
        raise ProtocolError("this controller has no customize hook: remove it from spec.hooks of the controller's YAML")
    tally.ended("parse")
    response = controller.customize(request)
    tally.ended("render")
    body = orjson.dumps({"relatedResources": [rule.to_json() for rule in response.related]})
    return json_answer(body, parent=request.parent["metadata"]["name"])


def _parent(decoded: Any) -> tuple[str, str]:
    """Kind and name of the parent, as far as the body has them."""
    parent = decoded.get("parent") if isinstance(decoded, dict) else None
    if not isinstance(parent, dict):
        return "", ""
    metadata = parent.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return str(parent.get("kind") or ""), name if isinstance(name, str) else ""


def _name(decoded: object) -> str:
    return _parent(decoded)[1]


def _kind_and_name(decoded: object) -> str:
    return " ".join(part for part in _parent(decoded) if part)
