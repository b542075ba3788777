"""Who asked what of the API server, out of its own audit log: each answered request, with its client and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import orjson
import yaml

from tenantry.sandbox.workloads import FIELD_MANAGER as WORKLOADS

METACONTROLLER: Final = "Metacontroller"
LOOP: Final = "loop"
BENCH: Final = "bench"
DRIVERS: Final = (METACONTROLLER, LOOP)
_POLICY: Final = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "None", "verbs": ["watch"]}, {"level": "Metadata"}],
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that the API server answered."""

    client: str
    verb: str
    resource: str
    """With the subresource: ``tenants/status``. Empty for discovery and health."""
    namespace: str
    name: str
    code: int
    time: datetime

    @property
    def key(self) -> str:
        """What it is about, whoever asks."""
        return f"{self.resource} {self.namespace}/{self.name}"


class AuditLog:
    """An audit log in a folder, read as it grows."""

    def __init__(self, folder: Path, *, loop: bool) -> None:
        """``loop`` tells whether our own loop drives the hooks: its requests look like those of the bench."""
        self._file = folder / "audit.log"
        self._policy = folder / "audit-policy.yaml"
        self._policy.write_text(yaml.safe_dump(_POLICY))
        self._others = LOOP if loop else BENCH
        self._offset = 0

    @property
    def flags(self) -> list[str]:
        """What kube-apiserver must be started with to write it."""
        return [
            f"--audit-policy-file={self._policy}",
            f"--audit-log-path={self._file}",
            "--audit-log-maxsize=4000",
        ]

    def news(self) -> list[Request]:
        """The requests since the last call."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as log:
            log.seek(self._offset)
            data = log.read()
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        return list(self._requests(complete))

    def _requests(self, lines: bytes) -> Iterator[Request]:
        for line in lines.splitlines():
            event: dict[str, Any] = orjson.loads(line)
            about: dict[str, Any] = event.get("objectRef") or {}
            subresource = f"/{about['subresource']}" if about.get("subresource") else ""
            yield Request(
                client=self._client(event),
                verb=event["verb"],
                resource=about.get("resource", "") + subresource,
                namespace=about.get("namespace", ""),
                name=about.get("name", ""),
                code=(event.get("responseStatus") or {}).get("code", 0),
                time=datetime.fromisoformat(event["stageTimestamp"]),
            )

    def _client(self, event: dict[str, Any]) -> str:
        program: str = event.get("userAgent", "").partition("/")[0]
        if program == "metacontroller":
            return METACONTROLLER
        if not program.startswith("python"):
            return program
        manager = parse_qs(urlsplit(event["requestURI"]).query).get("fieldManager", [""])[0]
        if manager == WORKLOADS:
            return "workloads"
        return BENCH if manager == BENCH else self._others
