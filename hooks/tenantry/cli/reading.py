"""YAML files that people name: read as kubectl reads them, and what is wrong told as a sentence with its line.

kubectl reads YAML 1.1 as Go does and makes JSON of it: a date stays text, keys are texts, ``12:30`` is no number, and
``1e3`` is one, ``y`` is true. A key that is there twice is a mistake: kubectl loses one of the two without a word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click
import yaml

from tenantry.cli.lines import Document

UNREADABLE: Final = 2
"""Exit code of commands that could not read a file."""
SUFFIXES: Final = (".yaml", ".yml", ".json")
STDIN: Final = Path("-")
_PREFIX: Final = "tag:yaml.org,2002:"
_INT: Final = r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|(?:0|[1-9][0-9_]*))"
_FLOAT: Final = (
    r"[-+]?(?:(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+)"
    r"|[-+]?0[0-9_]*[89][0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_CHANGED: Final = ("int", "float", "timestamp", "value")


class Unreadable(click.ClickException):
    """A file cannot be read, or is not YAML."""

    exit_code = UNREADABLE

    def __init__(self, file: str, problem: str, line: int = 0) -> None:
        super().__init__(f"{file}{f':{line}' if line else ''}: {problem}")
        self.file, self.problem, self.line = file, problem, line


class _Loader(yaml.SafeLoader):
    """Makes of YAML what kubectl makes of it."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_PREFIX}merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", key.start_mark
                    )
                seen.add(key.value)
        return node

    def construct_yaml_float(self, node: Any) -> float:
        value = super().construct_yaml_float(node)
        return int(value) if value.is_integer() else value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        return {_as_key(key): value for key, value in super().construct_mapping(node, deep=deep).items()}


_Loader.bool_values = {**yaml.SafeLoader.bool_values, "y": True, "n": False}
_Loader.add_constructor(f"{_PREFIX}float", _Loader.construct_yaml_float)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag.removeprefix(_PREFIX) not in _CHANGED]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(f"{_PREFIX}bool", re.compile("^[yYnN]$"), list("yYnN"))
_Loader.add_implicit_resolver(f"{_PREFIX}int", re.compile(f"^(?:{_INT})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_PREFIX}float", re.compile(f"^(?:{_FLOAT})$"), list("-+0123456789."))


def _as_key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def called(file: Path) -> str:
    """A file as messages call it."""
    return "standard input" if file == STDIN else str(file)


def text_of(file: Path) -> str:
    """What a file holds; ``-`` is standard input. Raises ``Unreadable``."""
    try:
        with click.open_file(str(file), encoding="utf-8-sig") as stream:
            return str(stream.read()).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unreadable(called(file), "this is not text in UTF-8.") from error
    except OSError as error:
        raise Unreadable(called(file), f"cannot be read: {error.strerror or error}.") from error


def documents_of(text: str, name: str) -> list[Document]:
    """All documents of a YAML stream but the empty ones; of a List its items. Raises ``Unreadable`` with the line."""
    found: list[Document] = []
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            value = loader.construct_document(node)
            if node is not None and value is not None:
                found += _items(Document(value, node))
    except yaml.MarkedYAMLError as error:
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        mark = error.problem_mark or error.context_mark
        raise Unreadable(name, f"this is not YAML: {problem}", mark.line + 1 if mark else 0) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(name, f"this is not YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise Unreadable(name, "this is nested too deeply.") from error
    return found


def objects_in(file: Path) -> list[Any]:
    """The documents of a file as plain data. Raises ``Unreadable``."""
    return [document.value for document in documents_of(text_of(file), called(file))]


def files_in(paths: Sequence[Path]) -> list[Path]:
    """These files, and all YAML and JSON files in these folders; without any, standard input if that is no terminal.

    Raises ``UsageError`` where there is none.
    """
    if not paths:
        if sys.stdin.isatty():
            raise click.UsageError("Name files or folders, or pipe YAML in.")
        return [STDIN]
    files = list(dict.fromkeys(file for path in paths for file in _below(path, SUFFIXES)))
    if not files:
        raise click.UsageError(f"There is no YAML file in {', '.join(map(str, paths))}.")
    return files


def _below(path: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from sorted(file for file in path.rglob("*") if file.suffix in suffixes and not file.is_dir())


def _items(document: Document) -> list[Document]:
    """What kubectl prints for several objects is one List: its items are what is meant."""
    value, node = document.value, document.node
    if not isinstance(value, dict) or not str(value.get("kind", "")).endswith("List") or "items" not in value:
        return [document]
    listed = next((below for key, below in node.value if key.value == "items"), None)
    if not isinstance(listed, yaml.SequenceNode):
        return [document]
    return [Document(*pair) for pair in zip(value["items"], listed.value, strict=True)]
