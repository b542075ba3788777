"""How a sync can end other than well."""

from __future__ import annotations

from collections.abc import Sequence


class SyncFailed(Exception):
    """A sync that did not finish: it becomes an Event on the parent and is tried again with back-off."""

    @classmethod
    def together(cls, errors: Sequence[Exception]) -> SyncFailed:
        """Several failures as one, in the form in which Metacontroller's Events show them."""
        texts = list(dict.fromkeys(str(error) for error in errors))
        return cls(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")


class HookFailed(SyncFailed):
    """A hook that did not answer, or not with something that can be used."""


class HookBusy(Exception):
    """A hook answered 429: ask again after ``seconds``, without an Event and without back-off."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the hook asks to be called again in {seconds} s")
        self.seconds = seconds
