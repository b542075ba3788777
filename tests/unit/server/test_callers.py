"""Who is let in: tokens and client certificates, and the paths that are for everybody."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tenantry.server.tokens import Tokens, UnusableTokens
from tests.unit.server.fakes import FakeHooks, post

TOKEN = "kept-for-the-hooks"
PROTECTED = ("/tenants/sync", "/tenants/finalize", "/tenants/customize", "/metrics", "/", "/unknown", "//healthz")
OPEN = ("/healthz", "/readyz")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(app: Flask, path: str, **options: Any) -> TestResponse:
    return app.test_client().get(path, **options)


@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"]
)
def test_who_shows_no_token_is_refused_everywhere_but_on_open_paths(file: Path, path: str, shown: str) -> None:
    app = FakeHooks().app(token_file=file)
    headers = {"Authorization": shown} if shown else {}
    for response in (post(app, path, headers=headers), get(app, path, headers=headers)):
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "TENANTRY_TOKEN_FILE" in response.text
        assert TOKEN not in response.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_who_shows_the_token_gets_an_answer(file: Path, scheme: str) -> None:
    app = FakeHooks().app(token_file=file)
    assert post(app, headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200
    assert get(app, "/metrics", headers=bearer(TOKEN)).status_code == 200


@pytest.mark.parametrize("path", OPEN)
def test_probes_need_nothing(file: Path, path: str) -> None:
    assert get(FakeHooks().app(token_file=file), path).status_code == 200
    assert get(FakeHooks().app(**client_certificates(file)), path).status_code == 200


def test_the_question_of_the_api_server_needs_nothing(file: Path) -> None:
    response = post(FakeHooks().app(token_file=file), "/validate", body={})
    assert response.status_code == 400


def test_a_refusal_is_logged_without_what_was_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks().app(token_file=file), headers=bearer("mistyped-secret"))
    log = capsys.readouterr().err
    line = orjson.loads(log)
    assert (line["event"], line["status"], line["path"]) == ("denied", 401, "/tenants/sync")
    assert "mistyped" not in log
    assert TOKEN not in log


def test_a_path_cannot_write_log_lines_of_its_own(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app = FakeHooks().app(token_file=file, log_format="console")
    post(app, "/tenants/sync%0Aforged%0D%1B[2J" + "x" * 1000)
    log = capsys.readouterr().err
    assert log.count("\n") == 1
    assert "forged" in log
    assert len(log) < 500


def client_certificates(file: Path) -> dict[str, Any]:
    return {"tls_certificate": file, "tls_key": file, "tls_client_ca": file}


def test_hooks_want_a_client_certificate_where_there_is_an_authority(file: Path) -> None:
    response = post(FakeHooks().app(**client_certificates(file)))
    assert response.status_code == 403
    assert "clientTLS" in response.text


def test_prometheus_needs_no_client_certificate(file: Path) -> None:
    assert get(FakeHooks().app(**client_certificates(file)), "/metrics").status_code == 200


def test_every_token_of_the_file_counts(file: Path) -> None:
    file.write_text(f"\n  new-one  \n\n{TOKEN}\n")
    tokens = Tokens(file)
    assert tokens.accept("Bearer new-one")
    assert tokens.accept(f"Bearer {TOKEN}")


def test_a_rotated_token_counts_without_a_restart(file: Path) -> None:
    tokens = Tokens(file)
    assert tokens.accept(f"Bearer {TOKEN}")
    file.write_text("another-one")
    assert tokens.accept("Bearer another-one")
    assert not tokens.accept(f"Bearer {TOKEN}")


def test_the_previous_token_lies_in_a_file_beside_it(file: Path) -> None:
    tokens = Tokens(file)
    file.with_name("token-previous").write_text("old-one\n")
    assert tokens.accept("Bearer old-one")
    assert tokens.accept(f"Bearer {TOKEN}")
    file.with_name("token-previous").unlink()
    assert not tokens.accept("Bearer old-one")


@pytest.mark.parametrize("content", ["", "\n \n", None])
def test_a_file_that_loses_its_tokens_keeps_those_of_before(
    file: Path, content: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = Tokens(file)
    tokens.accept(f"Bearer {TOKEN}")
    file.unlink()
    if content is not None:
        file.write_text(content)
    with caplog.at_level(logging.ERROR, "tenantry.tokens"):
        assert tokens.accept(f"Bearer {TOKEN}")
        assert tokens.accept(f"Bearer {TOKEN}")
    assert len(caplog.records) == 1
    assert TOKEN not in caplog.text


def test_a_file_without_a_token_lets_nobody_in(file: Path) -> None:
    file.write_text("\n")
    tokens = Tokens(file)
    assert not tokens.accept("Bearer ")
    assert not tokens.accept("Bearer")
    with pytest.raises(UnusableTokens, match=str(file)):
        tokens.read()


def test_all_tokens_are_compared_in_constant_time_whichever_fits(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[tuple[int, int]] = []

    def compare(a: bytes, b: bytes) -> bool:
        lengths.append((len(a), len(b)))
        return a == b

    monkeypatch.setattr(hmac, "compare_digest", compare)
    file.write_text("first\nsecond\nthird-is-longer\n")
    tokens = Tokens(file)
    assert tokens.accept("Bearer first")
    assert not tokens.accept("Bearer ü")
    assert lengths == [(32, 32)] * 6
