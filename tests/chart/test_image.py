"""What the Dockerfile says, as far as that can be tried without Docker."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.chart.helm import Helm
from tests.chart.test_security import deployment
from tests.controlplane.product import REPOSITORY

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
BUILD, RUN = DOCKERFILE.split("\nFROM ")[1:]


def copied() -> list[str]:
    """What the build takes from the repository."""
    found = [line.split()[1:-1] for line in BUILD.splitlines() if line.startswith("COPY ")]
    return [source for sources in found for source in sources]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the package, built of what the Dockerfile copies and nothing else."""
    source = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in copied():
        place = REPOSITORY / name
        if place.is_dir():
            shutil.copytree(place, source / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(place, source / name)
    built = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(built), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (file,) = built.glob("tenantry-*.whl")
    with zipfile.ZipFile(file) as opened:
        return set(opened.namelist())


def test_docker_sees_everything_that_is_copied() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied()} == {line for line in lines if line.startswith("!")}


def test_what_is_copied_makes_the_whole_package(wheel: set[str]) -> None:
    package = REPOSITORY / "hooks" / "tenantry"
    modules = {f"tenantry/{file.relative_to(package)}" for file in package.rglob("*.py")}
    shipped = {
        f"tenantry/cli/{folder}/{file.name}"
        for folder in ("compositecontrollers", "policies")
        for file in (REPOSITORY / folder).glob("*.yaml")
    }
    assert modules | shipped | {"tenantry/py.typed"} <= wheel


def test_the_image_runs_as_the_user_that_the_chart_names(helm: Helm) -> None:
    context = deployment(helm, {})["spec"]["template"]["spec"]["securityContext"]
    (user,) = re.findall(r"^USER (.+)$", RUN, re.MULTILINE)
    assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_both_stages_have_the_same_python_of_a_named_version() -> None:
    assert [stage.split()[0] for stage in (BUILD, RUN)] == ["python:${PYTHON}"] * 2
    (version,) = re.findall(r"^ARG PYTHON=(.+)$", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"3\.\d+-slim-[a-z]+", version)


def test_the_image_has_the_pinned_versions_and_labels() -> None:
    assert "--constraint constraints.txt" in BUILD
    assert all(f"org.opencontainers.image.{name}" in RUN for name in ("title", "description", "version"))
