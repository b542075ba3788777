"""YAML as kubectl reads it: what previews show is what a cluster gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tenantry.cli.reading import Unreadable, documents_of, files_in, text_of


def value(text: str) -> Any:
    """The one document of a text."""
    (document,) = documents_of(text, "a.yaml")
    return document.value


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024-02-30", "2024-02-30"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("12:30", "12:30"),
        ("3306:53", "3306:53"),
        ("=", "="),
        ("y", True),
        ("N", False),
        ("off", False),
        ("1e3", 1000),
        ("1.0", 1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("08", 8),
        ("0644", 420),
        ("0o14", 12),
        ("0x1F", 31),
        ("1_000", 1000),
        ("-3", -3),
        ('"5"', "5"),
        ("!!str 5", "5"),
    ],
)
def test_a_value_is_what_kubectl_makes_of_it(text: str, wanted: object) -> None:
    found = value(f"a: {text}")["a"]
    assert (found, type(found)) == (wanted, type(wanted))


def test_keys_are_texts() -> None:
    assert value("{5: a, on: b, 1.5: c, ~: d}") == {"5": "a", "true": "b", "1.5": "c", "null": "d"}


def test_a_merged_key_may_be_there_again() -> None:
    assert value("base: &b {a: 1, c: 2}\nown: {<<: *b, a: 3}")["own"] == {"a": 3, "c": 2}


def test_the_line_of_a_key_that_is_merged_and_written_is_that_of_the_writing() -> None:
    (document,) = documents_of("base: &b {a: 1}\nown:\n  <<: *b\n  a: 3\n", "a.yaml")
    assert document.line_of("own.a") == 4


def test_of_a_list_its_items_are_what_is_meant() -> None:
    found = documents_of("kind: List\nitems:\n- kind: A\n- kind: B\n---\nkind: C\n", "a.yaml")
    assert [(document.value["kind"], document.line) for document in found] == [("A", 3), ("B", 4), ("C", 6)]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' is there twice"),
        ("a:\n  b: 1\n  b: 2\n", 3, "the key 'b' is there twice"),
        ("a: 1\nb: [", 2, "expected the node content"),
        ("a: 1\n- b\n", 2, "expected <block end>"),
        ("a: !secret x\n", 1, "could not determine a constructor"),
        ("a: \x00", 0, "special characters are not allowed"),
        ("a: " + "9" * 5000, 0, "Exceeds the limit"),
        ("[" * 5000, 0, "nested too deeply"),
    ],
    ids=["twice", "twice inside", "open", "mixed", "tag", "binary", "huge number", "deep"],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(Unreadable, match=told) as raised:
        documents_of(text, "a.yaml")
    assert (raised.value.file, raised.value.line) == ("a.yaml", line)


def test_a_mark_of_byte_order_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffa: 1".encode())
    assert text_of(tmp_path / "a.yaml") == "a: 1"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Unreadable, match="not text in UTF-8"):
        text_of(tmp_path / "a.yaml")


def test_a_link_to_nowhere_in_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "nowhere")
    (file,) = files_in([tmp_path])
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        text_of(file)


def test_files_named_twice_are_read_once(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1")
    assert files_in([tmp_path, file]) == [file]
