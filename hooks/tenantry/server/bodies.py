"""Reading the body of a hook request, as far as it may be one."""

from __future__ import annotations

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge


class UnreadableBody(Exception):
    """A body that is not read, with the HTTP status and the sentence that say why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def read_body(request: Request) -> bytes:
    """The body. Raises ``UnreadableBody``.

    A body that is announced to be too long is not read at all; one of unknown length only up to the limit.
    """
    if request.content_type != "application/json" and request.mimetype != "application/json":
        raise UnreadableBody(415, "send the request as Content-Type: application/json")
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise UnreadableBody(
            413,
            f"the body is larger than {request.max_content_length} bytes: raise TENANTRY_MAX_BODY_BYTES, or spread the "
            "children over more parents",
        ) from error
    except ClientDisconnected as error:
        raise UnreadableBody(400, "the body ended before its announced length") from error
