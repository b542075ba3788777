"""Programs of the control plane are built once for each version and kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.controlplane.golang import ProgramsUnavailable
from tests.controlplane.programs import ETCD, KUBERNETES, programs

NAMES = ["etcd", "kube-apiserver", "kube-controller-manager"]
FAKE_GO = """#!/bin/sh
if [ "$1" = env ]; then echo go{version}; exit 0; fi
echo "$@" >>"{calls}"
while [ "$1" != -o ]; do shift; done
sleep 0.2
{build}
"""


class FakeGo:
    """A ``go`` on PATH that writes down how it is called, and makes empty programs."""

    def __init__(self, folder: Path, *, version: str = "1.26.0", build: str = 'touch "$2"') -> None:
        self._calls = folder / "calls"
        self._calls.touch()
        program = folder / "go"
        program.write_text(FAKE_GO.format(version=version, calls=self._calls, build=build))
        program.chmod(0o755)

    def built(self) -> list[str]:
        """Packages that were built, by their last part."""
        return [line.rpartition("/")[2] for line in self._calls.read_text().splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is on PATH before all others, and in which the cache is."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("TENANTRY_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_programs_are_built_once(folder: Path) -> None:
    go = FakeGo(folder)

    first, second = programs(lambda _: None), programs(lambda _: None)

    assert first == second
    assert go.built() == ["v3", "kube-apiserver", "kube-controller-manager"]
    assert first.kube_apiserver.exists()


def test_two_processes_at_once_build_each_program_once(folder: Path) -> None:
    go = FakeGo(folder)
    command = [sys.executable, "-m", "tests.controlplane.programs"]
    root = Path(__file__).parents[3]

    running = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate() for process in running]

    assert [process.returncode for process in running] == [0, 0], outputs
    built = sorted(go.built())
    assert {"kube-apiserver", "kube-controller-manager", "v3"} <= set(built)
    assert built == sorted(set(built))


def test_a_build_that_fails_says_what_go_says_and_leaves_no_program(folder: Path) -> None:
    FakeGo(folder, build="echo no such package; exit 1")

    with pytest.raises(ProgramsUnavailable, match=r"cannot build etcd.*no such package"):
        programs(lambda _: None)

    assert not [file for file in (folder / "cache").rglob("etcd*") if file.is_file()]


def test_the_version_is_stamped_into_kubernetes() -> None:
    assert f"-X k8s.io/component-base/version.gitVersion={KUBERNETES.version}" in " ".join(KUBERNETES.build_flags)


def test_the_cache_key_names_the_version() -> None:
    assert ETCD.cache_key.startswith(f"etcd-{ETCD.version}-")
