"""Places in an object: how they are written, and where Kubernetes wants a string, whatever value stands there."""

from __future__ import annotations

from typing import Final

from tenantry.scopes import group_of

_STRING_MAPS: Final = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_DATA_KINDS: Final = frozenset({"ConfigMap", "Secret"})
_DATA_FIELDS: Final = frozenset({"data", "stringData", "binaryData"})
_STRING_LISTS: Final = frozenset({"args", "command"})

Path = tuple[str | int, ...]


def wants_string(api_version: str, kind: str, path: Path) -> bool:
    """Whether Kubernetes wants a string at this path of an object of this kind, whatever the value is."""
    if len(path) == 1:
        return path[0] in ("apiVersion", "kind")
    if path in (("metadata", "name"), ("metadata", "namespace")):
        return True
    parent = path[-2]
    if parent in _STRING_MAPS or parent in _STRING_LISTS:
        return True
    if len(path) == 2 and kind in _DATA_KINDS and group_of(api_version) == "":
        return parent in _DATA_FIELDS
    if path[-1] == "value" and len(path) > 2:
        return path[-3] == "env"
    return kind == "Service" and path[:2] == ("spec", "selector")


def is_label(path: Path) -> bool:
    """Whether the value of a Kubernetes label stands at this path. Other fields may be called labels too."""
    return path[-2:-1] == ("matchLabels",) or path[-3:-1] == ("metadata", "labels")


def spell(path: Path) -> str:
    """A path as people write it: ``.spec.containers[0].image``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
