"""Certificates for servers and clients that live for minutes."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.databases.account import give_to_servers


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certification authority, and files in PEM that it signed."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.crt"

    def certificate(self, name: str) -> Path:
        """The certificate of ``server`` or ``client``."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key of ``server`` or ``client``."""
        return self.folder / f"{name}.key"


def make_certificates(folder: Path, openssl: Path, *, host: str = "localhost", client: str = "shops") -> Certificates:
    """A new authority with a certificate for a server of this host name and one for a client of this user name."""
    made = Certificates(folder)
    folder.mkdir(exist_ok=True)
    give_to_servers(folder)
    authority = ["-x509", "-subj", "/CN=tests", "-addext", "basicConstraints=critical,CA:TRUE"]
    authority += ["-addext", "keyUsage=critical,keyCertSign"]
    _request(openssl, [*authority, "-keyout", str(made.key("ca")), "-out", str(made.ca)])
    for name, common_name in (("server", host), ("client", client)):
        signed = ["-x509", "-CA", str(made.ca), "-CAkey", str(made.key("ca")), "-subj", f"/CN={common_name}"]
        signed += ["-addext", f"subjectAltName=DNS:{common_name}", "-addext", "basicConstraints=CA:FALSE"]
        _request(openssl, [*signed, "-keyout", str(made.key(name)), "-out", str(made.certificate(name))])
    return made


def _request(openssl: Path, options: list[str]) -> None:
    key_kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([str(openssl), "req", *key_kind, *options], check=True, capture_output=True)
    for name in ("-keyout", "-out"):
        file = Path(options[options.index(name) + 1])
        file.chmod(0o600)
        give_to_servers(file)
