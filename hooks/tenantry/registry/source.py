"""The registry's way to its rows: the one module here that reads a database."""

from __future__ import annotations

import time
from hashlib import sha256
from threading import Lock

import orjson
from cachetools import LRUCache

from tenantry.conditions import Reason
from tenantry.datasource import Activation, SourceError, probe_table, read_rows
from tenantry.kinds.source import seconds_of
from tenantry.registry.polling import Errand, Fetched, PollFailed
from tenantry.registry.sharding import label_columns
from tenantry.registry.values import Unusable, canonical

_probes: LRUCache[str, tuple[float, str]] = LRUCache(1024)
"""Source → when it was probed last, and the answer: syncs come more often than probes shall."""
_probes_lock = Lock()


def poll(errand: Errand) -> Fetched:
    """The rows of the registry's table with the columns that it maps. Raises ``PollFailed``."""
    mappings = errand.spec.value_mappings
    try:
        result = read_rows(
            errand.spec.source,
            [
                mappings.uid,
                mappings.activate,
                *([mappings.priority] if mappings.priority else ()),
                *errand.spec.extra_value_mappings.values(),
                *errand.spec.secret_value_mappings.values(),
                *label_columns(errand.spec),
            ],
            credentials=errand.credentials,
            owner=errand.registry,
            activation=Activation(mappings.uid, mappings.activate),
        )
    except SourceError as error:
        raise PollFailed(str(error), reason=Reason(error.kind.value)) from error
    return Fetched(result.rows, result.milliseconds)


def probe(errand: Errand) -> str:
    """A digest that changes with the table, as far as its probe can tell. Raises ``PollFailed``.

    Within the probe's interval, and in this process, the answer stays the same.
    """
    source = errand.spec.source
    assert source.probe is not None
    key = f"{errand.registry} {source.model_dump_json()}"
    now = time.monotonic()
    with _probes_lock:
        asked, answer = _probes.get(key, (-float("inf"), ""))
    if now - asked < seconds_of(source.probe.interval):
        return answer
    try:
        greatest, count = probe_table(source, credentials=errand.credentials, owner=errand.registry)
        answer = sha256(orjson.dumps([canonical(greatest), count])).hexdigest()[:10]
    except SourceError as error:
        raise PollFailed(str(error), reason=Reason(error.kind.value)) from error
    except Unusable as error:
        raise PollFailed(f"column {source.probe.column!r} of source.probe {error}.") from error
    with _probes_lock:
        _probes[key] = (now, answer)
    return answer
