"""How to reach an API server: address and credentials, from a kubeconfig file or given directly."""

from __future__ import annotations

import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class KubeconfigError(ValueError):
    """A kubeconfig file that does not say how to reach a cluster. The message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Access:
    """The address of an API server and what it takes to be let in. Certificates and keys are PEM text."""

    url: str
    token: str = ""
    ca: str = ""
    client_certificate: str = ""
    client_key: str = ""
    insecure: bool = False
    """Do not verify the server's certificate. For throw-away clusters with a self-signed one."""

    def ssl_context(self) -> ssl.SSLContext:
        """The TLS settings; the system's certificate authorities count where ``ca`` is empty."""
        context = ssl.create_default_context(cadata=self.ca or None)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.client_certificate:
            _load_client_certificate(context, self.client_certificate, self.client_key)
        return context


def read_kubeconfig(path: Path | str, *, context: str = "") -> Access:
    """The access that a kubeconfig file describes for a context (the current one by default).

    Understands certificates and tokens, in the file or beside it; no credential plugins. Raises ``KubeconfigError``.
    """
    path = Path(path)
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(config, dict):
        raise KubeconfigError(f"{path} is not a kubeconfig file")
    chosen = _entry(path, config, "contexts", context or config.get("current-context", ""))["context"]
    cluster = _entry(path, config, "clusters", chosen.get("cluster", ""))["cluster"]
    user = _entry(path, config, "users", chosen["user"]).get("user") or {} if chosen.get("user") else {}
    return Access(
        url=cluster["server"],
        token=user.get("token", "") or _text(path, user.get("tokenFile", "")).strip(),
        ca=_material(path, cluster, "certificate-authority"),
        client_certificate=_material(path, user, "client-certificate"),
        client_key=_material(path, user, "client-key"),
        insecure=bool(cluster.get("insecure-skip-tls-verify", False)),
    )


def _entry(path: Path, config: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    for entry in config.get(section) or []:
        if entry.get("name") == name:
            found: dict[str, Any] = entry
            return found
    raise KubeconfigError(f"{path} has no entry {name!r} in {section}")


def _material(path: Path, entry: dict[str, Any], field: str) -> str:
    """PEM text that is either inline (``<field>-data``, base64) or in a file named relative to the kubeconfig."""
    if data := entry.get(f"{field}-data"):
        return base64.b64decode(data).decode("ascii")
    return _text(path, entry.get(field, ""))


def _text(path: Path, name: str) -> str:
    return (path.parent / name).read_text(encoding="ascii") if name else ""


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load a key pair; the ssl module reads it from files only, so it is written to one for a moment."""
    descriptor, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(certificate + "\n" + key)
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()
