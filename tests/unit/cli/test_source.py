"""``--source``: the rows that a registry would have."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tenantry.cli import main
from tests.support.tenancy import config, entry

ROWS = (
    ("acme", "pro", 1, "s3cret"),
    ("bakery", None, 1, None),
    ("candles", "basic", "perhaps", None),
    ("dairy", "basic", 0, None),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A registry of a table with four rows."""
    with closing(sqlite3.connect(tmp_path / "shops.db")) as database, database:
        database.execute("CREATE TABLE shops (id TEXT, plan TEXT, active, pin TEXT)")
        database.executemany("INSERT INTO shops VALUES (?, ?, ?, ?)", ROWS)
    return write(tmp_path, sqlite={"path": str(tmp_path / "shops.db"), "table": "shops"})


def write(folder: Path, *others: dict[str, Any], **source: Any) -> Path:
    spec = {
        "source": source,
        "valueMappings": {"uid": "id", "activate": "active"},
        "extraValueMappings": {"size": "plan"},
        "secretValueMappings": {"pin": "pin"},
        "tags": {"example.com/plan": "plan"},
    }
    registry = {"apiVersion": "tenantry.io/v1", "kind": "TenantRegistry", "metadata": {"name": "shops"}, "spec": spec}
    (folder / "registry.yaml").write_text(yaml.safe_dump_all([registry, *others]))
    return folder / "registry.yaml"


def render(file: Path, *arguments: str) -> Result:
    data = {"size": "{{ size or 'none' }}", "plan": "{{ tenant.labels.get('example.com/plan', '') }}"}
    pin = {**config("pin", in_="shops"), "data": {"pin": "{{ secrets.pin }}"}}
    resources = [entry("config", {**config("{{ slug }}", in_="shops"), "data": data}), entry("pin", pin)]
    spec = {"registry": "shops", "resources": resources}
    template = {"apiVersion": "tenantry.io/v1", "kind": "TenantTemplate", "metadata": {"name": "shop"}, "spec": spec}
    text = yaml.safe_dump(template)
    return CliRunner().invoke(main, ["render", "-t", "-", "--source", str(file), *arguments], input=text)


def test_all_active_rows_of_the_table_are_rendered(file: Path) -> None:
    result = render(file)
    objects = [found for found in yaml.safe_load_all(result.stdout) if found]
    assert (result.exit_code, [(found["metadata"]["name"], found["data"]) for found in objects]) == (
        0, [("acme", {"size": "pro", "plan": "pro"}), ("bakery", {"size": "none", "plan": ""})],
    )  # fmt: skip


def test_rows_that_cannot_be_used_are_told(file: Path) -> None:
    assert "shops: row candles cannot be used: Column 'active' says neither yes" in render(file).stderr


def test_secret_columns_are_shown_nowhere(file: Path) -> None:
    result = render(file)
    assert "s3cret" not in result.output
    assert "# pin waits for" in result.stdout


def test_a_row_may_be_added(file: Path) -> None:
    assert "name: extra" in render(file, "--row", '{"uid": "extra", "size": "x"}').stdout


def test_a_table_without_an_active_row_is_told(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shops.db")) as database, database:
        database.execute("UPDATE shops SET active = 0")
    result = render(file)
    assert (result.exit_code, result.stdout, "no active row" in result.stderr) == (0, "", True)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({"sqlite": {"path": "/nowhere/shops.db", "table": "shops"}}, "/nowhere/shops.db"),
        ({"sqlite": {"path": "/nowhere/shops.db"}}, "run tenantry validate on it"),
        ({"postgresql": {"host": "127.0.0.1", "port": 1, "database": "d", "username": "u", "table": "t"}}, "127.0.0.1"),
    ],
    ids=["no file", "invalid", "no server"],
)
def test_a_source_that_gives_no_rows_is_told(tmp_path: Path, source: dict[str, Any], told: str) -> None:
    result = render(write(tmp_path, **source))
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_a_file_without_a_registry_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: Secret")
    result = render(tmp_path / "a.yaml")
    assert (result.exit_code, "holds 0 objects of kind TenantRegistry" in result.stderr) == (2, True)


def server(**more: Any) -> dict[str, Any]:
    reference = {"name": "login", "namespace": "shops", "key": "password"}
    own = {"host": "127.0.0.1", "port": 1, "database": "d", "username": "u", "table": "t", "passwordRef": reference}
    return {"postgresql": {**own, **more}}


def secret(**content: Any) -> dict[str, Any]:
    labels = {"tenantry.io/datasource": "true"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login", "namespace": "shops", "labels": labels},
    } | content


def test_a_secret_that_the_registry_names_is_looked_for_in_the_file(tmp_path: Path) -> None:
    result = render(write(tmp_path, **server()))
    assert result.exit_code == 2
    assert "Secret shops/login is not there" in result.stderr
    assert "It is looked for in this file: kubectl get secret prints it." in result.stderr


@pytest.mark.parametrize(
    "content",
    [{"stringData": {"password": "hunter2"}}, {"data": {"password": b64encode(b"hunter2").decode()}}],
    ids=["plain", "encoded"],
)
def test_a_secret_in_the_file_lets_in(tmp_path: Path, content: dict[str, Any]) -> None:
    result = render(write(tmp_path, secret(**content), **server()))
    assert (result.exit_code, "Secret" in result.stderr, "127.0.0.1:1" in result.stderr) == (2, False, True)
    assert "hunter2" not in result.output
