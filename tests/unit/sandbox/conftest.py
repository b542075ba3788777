"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.sandbox.loop_world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A cluster with hooks and a controller loop that is not started yet."""
    with World() as world:
        yield world
