"""Where a template would hand our labels to objects that are not its own.

What carries a tenant's label is taken for that tenant's object. So our labels belong on the objects of a template
alone, not on Pods, Jobs and PersistentVolumeClaims that other controllers make from them, nor into selectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tenantry.engine.positions import Path
from tenantry.names import GROUP
from tenantry.protocol import JSONObject

_BLUEPRINTS: Final = frozenset({"template", "jobTemplate", "volumeClaimTemplate", "volumeClaimTemplates"})
"""Fields whose metadata other objects get."""
_MAKERS: Final = _BLUEPRINTS | {
    *("annotations", "key", "labels", "matchExpressions", "matchLabels", "metadata", "selector", "spec"),
}
"""Last fields of places at which an expression makes a whole selector, or metadata, or what holds one."""
_WHY: Final = f"keys of {GROUP} are Tenantry's own: what is copied from here would be taken for an object of the tenant"


def copied_label_problems(obj: JSONObject) -> list[tuple[str, str]]:
    """Paths of our keys in selectors, pod templates and the like, each with what to do about it."""
    if str(obj.get("apiVersion", "")).startswith(f"{GROUP}/"):
        return []  # A Tenant's own selector holds our label.
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return []
    found = [*_in_selector(spec.get("selector"), ".spec.selector"), *_in_blueprints(spec, ".spec")]
    return [(path, f"{_WHY}. Choose another key") for path in found]


def may_make_copied_labels(path: Path) -> bool:
    """Whether an expression at this place can make what ``copied_label_problems`` looks for."""
    steps = [step for step in path if isinstance(step, str)]
    return steps[:1] == ["spec"] and steps[-1] in _MAKERS


def _in_selector(selector: Any, path: str) -> Iterator[str]:
    if not isinstance(selector, dict):
        return
    yield from _ours(selector, path)
    yield from _ours(selector.get("matchLabels"), f"{path}.matchLabels")
    expressions = selector.get("matchExpressions")
    for index, expression in enumerate(expressions if isinstance(expressions, list) else ()):
        if isinstance(expression, dict) and _is_ours(expression.get("key")):
            yield f"{path}.matchExpressions[{index}].key"


def _in_blueprints(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _in_blueprints(item, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for field, below in value.items():
        where = f"{path}.{field}"
        if field in _BLUEPRINTS:
            for index, blueprint in enumerate(below if isinstance(below, list) else [below]):
                yield from _in_metadata(blueprint, f"{where}[{index}]" if isinstance(below, list) else where)
        yield from _in_blueprints(below, where)


def _in_metadata(blueprint: Any, path: str) -> Iterator[str]:
    metadata = blueprint.get("metadata") if isinstance(blueprint, dict) else None
    if isinstance(metadata, dict):
        for field in ("labels", "annotations"):
            yield from _ours(metadata.get(field), f"{path}.metadata.{field}")


def _ours(mapping: Any, path: str) -> Iterator[str]:
    if isinstance(mapping, dict):
        for key in mapping:
            if _is_ours(key):
                yield f"{path}[{key}]"


def _is_ours(key: Any) -> bool:
    return isinstance(key, str) and key.startswith(f"{GROUP}/")
