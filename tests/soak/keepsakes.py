"""Retained objects: each that was ever seen must be there for ever, and be the same."""

from __future__ import annotations

import threading

from tenantry.sandbox.cluster import Cluster, Event


class Keepsakes:
    """Watches the retained ConfigMaps of a fleet, by the end of their names."""

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self._prefix = prefix
        self._lock = threading.Lock()
        self._seen: dict[str, str] = {}
        self._losses: list[str] = []
        self._stop = cluster.watch(cluster.resource_type("v1", kind="ConfigMap"), self._see)

    @property
    def seen(self) -> int:
        """How many there were."""
        with self._lock:
            return len(self._seen)

    def losses(self) -> list[str]:
        """What was lost, or made anew."""
        with self._lock:
            return list(self._losses)

    def close(self) -> None:
        """Watch no longer."""
        self._stop()

    def _see(self, event: Event) -> None:
        metadata = event.object["metadata"]
        name, uid = metadata["name"], metadata["uid"]
        if not (name.startswith(self._prefix) and name.endswith("-keepsake")):
            return
        with self._lock:
            if event.type == "DELETED":
                self._losses.append(f"ConfigMap {name} was deleted")
            elif self._seen.setdefault(name, uid) != uid:
                self._losses.append(f"ConfigMap {name} was made anew")
