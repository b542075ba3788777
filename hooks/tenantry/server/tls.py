"""TLS with certificates from files, which may be rotated at any time.

Each new connection asks for the context. It is made anew when one of the files is another one than before, so a rotated
certificate counts from the next connection on, without a restart. While a rotation is half done (the new certificate
with the old key, say) the last good context goes on serving.
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from threading import Lock

from tenantry.server.files import Fingerprint, fingerprint
from tenantry.settings import Settings

LOGGER = logging.getLogger("tenantry.tls")


class UnusableCertificates(Exception):
    """Files out of which no context can be made. The message names the setting and the file."""


class Certificates:
    """The server's certificate and key, and the authority of its callers' certificates if they must show one."""

    def __init__(self, *, certificate: Path, key: Path, client_ca: Path | None = None) -> None:
        self._certificate, self._key, self._client_ca = certificate, key, client_ca
        self._files = tuple(path for path in (certificate, key, client_ca) if path is not None)
        self._lock = Lock()
        self._seen: Fingerprint = ()
        self._told: Fingerprint = ()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The context for a new connection. Raises ``UnusableCertificates`` while there never was a good one."""
        with self._lock:
            found = fingerprint(self._files)
            if self._context is not None and found == self._seen:
                return self._context
            try:
                context = self._load()
            except UnusableCertificates as error:
                if self._context is None:
                    raise
                if found != self._told:
                    LOGGER.error("%s. The certificates of before stay in use", error)
                    self._told = found
                return self._context
            if self._context is not None:
                LOGGER.info("new certificates are in use")
            # Files that change while they are read differ from what was seen before: the next connection reads again.
            self._seen, self._context = found, context
            return context

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(self._certificate, self._key, password="")
        except (OSError, ValueError) as error:
            files = f"TENANTRY_TLS_CERTIFICATE {self._certificate} and TENANTRY_TLS_KEY {self._key}"
            raise UnusableCertificates(
                f"{files} are not a certificate in PEM with its key, without a password: {_reason(error)}"
            ) from error
        if self._client_ca is not None:
            try:
                context.load_verify_locations(self._client_ca)
            except (OSError, ValueError) as error:
                text = f"TENANTRY_TLS_CLIENT_CA {self._client_ca} is not a certificate in PEM: {_reason(error)}"
                raise UnusableCertificates(text) from error
            # Optional, because probes show none. What is shown must be valid; who needs one is decided by path.
            context.verify_mode = ssl.CERT_OPTIONAL
        return context


def certificates(settings: Settings) -> Certificates | None:
    """What the settings name; none if the server speaks plain HTTP."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Certificates(certificate=settings.tls_certificate, key=settings.tls_key, client_ca=settings.tls_client_ca)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or type(error).__name__
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else type(error).__name__
