"""Keys, tokens and kubeconfig of a control plane that lives for minutes on loopback."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

_EC_KEY_HEAD = bytes.fromhex("30310201010420")
_EC_KEY_TAIL = bytes.fromhex("a00a06082a8648ce3d030107")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files in the data folder of a control plane."""

    token: str
    token_file: Path
    service_account_key: Path


def write_credentials(folder: Path) -> Credentials:
    """New credentials: an administrator's bearer token, and the key that signs the tokens of service accounts."""
    token = secrets.token_urlsafe(32)
    credentials = Credentials(token, folder / "tokens.csv", folder / "service-accounts.key")
    _write_private(credentials.token_file, f'{token},tenantry,tenantry,"system:masters"\n')
    _write_private(credentials.service_account_key, _private_key())
    return credentials


def write_kubeconfig(file: Path, *, url: str, token: str, certificate_authority: Path) -> None:
    """A kubeconfig with one context, that of the administrator."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "tenantry", "cluster": {"server": url, "certificate-authority": str(certificate_authority)}}
        ],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "tenantry", "context": {"cluster": "tenantry", "user": "admin"}}],
        "current-context": "tenantry",
    }
    _write_private(file, yaml.safe_dump(config))


def _private_key() -> str:
    """A private key of curve P-256 in PEM (RFC 5915): 32 random bytes in a frame that is always the same.

    The first bit is cleared, which keeps the number below the order of the curve.
    """
    number = bytes([secrets.randbelow(127) + 1]) + secrets.token_bytes(31)
    body = base64.encodebytes(_EC_KEY_HEAD + number + _EC_KEY_TAIL).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{body}-----END EC PRIVATE KEY-----\n"


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
