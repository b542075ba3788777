"""What the store knows about the shape of objects: one tree of nodes, for built-in kinds and custom resources alike.

Server-side apply needs to know which lists are associative and what is atomic ("Merge strategy" in the Kubernetes
documentation of server-side apply); decoding needs to know the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final


class Form(Enum):
    """How server-side apply looks at a value."""

    SCALAR = "scalar"
    MAP = "map"
    """A structure, a map, or both: named fields and further keys."""
    LIST = "list"
    DEDUCED = "deduced"
    """No schema: maps are granular, lists are atomic."""


class Absent(Enum):
    """The type of ``ABSENT``: no value at all, which is not the same as null."""

    TOKEN = "absent"


ABSENT: Final = Absent.TOKEN


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """One node. Which attributes mean something depends on ``form``."""

    form: Form
    type: str = ""
    """Of scalars: string, int, bool, number, bytes, quantity, intstr or time."""
    fields: Mapping[str, Schema] = field(default_factory=dict)
    values: Schema | None = None
    """What keys that are not fields have as value; None when there are no such keys."""
    items: Schema | None = None
    keys: tuple[str, ...] = ()
    """The fields that identify an item of an associative list."""
    is_set: bool = False
    atomic: bool = False
    marks: Mapping[str, str] = field(default_factory=dict)
    """How fields behave when they are zero: see ``notation``."""
    default: Any = ABSENT
    rules: Mapping[str, Any] = field(default_factory=dict)
    """The OpenAPI schema of a custom resource's value, for its validation."""

    @property
    def associative(self) -> bool:
        """Whether items have an identity of their own in server-side apply."""
        return self.is_set or bool(self.keys)

    def child(self, key: str) -> Schema | None:
        """The schema under a key of a map; None if there cannot be such a key."""
        return self.fields.get(key) or self.values


DEDUCED: Final = Schema(Form.DEDUCED)
