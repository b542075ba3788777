"""``POST /validate``: the ValidatingWebhook of the chart."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import Blueprint, Response, request

from tenantry.protocol import ProtocolError
from tenantry.server.admission import API_VERSION, KIND, review
from tenantry.server.answers import JSON_HEADERS, TEXT_HEADERS, Headers
from tenantry.server.blueprints import Service
from tenantry.server.bodies import UnreadableBody, read_body
from tenantry.server.failures import describe_bug, format_traceback
from tenantry.server.logs import shown
from tenantry.server.overload import CallLimit
from tenantry.server.patience import our_turn
from tenantry.settings import MEBIBYTE

LARGEST_REVIEW: Final = 8 * MEBIBYTE
"""Bytes: the new and the old object, each of at most 3 MiB as API servers take them, and what is around them."""
SMALL_REVIEW: Final = MEBIBYTE // 2
"""Bytes: all but the largest templates. Every thread may hold one of these at a time."""
PLACES: Final = 2
"""Reviews that a worker process handles at a time. They take processor time alone, and anybody may ask for them.

So many larger ones are read at a time, too. A client that is stuck in a body keeps others that are as large from being
read, for as long as the server has patience with it, and nobody else.
"""


def validation_blueprint(service: Service) -> Blueprint:
    """The API server's question about a template or a registry, and the answer."""
    blueprint = Blueprint("validation", __name__)
    limit, large = CallLimit(PLACES), CallLimit(PLACES)

    def validate() -> Response:
        announced = request.content_length
        if announced is not None and announced <= SMALL_REVIEW:
            return _judge(service, limit)
        with large.place() as free:
            return _judge(service, limit) if free else _come_back()

    blueprint.add_url_rule("/validate", endpoint="validate", view_func=validate, methods=["POST"])
    return blueprint


def _judge(service: Service, limit: CallLimit) -> Response:
    try:
        # Before it takes a place, as with hooks.
        body = read_body(request, min(LARGEST_REVIEW, service.settings.max_body_bytes))
    except UnreadableBody as error:
        return _text(error.status, str(error))
    with limit.place() as free:
        if not free:
            return _come_back()
        with our_turn():
            return _answer(body, service)


def _come_back() -> Response:
    return Response(b"", 429, (("Retry-After", "1"), ("Content-Length", "0")))


def _answer(body: bytes, service: Service) -> Response:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _text(400, "the body is not JSON")
    try:
        answer = review(decoded)
    except ProtocolError as error:
        return _text(400, str(error))
    except Exception as error:
        # An object that only we cannot judge must not be held up: its status will tell what is wrong with it.
        messages = service.settings.log_error_messages
        service.logger.error("validate", traceback=format_traceback(error, messages=messages))
        answer = _let_in(decoded, f"it was not checked, this is a bug in Tenantry: {describe_bug(error)}")
    _log(service, decoded, answer["response"])
    return Response(orjson.dumps(answer), 200, JSON_HEADERS)


def _let_in(decoded: Any, warning: str) -> dict[str, Any]:
    response = {"uid": decoded["request"]["uid"], "allowed": True, "warnings": [warning[:256]]}
    return {"apiVersion": API_VERSION, "kind": KIND, "response": response}


def _log(service: Service, decoded: Any, response: dict[str, Any]) -> None:
    asked = decoded["request"]
    kind = asked.get("kind")
    service.logger.info(
        "validate",
        kind=shown(kind.get("kind", "")) if isinstance(kind, dict) else "",
        object=shown(asked.get("name", ""), longest=253),
        allowed=response["allowed"],
        warnings=len(response.get("warnings", ())),
    )


def _text(status: int, text: str) -> Response:
    headers: Headers = TEXT_HEADERS
    return Response(" ".join(text.split()), status, headers)
