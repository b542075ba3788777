"""Quiet: when nothing changes, nothing is written and no hook is called but the registry's poll."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from tests.scenarios.harness.hook_log import HookCall, HookLog
from tests.scenarios.harness.record import Belongs, Change, Recorder, changed_fields

QUIET_SECONDS: Final = 3.0
"""So long nothing may happen. At least two polls fall into it."""
SETTLE_SECONDS: Final = 30.0
"""So long the end of a scenario may echo: a real API server takes five seconds to begin with a deleted Namespace."""


class NotQuiet(AssertionError):
    """Something is written, or asked, again and again."""


def wait_for_quiet(
    recorder: Recorder, log: HookLog, belongs: Belongs, prefix: str, *, settle_seconds: float = SETTLE_SECONDS
) -> None:
    """Return once nothing happened for ``QUIET_SECONDS``. Raises ``NotQuiet`` with what did not stop.

    ``prefix`` is the beginning of the names of the parents whose hooks count.
    """
    deadline = time.monotonic() + settle_seconds
    while True:
        started, position = time.monotonic(), log.position()
        writes: list[Change] = []
        calls: list[HookCall] = []
        while not writes and not calls and time.monotonic() < started + QUIET_SECONDS:
            time.sleep(0.1)
            writes = [change for change in recorder.changes(belongs, since=started) if not is_poll(change)]
            calls = [call for call in log.calls(since=position) if _is_noise(call, prefix)]
        if not writes and not calls:
            return
        if time.monotonic() > deadline:
            raise NotQuiet("\n".join(["it does not become quiet:", *_lines(writes), *(call.line for call in calls)]))


def is_poll(change: Change) -> bool:
    """Whether a change is no more than the note that a registry polled its source."""
    return (
        change.after["kind"] == "TenantRegistry"
        and change.before is not None
        and changed_fields(change.before, change.after) <= {"status.source"}
    )


def _is_noise(call: HookCall, prefix: str) -> bool:
    """Hooks of slices and tenants have no reason to be called; a poll calls its registry's and wakes the templates."""
    return call.parent.startswith(prefix) and call.controller in ("slices", "tenants")


def _lines(changes: Iterable[Change]) -> list[str]:
    return [str(change) for change in changes]
