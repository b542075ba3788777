"""Microseconds of hook calls, beside the floor that no hook in Python can be under."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter_ns

import orjson

from tenantry.protocol import CustomizeRequest, SyncRequest
from tenantry.server.call import call
from tenantry.server.hooks import Controller, Hook
from tenantry.server.memory import relax_collector
from tests.bench.recording import Recorded

SECONDS = 3.0
LEAST_CALLS = 30


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians in microseconds, and sizes in bytes of the first request and its answer."""

    request: int
    answer: int
    calls: int
    floor: float
    """Decoding the request and encoding the answer with orjson."""
    hook: float
    """The hook's function alone."""
    total: float
    """From the request's bytes to the answer's bytes: floor, hook, and what the server checks."""

    @property
    def ratio(self) -> float:
        """How many times the floor the whole takes."""
        return self.total / self.floor

    @property
    def own(self) -> float:
        """All that is not JSON."""
        return self.total - self.floor


def measure(controller: Controller, hook: Hook, recorded: Sequence[Recorded]) -> Measured:
    """Call a hook with these requests in turn. Raises ``RuntimeError`` if one is not answered with 200."""
    answers = [call(controller, hook, each.body, now=each.now) for each in recorded]
    for answer in answers:
        if answer.status != 200:
            raise RuntimeError(answer.body.decode())
    decoded = [orjson.loads(answer.body) for answer in answers]
    times: dict[str, list[int]] = {"floor": [], "hook": [], "total": []}
    with _collector_as_in_workers():
        deadline = perf_counter_ns() + int(SECONDS * 1e9)
        while perf_counter_ns() < deadline or len(times["total"]) < LEAST_CALLS:
            # One after the other, so that no call finds what the one before remembered of the same request.
            times["floor"] += [_time_of_json(each.body, answer) for each, answer in zip(recorded, decoded, strict=True)]
            times["hook"] += [_time_of_hook(controller, hook, each) for each in recorded]
            times["total"] += [_time_of_call(controller, hook, each) for each in recorded]
    floor, alone, total = (median(times[name]) / 1000 for name in ("floor", "hook", "total"))
    return Measured(len(recorded[0].body), len(answers[0].body), len(times["total"]), floor, alone, total)


def _time_of_json(body: bytes, answer: object) -> int:
    started = perf_counter_ns()
    orjson.loads(body)
    orjson.dumps(answer)
    return perf_counter_ns() - started


def _time_of_call(controller: Controller, hook: Hook, recorded: Recorded) -> int:
    started = perf_counter_ns()
    call(controller, hook, recorded.body, now=recorded.now)
    return perf_counter_ns() - started


def _time_of_hook(controller: Controller, hook: Hook, recorded: Recorded) -> int:
    body = orjson.loads(recorded.body)
    if hook == "customize" and controller.customize is not None:
        question = CustomizeRequest.parse(body)
        started = perf_counter_ns()
        controller.customize(question)
        return perf_counter_ns() - started
    function = controller.finalize if hook == "finalize" and controller.finalize is not None else controller.sync
    request = SyncRequest.parse(body)
    started = perf_counter_ns()
    function(request, now=recorded.now)
    return perf_counter_ns() - started


@contextmanager
def _collector_as_in_workers() -> Iterator[None]:
    """The collector of cycles as gunicorn's workers run it."""
    before = gc.get_threshold()
    relax_collector()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
