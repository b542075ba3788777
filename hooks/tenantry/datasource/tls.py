"""Encryption of connections: as a context for drivers that take one, as files for those that want files."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from pathlib import Path
from typing import Final

from tenantry.datasource.credentials import Credentials
from tenantry.datasource.result import SourceError, SourceErrorKind
from tenantry.kinds.source import SourceTLS

VERIFYING: Final = frozenset({"verify-ca", "verify-full"})
"""Modes in which the server's certificate counts."""


def tls_context(tls: SourceTLS, credentials: Credentials) -> ssl.SSLContext:
    """A context that verifies what the mode says. Raises ``SourceError`` for certificates that nobody can read."""
    context = ssl.create_default_context()
    context.check_hostname = tls.mode == "verify-full"
    verified = tls.mode in VERIFYING
    context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
    try:
        if verified and credentials.authorities:
            # Those of the system are not trusted beside the one that is named.
            context = _without_authorities(tls)
            context.load_verify_locations(cadata=credentials.authorities.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise _unreadable("spec.source tls.caRef", "certificates in PEM") from error
    if credentials.certificate and credentials.key:
        folder = write_files({"tls.crt": credentials.certificate, "tls.key": credentials.key})
        try:
            context.load_cert_chain(folder / "tls.crt", folder / "tls.key", password="")
        except (ssl.SSLError, ValueError) as error:
            raise _unreadable("spec.source tls.clientCertificateRef", "a certificate and its key in PEM") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return context


def write_files(contents: dict[str, bytes]) -> Path:
    """A new folder that only we can read, with these files in it. Raises ``SourceError`` if it cannot be made."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="tenantry-tls-"))
        for name, content in contents.items():
            file = folder / name
            file.touch(mode=0o600)
            file.write_bytes(content)
    except OSError as error:
        message = f"the certificates of spec.source tls find no folder: {error.strerror}. Give the webhooks a /tmp."
        raise SourceError(SourceErrorKind.TLS, message) from error
    return folder


def system_authorities() -> str:
    """File with the authorities that the system trusts; empty if it has none."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or ""


def _without_authorities(tls: SourceTLS) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = tls.mode == "verify-full"
    return context


def _unreadable(field: str, what: str) -> SourceError:
    return SourceError(SourceErrorKind.TLS, f"the Secret of {field} does not hold {what}.")
