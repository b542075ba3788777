"""Bearer tokens out of a file, compared in constant time.

Several tokens count at once, one a line, so that a token can be replaced without a call that fails: first the server
learns the new one, then Metacontroller shows it, then the old one goes. A second file beside the first, whose name ends
in ``-previous``, counts too: there the old token stands when the first file is shared with Metacontroller, which wants
one token alone.
"""

from __future__ import annotations

import hmac
import logging
from hashlib import sha256
from pathlib import Path
from typing import Final

from tenantry.server.files import Fingerprint, fingerprint

LOGGER = logging.getLogger("tenantry.tokens")
PREVIOUS: Final = "-previous"
_SCHEME: Final = "bearer "


class UnusableTokens(Exception):
    """A file without a token. The message names it."""


class Tokens:
    """The tokens of a file, read again when it changes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._previous = file.with_name(file.name + PREVIOUS)
        self._state: tuple[Fingerprint, tuple[bytes, ...]] = ((), ())
        self._told: Fingerprint = ()

    def read(self) -> tuple[bytes, ...]:
        """Digests of the tokens. Raises ``UnusableTokens``."""
        try:
            lines = self._file.read_bytes().split(b"\n")
            if self._previous.exists():
                lines += self._previous.read_bytes().split(b"\n")
        except OSError as error:
            raise UnusableTokens(f"TENANTRY_TOKEN_FILE {self._file} cannot be read: {error.strerror}") from error
        tokens = {token for line in lines if (token := line.strip())}
        if not tokens:
            raise UnusableTokens(f"TENANTRY_TOKEN_FILE {self._file} has no token: write one a line")
        return tuple(sha256(token).digest() for token in sorted(tokens))

    def accept(self, authorization: str) -> bool:
        """Whether a header ``Authorization`` shows one of the tokens.

        All of them are compared whichever it is, by digests of one length, so the time tells nothing.
        """
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return False
        shown = sha256(authorization[len(_SCHEME) :].strip().encode("latin-1", errors="replace")).digest()
        equal = [hmac.compare_digest(shown, known) for known in self._known()]
        return any(equal)

    def _known(self) -> tuple[bytes, ...]:
        found = fingerprint((self._file, self._previous))
        # Both together in one assignment: threads share this.
        seen, known = self._state
        if found == seen:
            return known
        try:
            known = self.read()
        except UnusableTokens as error:
            if found != self._told:
                LOGGER.error("%s. %s", error, "The tokens of before still count" if known else "Nobody is let in")
                self._told = found
            return known
        self._state = (found, known)
        return known
