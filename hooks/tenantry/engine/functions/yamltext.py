"""YAML, written so that every parser reads the same, and read by the core schema of YAML 1.2.

PyYAML's own loader and dumper follow YAML 1.1, in which ``no`` is false and ``22:22`` a number, and its dumper leaves
``1e5`` without quotes, which other parsers take for a number. Aliases are refused: a small text could stand for
billions of values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import yaml

from tenantry.engine.functions.arguments import shown
from tenantry.engine.limits import CHARACTERS_PER_STEP
from tenantry.engine.values import MAX_DEPTH, ValueRefused

Take = Callable[[int], None]
"""Counts steps."""

_PLAIN: Final = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./@=+-]|:(?=[^ ])| (?=[A-Za-z0-9_./@=+]))*")
_WORDS: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
_ESCAPED: Final = re.compile('["\\\\]|[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]')
_LONGEST_KEY: Final = 1_000
"""Parsers read no longer ones without a mark before them."""
_LONGEST_NUMBER: Final = 400
_STEPS_PER_EVENT: Final = 2

_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGERS: Final = (
    (10, re.compile(r"[-+]?[0-9]+")),
    (8, re.compile(r"0o[0-7]+")),
    (16, re.compile(r"0x[0-9a-fA-F]+")),
)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TAGS: Final = frozenset((None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))
_NO_KEY: Final = object()


def write(value: Any, take: Take) -> str:
    """A value of JSON as a YAML document in block style."""
    if isinstance(value, dict | list) and value:
        return "".join(f"{line}\n" for line in _block(value, "", take))
    return f"{_inline(value, take)}\n"


def read(text: str, take: Take) -> Any:
    """The value of a text with one YAML document; null if it is empty. Raises ``ValueRefused``."""
    try:
        return _built(yaml.parse(text, Loader=yaml.CSafeLoader), take)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueRefused(f"fromyaml: {shown(text)} is not YAML: {line}{error.problem}") from error
    except yaml.YAMLError as error:
        raise ValueRefused(f"fromyaml: {shown(text)} is not YAML: {error}") from error


def _block(value: dict[str, Any] | list[Any], margin: str, take: Take) -> Iterable[str]:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list) and item:
                lines = iter(_block(item, f"{margin}  ", take))
                yield f"{margin}- {next(lines)[len(margin) + 2 :]}"
                yield from lines
            else:
                yield f"{margin}- {_inline(item, take)}"
        return
    for key, item in sorted(value.items()):
        name = _inline(key, take)
        if len(name) > _LONGEST_KEY:
            raise ValueRefused(f"toyaml: the key {shown(key)} is too long: use tojson")
        if isinstance(item, dict | list) and item:
            yield f"{margin}{name}:"
            yield from _block(item, margin if isinstance(item, list) else f"{margin}  ", take)
        else:
            yield f"{margin}{name}: {_inline(item, take)}"


def _inline(value: Any, take: Take) -> str:
    """What fits behind a key: a scalar, or an empty list or mapping."""
    if isinstance(value, str):
        take(2 + len(value) // CHARACTERS_PER_STEP)
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        return f'"{_ESCAPED.sub(_escape, value)}"'
    take(2)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        written = repr(value)
        return written if "." in written else written.replace("e", ".0e")
    return "{}" if value == {} else "[]" if value == [] else str(value)


def _escape(found: re.Match[str]) -> str:
    letter = found[0]
    code = ord(letter)
    if letter in '"\\':
        return f"\\{letter}"
    if letter in "\n\t\r":
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}[letter]
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


class _Frame:
    """A list or mapping that is being read."""

    __slots__ = ("key", "value")

    def __init__(self, value: dict[str, Any] | list[Any]) -> None:
        self.value = value
        self.key: Any = _NO_KEY

    def add(self, item: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(item)
        elif self.key is not _NO_KEY:
            self.value[self.key] = item
            self.key = _NO_KEY
        else:
            self.key = _key(item, self.value)


def _built(events: Iterable[Any], take: Take) -> Any:
    """The value that the events of a parser stand for. Nothing is nested on Python's stack."""
    root = _Frame([])
    open_frames = [root]
    for event in events:
        take(_STEPS_PER_EVENT)
        match event:
            case yaml.AliasEvent():
                raise ValueRefused(f"fromyaml: the alias *{event.anchor} cannot be used: repeat what it stands for")
            case yaml.ScalarEvent():
                take(len(event.value) // CHARACTERS_PER_STEP)
                open_frames[-1].add(_scalar(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                _check_tag(event)
                if len(open_frames) > MAX_DEPTH:
                    raise ValueRefused(f"fromyaml: the text is nested deeper than {MAX_DEPTH} levels")
                open_frames.append(_Frame({} if isinstance(event, yaml.MappingStartEvent) else []))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = open_frames.pop()
                open_frames[-1].add(closed.value)
            case _:
                pass
    found = root.value
    if len(found) > 1:
        raise ValueRefused("fromyaml: the text has more than one document")
    return found[0] if isinstance(found, list) and found else None


def _key(item: Any, known: dict[str, Any]) -> str:
    if item is None or isinstance(item, dict | list):
        raise ValueRefused("fromyaml: the key of a mapping must be a text, a number, true or false")
    key = item if isinstance(item, str) else str(item).lower() if isinstance(item, bool) else str(item)
    if key in known:
        raise ValueRefused(f"fromyaml: the key {shown(key)} occurs twice in a mapping")
    return key


def _scalar(event: Any) -> Any:
    _check_tag(event)
    text: str = event.value
    if event.style or event.tag is not None:
        return text  # Quotes, or a tag, say that it is one.
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    return _number(text)


def _number(text: str) -> Any:
    if text[:1] not in "-+.0123456789":
        return text
    if len(text) > _LONGEST_NUMBER:
        return text
    for base, pattern in _INTEGERS:
        if pattern.fullmatch(text):
            return int(text, 0 if base != 10 else 10)
    if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and float(text) in (float("inf"), float("-inf"))):
        raise ValueRefused(f"fromyaml: {shown(text)} is a number that JSON cannot hold")
    return float(text) if _FLOAT.fullmatch(text) else text


def _check_tag(event: Any) -> None:
    if event.tag not in _TAGS:
        raise ValueRefused(f"fromyaml: the tag {shown(event.tag)} cannot be used")
