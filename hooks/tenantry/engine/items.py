"""Items of an entry with ``forEach``: each has a key of its own, which does not change when the others move."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from tenantry.engine import values

LONGEST_KEY: Final = 253
"""Characters of a key: it is written into annotations and into the Tenant's status."""
KEY_FIELDS: Final = ("name", "id", "key")
"""Fields that tell the mappings of a list apart; the first that is there counts."""


class BadItems(ValueError):
    """A value that is no set of items. The message says why."""


class Item(NamedTuple):
    """One item with its key, which is unique among them."""

    key: str
    value: Any


def items_of(value: Any) -> list[Item]:
    """The items of a mapping, sorted by key, or of a list, in its order. Raises ``BadItems``."""
    if isinstance(value, dict):
        return [Item(_checked(key), value[key]) for key in sorted(value)]
    if not isinstance(value, list):
        raise BadItems(f"gives {values.kind_of(value)}: a list or a mapping is wanted")
    items: dict[str, Item] = {}
    for index, found in enumerate(value):
        item = Item(_checked(_key(found, index)), found)
        if items.setdefault(item.key, item) is not item:
            raise BadItems(f"gives two items with the key {item.key!r}: keys must differ")
    return list(items.values())


def _key(item: Any, index: int) -> str:
    if isinstance(item, dict):
        item = next((item[field] for field in KEY_FIELDS if _is_scalar(item.get(field))), index)
    return str(values.text(item if _is_scalar(item) else index))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _checked(key: str) -> str:
    if not key:
        raise BadItems("gives an item with an empty key")
    if len(key) > LONGEST_KEY:
        raise BadItems(f"gives the key {key[:40]}…, which has more than {LONGEST_KEY} characters")
    return key
