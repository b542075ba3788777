"""Tenantry's own filters for expressions: deterministic, bounded, and strict about what they are given.

What they cannot read they refuse with a sentence that names it, instead of going on with a guess. So they do
with null, but where it has a meaning (``coalesce``, JSON, YAML, a default).
``docs/functions.md`` shows each with examples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tenantry.engine.functions import choice, encoding, network, numbers, quantity, regex, structure, text, versions

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "b64decode": encoding.b64decode,
    "b64encode": encoding.b64encode,
    "bool": numbers.to_bool,
    "bucket": text.bucket,
    "capitalize": text.capitalize,
    "cidr_host": network.cidr_host,
    "cidr_subnet": network.cidr_subnet,
    "coalesce": choice.coalesce,
    "float": numbers.to_float,
    "fromjson": structure.from_json,
    "fromyaml": structure.from_yaml,
    "int": numbers.to_int,
    "lower": text.lower,
    "quantity": quantity.quantity,
    "regex_match": regex.regex_match,
    "regex_replace": regex.regex_replace,
    "required": choice.required,
    "semver": versions.semver,
    "sha1": encoding.sha1,
    "sha256": encoding.sha256,
    "slug": text.slug,
    "string": text.string,
    "ternary": choice.ternary,
    "title": text.title,
    "to_host": network.to_host,
    "tojson": structure.to_json,
    "toyaml": structure.to_yaml,
    "trim": text.trim,
    "trunc": text.trunc,
    "upper": text.upper,
    "url_part": network.url_part,
}
"""Filters by their names. Where Jinja has one of that name, this one takes its place."""

COSTS: Final = {
    "cidr_host": 5,
    "cidr_subnet": 5,
    "fromyaml": 10,
    "quantity": 10,
    "semver": 5,
    "to_host": 3,
    "url_part": 3,
}
"""Steps of a call whatever its size, where one is too few: a step is about a microsecond."""
