"""What the server knows of a controller: its name and its hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tenantry.protocol import CustomizeRequest, CustomizeResponse, SyncRequest, SyncResponse

Hook = Literal["sync", "finalize", "customize"]
"""The hooks of a CompositeController, as the last part of their path."""


class SyncHook(Protocol):
    """A pure function that answers what should exist."""

    def __call__(self, request: SyncRequest, *, now: datetime) -> SyncResponse:
        """Raises ``TryLater`` when the answer is not known now, for a passing reason."""


CustomizeHook = Callable[[CustomizeRequest], CustomizeResponse]


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller under the first part of its hooks' paths, for example ``tenants``."""

    name: str
    sync: SyncHook
    finalize: SyncHook | None = None
    customize: CustomizeHook | None = None

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """The hooks that this controller has."""
        named: tuple[tuple[Hook, object], ...] = (
            ("sync", self.sync),
            ("finalize", self.finalize),
            ("customize", self.customize),
        )
        return tuple(name for name, function in named if function is not None)
