"""Helm as people call it, on our chart."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tenantry.protocol import JSONObject
from tests.controlplane.programs import helm_program

CHART = Path(__file__).parents[2] / "charts" / "tenantry"
RELEASE = "tenantry"
NAMESPACE = "tenantry-system"
OLDEST_KUBERNETES = "1.30.0"


class HelmFailed(Exception):
    """What helm said when it refused."""


class Helm:
    """Commands of helm, with a home of its own."""

    def __init__(self, home: Path, kubeconfig: Path | None = None) -> None:
        self._program = helm_program()
        self._home = home
        self._environment = {**os.environ, "HELM_CACHE_HOME": str(home), "HELM_CONFIG_HOME": str(home)}
        self._environment |= {"HELM_DATA_HOME": str(home), "KUBECONFIG": str(kubeconfig or home / "none")}

    def lint(self, values: Any = None) -> str:
        """Check the chart, every warning being an error."""
        return self._run("lint", str(CHART), "--strict", "--kube-version", OLDEST_KUBERNETES, values=values)

    def template(self, values: Any = None, *, release: str = RELEASE, chart: Path = CHART) -> list[JSONObject]:
        """The objects of the chart, without a cluster."""
        arguments = ["template", release, str(chart), "--namespace", NAMESPACE, "--kube-version", OLDEST_KUBERNETES]
        return objects(self._run(*arguments, values=values))

    def notes(self, values: Any = None) -> str:
        """What the chart would say after it was installed."""
        arguments = ["install", RELEASE, str(CHART), "--namespace", NAMESPACE, "--dry-run=client"]
        return self._run(*arguments, values=values).partition("\nNOTES:\n")[2]

    def upgrade(self, values: Any = None, *flags: str, release: str = RELEASE, chart: Path = CHART) -> str:
        """Install the chart, or bring what is installed up to it; answers its notes."""
        arguments = ["upgrade", "--install", release, str(chart), "--namespace", NAMESPACE, "--create-namespace"]
        return self._run(*arguments, *flags, values=values)

    def manifest(self) -> list[JSONObject]:
        """The objects that are installed."""
        return objects(self._run("get", "manifest", RELEASE, "--namespace", NAMESPACE))

    def package(self, folder: Path) -> Path:
        """The chart as it is published."""
        self._run("package", str(CHART), "--destination", str(folder))
        return next(folder.glob("*.tgz"))

    def uninstall(self, release: str = RELEASE) -> str:
        """Remove the release."""
        return self._run("uninstall", release, "--namespace", NAMESPACE, "--wait")

    def _run(self, *arguments: str, values: Any = None) -> str:
        command = [str(self._program), *arguments]
        if values is not None:
            file = self._home / "values.yaml"
            file.write_text(yaml.safe_dump(values))
            command += ["--values", str(file)]
        answer = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise HelmFailed(answer.stdout + answer.stderr)
        return answer.stdout


def objects(text: str) -> list[JSONObject]:
    """The objects of a stream of YAML documents."""
    return [document for document in yaml.safe_load_all(text) if document]


def of_kind(found: Iterable[JSONObject], kind: str) -> dict[str, JSONObject]:
    """Those of one kind, by name."""
    return {obj["metadata"]["name"]: obj for obj in found if obj["kind"] == kind}
