"""What tests of several parts share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.registry import turns


@pytest.fixture(scope="module")
def short_turns() -> Iterator[None]:
    """New Tenants of two slices are never made at one time: what must hold for all tenants holds in turns, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "AT_A_TIME", 1)
        yield
