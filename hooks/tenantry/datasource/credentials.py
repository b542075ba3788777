"""What a source needs beside its spec to be let in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Credentials:
    """Contents of Secrets. Nothing of it is ever shown."""

    password: bytes | None = field(default=None, repr=False)
    authorities: bytes | None = field(default=None, repr=False)
    """Certificates in PEM that are trusted; those of the system without it."""
    certificate: bytes | None = field(default=None, repr=False)
    """The client's own certificate in PEM."""
    key: bytes | None = field(default=None, repr=False)
    """Its private key in PEM."""


NO_CREDENTIALS: Final = Credentials()
