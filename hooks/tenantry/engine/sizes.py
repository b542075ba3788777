"""How large objects may be: an API server takes no larger ones, and a request must hold all those of a tenant."""

from __future__ import annotations

from typing import Final

MEBIBYTE: Final = 1024 * 1024
MAX_OBJECT_BYTES: Final = MEBIBYTE
"""JSON of one object as it is rendered. etcd takes 1.5 MiB, of which status and managed fields need their part."""
MAX_TENANT_BYTES: Final = 8 * MEBIBYTE
"""JSON of all objects of a tenant: each of its requests carries them as they are observed, two to three times as large,
and a server takes 32 MiB by default."""


class Room:
    """Bytes that the objects of one tenant may still take, handed out in the order of the plan."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_TENANT_BYTES

    @property
    def used(self) -> int:
        """Bytes of all objects that have their place."""
        return MAX_TENANT_BYTES - self.left

    def refusal(self, size: int) -> str:
        """Why an object of this many bytes has no place; empty if it has one, which is taken then."""
        if size > MAX_OBJECT_BYTES:
            limit = f"{MAX_OBJECT_BYTES:,} are allowed"
            return f"the object would have {size:,} bytes; {limit}: shorten it, or split it into several objects"
        if size > self.left:
            limit = f"{MAX_TENANT_BYTES:,} bytes"
            return (
                f"the objects of this tenant would have more than {limit} with the {size:,} of this one: shorten them"
            )
        self.left -= size
        return ""
