"""``tenantry trace`` where not everything may be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tenantry.cli import main
from tests.support.fake_api import Answer, fake_api, kubeconfig

PLACE = {"kind": "ConfigMap", "namespace": "shop-acme", "name": "web"}
TENANT: dict[str, Any] = {
    "metadata": {"name": "acme", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"uid": "acme", "templates": [{"name": "webapp"}]},
    "status": {
        "conditions": [{"type": "Ready", "status": "True", "reason": "AllReady", "lastTransitionTime": ""}],
        "resources": [{"id": "webapp/config", "phase": "Ready", **PLACE}],
    },
}
CORE = {
    "metadata": {"name": ""},
    "versions": [
        {
            "version": "v1",
            "resources": [
                {
                    "resource": "configmaps",
                    "responseKind": {"kind": "ConfigMap"},
                    "scope": "Namespaced",
                    "verbs": ["list"],
                }
            ],
        }
    ],
}


def answer(method: str, path: str) -> Answer:
    """A cluster whose user may read Tenants alone."""
    if path.endswith("/tenants/acme"):
        return 200, TENANT
    if path in ("/api", "/apis"):
        return 200, {"items": [CORE] if path == "/api" else []}
    if path.startswith("/apis/tenantry.io/"):
        return (404, {"message": "not there"}) if path.endswith("/webapp") else (200, {"metadata": {}, "items": None})
    return 403, {"message": f"{path.partition('?')[0].rpartition('/')[2]} is forbidden"}


def trace(folder: Path, *arguments: str) -> Result:
    with fake_api() as api:
        api.answer = answer
        command = ["trace", "acme", "--kubeconfig", str(kubeconfig(folder, api.url)), *arguments]
        return CliRunner().invoke(main, command, catch_exceptions=False)


def test_what_may_be_read_is_shown_and_what_may_not_is_told(tmp_path: Path) -> None:
    result = trace(tmp_path)
    assert result.exit_code == 0
    assert "Ready webapp/config: ConfigMap shop-acme/web" in result.stdout
    assert "Not shown: You may not do this: events is forbidden." in result.stdout
    assert "Not shown: You may not do this: configmaps is forbidden." in result.stdout


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_programs_are_told_too(tmp_path: Path, output: str) -> None:
    assert "configmaps is forbidden" in trace(tmp_path, "-o", output).stdout
