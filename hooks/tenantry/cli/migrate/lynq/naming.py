"""Names of ours for Lynq's objects: their own where they are possible."""

from __future__ import annotations

import re
from collections.abc import Collection
from hashlib import sha256
from typing import Final

LONGEST_REGISTRY: Final = 24
LONGEST_TEMPLATE: Final = 52
LONGEST_ID: Final = 63
_OTHERS: Final = re.compile(r"[^a-z0-9]+")
_DIGITS: Final = 6


def name_for(name: str, longest: int, *, letter_first: bool = False) -> str:
    """A DNS label of at most so many characters: the name itself if it is one, else a cleaned part and a hash."""
    cleaned = _OTHERS.sub("-", name.lower()).strip("-")
    first = re.match("[a-z]" if letter_first else "[a-z0-9]", cleaned)
    if name == cleaned and len(name) <= longest and first:
        return name
    hashed = sha256(name.encode()).hexdigest()[:_DIGITS]
    prefix = "" if first else "x-" if cleaned else "x"
    return f"{prefix}{cleaned}"[: longest - _DIGITS - 1].rstrip("-") + f"-{hashed}"


def registry_name(hub: str) -> str:
    """Name of the TenantRegistry for a LynqHub."""
    return name_for(hub, LONGEST_REGISTRY)


def template_name(form: str) -> str:
    """Name of the TenantTemplate for a LynqForm."""
    return name_for(form, LONGEST_TEMPLATE)


def entry_ids(ids: Collection[str]) -> dict[str, str]:
    """Ids of entries by those of Lynq's resources. No two become the same."""
    return {id_: name_for(id_, LONGEST_ID, letter_first=True) for id_ in ids}
