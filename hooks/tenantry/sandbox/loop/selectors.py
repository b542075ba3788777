"""Label selectors as Kubernetes objects carry them: ``matchLabels`` and ``matchExpressions``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


class SelectorError(ValueError):
    """A label selector that cannot be understood. The message names the field."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One entry of ``matchExpressions``."""

    key: str
    operator: str
    values: frozenset[str]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it; ``NotIn`` and ``DoesNotExist`` are met by a missing label."""
        present = self.key in labels
        if self.operator == "In":
            return present and labels[self.key] in self.values
        if self.operator == "NotIn":
            return not present or labels[self.key] not in self.values
        return present == (self.operator == "Exists")


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """A conjunction of label pairs and requirements. The empty one matches everything."""

    pairs: tuple[tuple[str, str], ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def parse(cls, value: Any, where: str) -> Self:
        """The selector in a ``LabelSelector`` object; None is the empty one. Raises ``SelectorError``."""
        if value is None:
            return cls()
        if not isinstance(value, dict):
            raise SelectorError(f"{where} is not an object")
        if unknown := value.keys() - {"matchLabels", "matchExpressions"}:
            raise SelectorError(f"{where}: unknown field {min(unknown)!r}")
        labels = value.get("matchLabels") or {}
        if not isinstance(labels, dict) or not all(isinstance(each, str) for each in labels.values()):
            raise SelectorError(f"{where}.matchLabels is not a map of strings")
        expressions = value.get("matchExpressions") or []
        if not isinstance(expressions, list):
            raise SelectorError(f"{where}.matchExpressions is not a list")
        return cls(tuple(labels.items()), tuple(_requirement(each, where) for each in expressions))

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not self.pairs and not self.requirements

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        for key, value in self.pairs:
            if labels.get(key) != value:
                return False
        return all(each.matches(labels) for each in self.requirements)


def labels_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """An object's labels, empty if it has none."""
    return obj["metadata"].get("labels") or {}


def _requirement(value: Any, where: str) -> Requirement:
    if not isinstance(value, dict) or not isinstance(value.get("key"), str):
        raise SelectorError(f"{where}.matchExpressions has an entry without a key")
    operator, values = value.get("operator"), value.get("values") or []
    if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
        raise SelectorError(f"{where}.matchExpressions[{value['key']}]: {operator!r} is not a valid operator")
    if bool(values) != (operator in ("In", "NotIn")):
        raise SelectorError(f"{where}.matchExpressions[{value['key']}]: {operator} and values do not go together")
    return Requirement(value["key"], operator, frozenset(values))
