"""Rows as people have them: files of several formats, and the mistakes in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson
import pytest

from tenantry.cli.rows import read_rows


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("a.csv", "uid,plan\nacme,pro\n", {"plan": "pro"}),
        ("a.CSV", "\ufeffuid,plan\r\nacme,\r\n", {"plan": ""}),
        ("a.csv", "uid,plan\nacme\n", {"plan": None}),
        ("a.json", '[{"uid": "acme", "n": 2}]', {"n": 2}),
        ("a.jsonl", '{"uid": "acme", "n": 1.0}\n\n{"uid": "b"}\n', {"n": 1}),
        ("a.yaml", "- {uid: acme, on: y, day: 2024-01-01, big: 9007199254740993}", {
            "true": True, "day": "2024-01-01", "big": "9007199254740993",
        }),
    ],
    ids=["csv", "from a spreadsheet", "short line", "json", "lines", "yaml"],
)  # fmt: skip
def test_values_are_those_that_a_registry_would_have(tmp_path: Path, name: str, text: str, wanted: Any) -> None:
    (tmp_path / name).write_text(text)
    assert read_rows(tmp_path / name)[0] == {"uid": "acme", **wanted}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "uid,plan\nacme,pro,more\n", "more values than the head line has names"),
        ("a.csv", "uid;plan\nacme;pro\n", "this one has uid;plan"),
        ("a.yaml", "uid: acme", "holds no list of rows"),
        ("a.yaml", "- {uid: a}\n---\n- {uid: b}\n", "several YAML documents"),
        ("a.yaml", "- {uid: a, uid: b}", "the key 'uid' is there twice"),
        ("a.yaml", "- {uid: a, ratio: .nan}", "ratio is not a finite number"),
        ("a.yaml", "- [a]", "an object with at least a uid is needed"),
        ("a.yaml", "[", "this is not YAML"),
        ("a.json", '{"uid": "a"', "this is not YAML"),
    ],
)
def test_a_row_that_cannot_be_one_is_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(click.ClickException, match=told):
        read_rows(tmp_path / name)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"uid\n\xff\n")
    with pytest.raises(click.ClickException, match="not text in UTF-8"):
        read_rows(tmp_path / "a.csv")


def test_many_rows_are_read_as_json_and_not_as_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise AssertionError("YAML takes a minute for what JSON takes a second")

    monkeypatch.setattr("tenantry.cli.rows.documents_of", slow)
    (tmp_path / "a.json").write_bytes(orjson.dumps([{"uid": str(number)} for number in range(1000)]))
    assert len(read_rows(tmp_path / "a.json")) == 1000
