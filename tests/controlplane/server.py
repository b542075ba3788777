"""The control plane itself: three programs, started in order, stopped in reverse."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from tests.controlplane.api import Api
from tests.controlplane.credentials import Credentials, write_credentials, write_kubeconfig
from tests.controlplane.process import Process, free_port
from tests.controlplane.programs import Programs

CONTROLLERS: Final = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "resourcequota-controller",
    "persistentvolumeclaim-protection-controller",
    "root-ca-certificate-publisher-controller",
    "endpointslice-controller",
)
SERVICE_RANGE: Final = "10.0.0.0/12"
"""Wide, because every Service takes an address: a /24 is full after 250."""


class ControlPlane:
    """A running control plane with its data in a temporary folder; a context manager that always cleans up.

    The garbage collector learns of new kinds only every 30 s, so CRDs that must be collected promptly are installed
    before the controller manager starts: hand them in as ``crds``. ``api_server_flags`` are added to those that
    kube-apiserver is started with.
    """

    def __init__(self, programs: Programs, *, crds: Iterable[Path] = (), api_server_flags: Iterable[str] = ()) -> None:
        self._programs = programs
        self._crds = tuple(crds)
        self._api_server_flags = tuple(api_server_flags)
        self._cleanup = ExitStack()
        self.processes: list[Process] = []

    def __enter__(self) -> Self:
        with self._cleanup:
            self.folder = Path(tempfile.mkdtemp(prefix="tenantry-cluster-"))
            self._cleanup.callback(shutil.rmtree, self.folder, ignore_errors=True)
            credentials = write_credentials(self.folder)
            store = self._start_etcd()
            self.api = self._start_api_server(store, credentials)
            write_kubeconfig(
                self.kubeconfig,
                url=self.api.url,
                token=self.api.token,
                certificate_authority=self.api.certificate_authority,
            )
            self.api.install_crds(self._crds)
            self._start_controller_manager()
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def kubeconfig(self) -> Path:
        """Configuration for kubectl and other clients."""
        return self.folder / "kubeconfig"

    def log_tails(self) -> str:
        """The last lines of every program, for a person who looks for the reason of a failure."""
        return "\n\n".join(f"--- {process.name}\n{process.log_tail()}" for process in self.processes)

    def _start_etcd(self) -> str:
        url = f"http://127.0.0.1:{free_port()}"
        self._start(
            "etcd",
            self._programs.etcd,
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            "--listen-peer-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )
        return url

    def _start_api_server(self, store: str, credentials: Credentials) -> Api:
        port = free_port()
        certificates = self.folder / "certificates"
        server = self._start(
            "kube-apiserver",
            self._programs.kube_apiserver,
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            f"--etcd-servers={store}",
            f"--cert-dir={certificates}",
            f"--token-auth-file={credentials.token_file}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={credentials.service_account_key}",
            f"--service-account-signing-key-file={credentials.service_account_key}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            "--disable-admission-plugins=ServiceAccount",
            "--endpoint-reconciler-type=none",
            *self._api_server_flags,
        )
        api = Api(f"https://127.0.0.1:{port}", credentials.token, certificates / "apiserver.crt")
        server.wait_until(api.ready)
        return api

    def _start_controller_manager(self) -> None:
        self._start(
            "kube-controller-manager",
            self._programs.kube_controller_manager,
            f"--kubeconfig={self.kubeconfig}",
            f"--controllers={','.join(CONTROLLERS)}",
            f"--root-ca-file={self.api.certificate_authority}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
        )

    def _start(self, name: str, program: Path, *arguments: str) -> Process:
        process = Process(name, [str(program), *arguments], self.folder / f"{name}.log")
        self._cleanup.callback(process.stop)
        self.processes.append(process)
        return process
