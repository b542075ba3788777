"""Reading the body of a hook request, as far as it may be one."""

from __future__ import annotations

from typing import IO, Final

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

CHUNK: Final = 64 * 1024


class UnreadableBody(Exception):
    """A body that is not read, with the HTTP status and the sentence that say why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def read_body(request: Request, limit: int) -> bytes:
    """The body, of at most ``limit`` bytes. Raises ``UnreadableBody``.

    A body that is announced to be longer is not read at all; one of unknown length only a little beyond the limit.
    """
    if request.content_type != "application/json" and request.mimetype != "application/json":
        raise UnreadableBody(415, "send the request as Content-Type: application/json")
    try:
        if request.content_length is None and request.environ.get("wsgi.input_terminated"):
            return _read_unannounced(request.environ["wsgi.input"], limit)
        if (request.content_length or 0) > limit:
            raise RequestEntityTooLarge
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise UnreadableBody(
            413,
            f"the body is larger than {limit} bytes: raise TENANTRY_MAX_BODY_BYTES, or spread the children over more "
            "parents",
        ) from error
    except (ClientDisconnected, OSError) as error:
        raise UnreadableBody(400, "the body ended too early") from error


def _read_unannounced(stream: IO[bytes], limit: int) -> bytes:
    """A chunked body. Werkzeug's own reading would cut it off at the limit, and say nothing."""
    body = bytearray()
    while chunk := stream.read(CHUNK):
        body += chunk
        if len(body) > limit:
            raise RequestEntityTooLarge
    return bytes(body)
