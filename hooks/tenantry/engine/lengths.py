"""How long expressions may be: compiling a template takes time in proportion to the parts of its expressions.

The parts are the tokens of Jinja's lexer: names, numbers, texts, operators, brackets, and the white space and plain
text between them. They are counted before anything is parsed, and no further than up to the bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jinja2 import TemplateError as JinjaError

from tenantry.engine.environment import ENVIRONMENT

MAX_PARTS: Final = 10_000
"""Parts of the expressions in one string."""
MAX_PARTS_OF_TEMPLATE: Final = 100_000
"""Parts of all expressions of a template: as many as 1,000 objects need with twenty short expressions each."""


def parts_of(source: str, limit: int) -> int:
    """How many parts a string with expressions has; of a string with more than ``limit``, one more than that."""
    parts = 0
    try:
        for _ in ENVIRONMENT.lexer.tokeniter(source, None):
            parts += 1
            if parts > limit:
                break
    except JinjaError:
        pass  # Whoever compiles the text tells what is wrong with it, and comes no further than this.
    return parts


def too_long(texts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of these strings, each with its place in the template, are too long, and what to do; with their places."""
    if sum(len(text) for _, text in texts) <= MAX_PARTS:
        return []  # A part has a character at least.
    found = []
    left = MAX_PARTS_OF_TEMPLATE
    for place, text in texts:
        parts = parts_of(text, MAX_PARTS)
        left -= parts
        if parts > MAX_PARTS:
            told = f"{_shown(text)} has more than {MAX_PARTS:,} parts: split it up, or let the data source compute it"
            found.append((place, told))
        if left < 0:
            told = f"the expressions of the template have more than {MAX_PARTS_OF_TEMPLATE:,} parts up to here"
            return [*found, (place, f"{told}: shorten them, or make two templates of it")]
    return found


def _shown(text: str) -> str:
    return f"{' '.join(text[:40].split())!r}…"
