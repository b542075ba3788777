"""The order of keys, which means nothing: API servers keep them sorted, people write them as they think."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any


def laid_out_like(value: Any, model: Any) -> Any:
    """An equal value whose keys stand in the order of ``model``, as far as it has them; the others follow."""
    if isinstance(value, dict) and isinstance(model, dict):
        keys = [*(key for key in model if key in value), *(key for key in value if key not in model)]
        return {key: laid_out_like(value[key], model.get(key)) for key in keys}
    if isinstance(value, list) and isinstance(model, list):
        return [laid_out_like(item, like) for item, like in zip_longest(value, model[: len(value)])]
    return value
