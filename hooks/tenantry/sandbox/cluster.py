"""What a cluster offers to the controller loop, to the workload simulator and to tests.

Two things are a ``Cluster``: the in-process store and a client of a real API server. Methods behave as the Kubernetes
API documents them, errors included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from tenantry.protocol import JSONObject

Propagation = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A served resource: what discovery tells about it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def __str__(self) -> str:
        return f"{self.kind}.{self.api_version}"


class Event(NamedTuple):
    """A change of one object, with the object as it is after the change (as it was last, when deleted)."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: JSONObject


class ApiError(Exception):
    """A refusal of the API server: HTTP status code, Kubernetes reason (``Conflict``, ``Invalid``…) and message."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message


class NotFound(ApiError):
    """The object, or its resource type, does not exist (404)."""

    def __init__(self, message: str) -> None:
        super().__init__(404, "NotFound", message)


class Cluster(Protocol):
    """Typed access to the objects of a cluster. All methods are safe to call from several threads.

    Objects that come back belong to the caller: changing them changes nothing in the cluster.
    """

    def resource_type(self, api_version: str, *, kind: str = "", plural: str = "") -> ResourceType:
        """The resource of this version and kind (or lower-case plural). Raises ``NotFound``."""

    def resource_types(self) -> Sequence[ResourceType]:
        """Every served resource that can be listed and watched."""

    def get(self, kind: ResourceType, name: str, namespace: str = "") -> JSONObject:
        """One object. Raises ``NotFound``."""

    def list(self, kind: ResourceType, *, namespace: str = "", labels: str = "") -> list[JSONObject]:
        """All objects of a type, of one namespace if given; ``labels`` is a label selector as kubectl takes it."""

    def create(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Create an object (POST). Raises ``ApiError``, with reason ``AlreadyExists`` among others."""

    def update(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object (PUT); a ``resourceVersion`` in it must be the current one, else ``Conflict``."""

    def update_status(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object's status (PUT on the status subresource)."""

    def patch(
        self, kind: ResourceType, name: str, patch: JSONObject, *, namespace: str = "", field_manager: str
    ) -> JSONObject:
        """JSON merge patch: null deletes a key, lists are replaced."""

    def apply(self, kind: ResourceType, obj: JSONObject, *, field_manager: str, force: bool = False) -> JSONObject:
        """Server-side apply. Without ``force``, fields of others raise ``ApiError`` with reason ``Conflict``."""

    def delete(
        self,
        kind: ResourceType,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        propagation: Propagation = "Background",
    ) -> None:
        """Delete an object; with ``uid`` only that very one. Raises ``NotFound``, or ``ApiError`` ``Conflict``."""

    def watch(self, kind: ResourceType, handler: Callable[[Event], Any]) -> Callable[[], None]:
        """Call ``handler`` with every object that exists (as ``ADDED``) and then with each change, in order.

        Returns once the existing objects are delivered. The handler runs on a thread of the cluster's choice, never on
        two at a time, and must not call the cluster. The answer is a function that ends the watch.
        """

    def close(self) -> None:
        """End all watches and connections."""
