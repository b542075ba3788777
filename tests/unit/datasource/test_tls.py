"""Certificates on their way to drivers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tenantry.datasource import SourceError, SourceErrorKind
from tenantry.datasource.tls import write_files


def test_without_a_place_for_files_the_poll_fails_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(SourceError, match="Give the webhooks a /tmp") as caught:
        write_files({"ca.crt": b""})
    assert caught.value.kind is SourceErrorKind.TLS


def test_nobody_else_can_read_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = write_files({"tls.key": b"secret"})
    assert (folder.stat().st_mode & 0o777, (folder / "tls.key").stat().st_mode & 0o777) == (0o700, 0o600)
