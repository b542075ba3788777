"""Microseconds of processor time that hook calls take, beside the floor that no hook in Python can be under."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import process_time_ns

import orjson

from tenantry.engine.compile import compile_content
from tenantry.protocol import CustomizeRequest, JSONObject, SyncRequest
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
        deadline = process_time_ns() + int(SECONDS * 1e9)
        while process_time_ns() < deadline or len(times["total"]) < LEAST_CALLS:
            for index, (each, answer) in enumerate(zip(recorded, decoded, strict=True)):
                # In turn, so that a busy machine slows all three alike; the call is that of another request, so that it
                # does not find what the hook remembered just before.
                other = recorded[(index + len(recorded) // 2) % len(recorded)]
                times["floor"].append(_time_of_json(each.body, answer))
                times["hook"].append(_time_of_hook(controller, hook, each))
                times["total"].append(_time_of_call(controller, hook, other))
    floor, alone, total = (median(times[name]) / 1000 for name in ("floor", "hook", "total"))
    return Measured(len(recorded[0].body), len(answers[0].body), len(times["total"]), floor, alone, total)


def _time_of_json(body: bytes, answer: object) -> int:
    started = process_time_ns()
    orjson.loads(body)
    orjson.dumps(answer)
    return process_time_ns() - started


def _time_of_call(controller: Controller, hook: Hook, recorded: Recorded) -> int:
    started = process_time_ns()
    call(controller, hook, recorded.body, now=recorded.now)
    return process_time_ns() - started


def _time_of_hook(controller: Controller, hook: Hook, recorded: Recorded) -> int:
    body = orjson.loads(recorded.body)
    if hook == "customize" and controller.customize is not None:
        question = CustomizeRequest.parse(body)
        started = process_time_ns()
        controller.customize(question)
        return process_time_ns() - started
    function = controller.finalize if hook == "finalize" and controller.finalize is not None else controller.sync
    request = SyncRequest.parse(body)
    started = process_time_ns()
    function(request, now=recorded.now)
    return process_time_ns() - started


def measure_compile(template: JSONObject) -> float:
    """Milliseconds of compiling a template's revision when no worker knows it, as a median."""
    content = orjson.dumps(template["spec"]["resources"])
    times = []
    with _collector_as_in_workers():
        for _ in range(LEAST_CALLS):
            compile_content.cache_clear()
            started = process_time_ns()
            compile_content(content)
            times.append(process_time_ns() - started)
    return median(times) / 1e6


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
