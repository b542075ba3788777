"""Who may call: whoever shows a token, or a client certificate, where the settings want them.

Some paths are for everybody. Probes of the kubelet can show nothing, and their answer tells nothing. The API server
shows nothing either when it asks about templates and registries, unless its own configuration files are changed: the
answer to that is made of the question alone.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, request
from structlog.typing import FilteringBoundLogger

from tenantry.server.answers import TEXT_HEADERS
from tenantry.server.logs import shown
from tenantry.server.tokens import Tokens
from tenantry.settings import Settings

OPEN_PATHS: Final = frozenset(("/healthz", "/readyz", "/validate"))
METRICS_PATH: Final = "/metrics"
"""Needs the token, but no certificate: Prometheus has none as a rule."""
_UNAUTHORIZED: Final = (
    "this path needs a token of TENANTRY_TOKEN_FILE as Authorization: Bearer: set authorization in spec.hooks of the "
    "controller's YAML"
)
_FORBIDDEN: Final = (
    "this path needs a client certificate of TENANTRY_TLS_CLIENT_CA: set clientTLS in spec.hooks of the controller's "
    "YAML"
)


def guard(app: Flask, settings: Settings, logger: FilteringBoundLogger) -> None:
    """Have the application refuse callers that show less than the settings want. Nothing wanted costs nothing."""
    if settings.token_file is not None or settings.tls_client_ca is not None:
        app.before_request(_checking(settings, logger))


def _checking(settings: Settings, logger: FilteringBoundLogger) -> Callable[[], Response | None]:
    tokens = None if settings.token_file is None else Tokens(settings.token_file)
    certificate_wanted = settings.tls_client_ca is not None

    def check() -> Response | None:
        path = request.path
        if path in OPEN_PATHS:
            return None
        if certificate_wanted and path != METRICS_PATH and not _has_certificate(request.environ):
            return _refuse(logger, HTTPStatus.FORBIDDEN, _FORBIDDEN)
        if tokens is not None and not tokens.accept(request.headers.get("Authorization", "")):
            return _refuse(logger, HTTPStatus.UNAUTHORIZED, _UNAUTHORIZED)
        return None

    return check


def _has_certificate(environ: dict[str, Any]) -> bool:
    """Whether the handshake verified a certificate of the caller: one that is not valid ends the handshake."""
    connection = environ.get("gunicorn.socket")
    return isinstance(connection, ssl.SSLSocket) and connection.getpeercert(binary_form=True) is not None


def _refuse(logger: FilteringBoundLogger, status: HTTPStatus, text: str) -> Response:
    # What the caller showed is not told: it may be a good token with a typing error.
    logger.warning("denied", path=shown(request.path), status=int(status), caller=request.remote_addr)
    headers = list(TEXT_HEADERS)
    if status is HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", "Bearer"))
    return Response(text, status, headers)
