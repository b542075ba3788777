"""Programs of the control plane, built from the Go modules in ``tests/tools`` and kept in a cache outside the tree.

A cold build takes about five minutes on two cores. The cache key covers the module files and how we build, so a program
is built anew only when its version or its flags change. ``python -m tests.controlplane.programs`` builds what is
missing.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.controlplane.golang import ProgramsUnavailable, Report, go_program

TOOLS = Path(__file__).parents[1] / "tools"


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module of ours that pins one upstream module, and the commands that we build out of that."""

    folder: str
    upstream: str
    commands: dict[str, str]
    """Program → its package."""
    stamped: tuple[str, ...] = ()
    """Go variables that get the version."""

    @property
    def version(self) -> str:
        """The pinned version, for example ``v1.36.3``."""
        text = (TOOLS / self.folder / "go.mod").read_text()
        found = re.search(rf"^require {re.escape(self.upstream)} (\S+)$", text, re.MULTILINE)
        if found is None:
            raise ProgramsUnavailable(f"tests/tools/{self.folder}/go.mod does not require {self.upstream}")
        return found.group(1)

    @property
    def build_flags(self) -> tuple[str, ...]:
        """Flags of ``go build``: small programs that do not depend on where they were built, and know their version."""
        stamps = [f"-X {variable}={self.version}" for variable in self.stamped]
        return ("-trimpath", "-buildvcs=false", "-ldflags", " ".join(["-s", "-w", *stamps]))

    @property
    def cache_key(self) -> str:
        """Name of the cache folder of what this module builds."""
        digest = sha256("\0".join(self.build_flags).encode())
        for file in ("go.mod", "go.sum"):
            digest.update((TOOLS / self.folder / file).read_bytes())
        return f"{self.folder}-{self.version}-{digest.hexdigest()[:12]}"


ETCD = Module("etcd", "go.etcd.io/etcd/server/v3", {"etcd": "go.etcd.io/etcd/server/v3"})
KUBERNETES = Module(
    "kubernetes",
    "k8s.io/kubernetes",
    {
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    },
    stamped=("k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"),
)
KUBECTL = Module(
    "kubectl", KUBERNETES.upstream, {"kubectl": "k8s.io/kubernetes/cmd/kubectl"}, stamped=KUBERNETES.stamped
)
HELM = Module("helm", "helm.sh/helm/v3", {"helm": "helm.sh/helm/v3/cmd/helm"})
KUSTOMIZE = Module(
    "kustomize", "sigs.k8s.io/kustomize/kustomize/v5", {"kustomize": "sigs.k8s.io/kustomize/kustomize/v5"}
)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs lie."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path


def cache_folder() -> Path:
    """Folder of everything that is built once: ``$TENANTRY_CACHE``, else ``~/.cache/tenantry``."""
    configured = os.environ.get("TENANTRY_CACHE")
    return Path(configured) if configured else Path.home() / ".cache" / "tenantry"


def print_progress(line: str) -> None:
    """One line on standard error, where it does not mix with a program's output."""
    print(f"control plane: {line}", file=sys.stderr, flush=True)


def programs(report: Report = print_progress) -> Programs:
    """The programs, built first where they are missing. Raises ``ProgramsUnavailable``.

    Of several processes that ask at once, one builds and the others wait for it.
    """
    found = _programs_of(ETCD, report) | _programs_of(KUBERNETES, report)
    return Programs(found["etcd"], found["kube-apiserver"], found["kube-controller-manager"])


def kubectl_program(report: Report = print_progress) -> Path:
    """kubectl in the version of the control plane, built first where it is missing. Raises ``ProgramsUnavailable``."""
    return _programs_of(KUBECTL, report)["kubectl"]


def helm_program(report: Report = print_progress) -> Path:
    """Helm, built first where it is missing. Raises ``ProgramsUnavailable``."""
    return _programs_of(HELM, report)["helm"]


def kustomize_program(report: Report = print_progress) -> Path:
    """Kustomize, built first where it is missing. Raises ``ProgramsUnavailable``."""
    return _programs_of(KUSTOMIZE, report)["kustomize"]


def _programs_of(module: Module, report: Report) -> dict[str, Path]:
    folder = cache_folder() / "controlplane" / module.cache_key
    found = {name: folder / name for name in module.commands}
    for name, program in found.items():
        if not program.exists():
            _build(module, module.commands[name], program, report)
    return found


def _build(module: Module, package: str, program: Path, report: Report) -> None:
    program.parent.mkdir(parents=True, exist_ok=True)
    with _only_one_builder(program.parent.parent, report):
        if program.exists():
            return
        go = go_program(cache_folder(), report)
        report(f"building {program.name} {module.version} (once; a cold build of all takes about five minutes)")
        started = time.monotonic()
        unfinished = program.with_suffix(".unfinished")
        command = [str(go), "build", *module.build_flags, "-o", str(unfinished), package]
        answer = subprocess.run(
            command, cwd=TOOLS / module.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if answer.returncode != 0:
            raise ProgramsUnavailable(f"cannot build {program.name}, {' '.join(command)} says: {answer.stdout[-2000:]}")
        unfinished.replace(program)
        report(f"built {program.name} in {time.monotonic() - started:.0f} s")


@contextmanager
def _only_one_builder(folder: Path, report: Report) -> Iterator[None]:
    with (folder / "build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("another process builds the programs: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(programs())
        print(helm_program(), kustomize_program(), kubectl_program())
    except ProgramsUnavailable as problem:
        sys.exit(f"control plane: {problem}")
