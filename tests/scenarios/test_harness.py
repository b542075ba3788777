"""The checks that end every scenario can fail: they see a restless writer, and every hook that is called."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.scenarios.harness.quiet import NotQuiet
from tests.scenarios.harness.world import World


@contextmanager
def somebody_restless(world: World) -> Iterator[None]:
    """Somebody who changes a label of a shop's Namespace twice a second."""
    done = threading.Event()

    def write() -> None:
        count = 0
        while not done.wait(0.5):
            count += 1
            world.edit(world.namespace("acme"), {"metadata": {"labels": {"example.com/count": str(count)}}})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_an_object_that_is_written_again_and_again_is_not_quiet(world: World) -> None:
    world.apply_template(world.namespace_entry(), registry=False)
    world.apply_tenant("acme")
    world.until_ready("acme")

    with somebody_restless(world), pytest.raises(NotQuiet, match=rf"Namespace {world.name}-acme .*metadata\.labels"):
        world.quiet(settle_seconds=2)


def test_every_hook_call_is_seen(world: World) -> None:
    position = world.backend.hook_log.position()
    world.apply_template(world.namespace_entry(), registry=False)
    world.apply_tenant("acme")
    world.until_ready("acme")

    calls = world.backend.hook_log.calls(since=position)

    seen = {(call.controller, call.hook, call.outcome) for call in calls if call.parent == world.tenant_name("acme")}
    assert seen == {("tenants", "customize", "ok"), ("tenants", "sync", "ok")}
