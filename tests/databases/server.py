"""What all database servers of tests have in common."""

from __future__ import annotations

import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from tests.controlplane.process import Process, free_port
from tests.databases.account import as_servers, new_folder
from tests.databases.certificates import Certificates, make_certificates
from tests.databases.programs import Programs

HOST = "127.0.0.1"
ADMIN = "admin"
ADMIN_PASSWORD = "admin-password"


class DatabaseServer(ABC):
    """A database server with TLS, on loopback, with data in a folder of its own."""

    kind: ClassVar[str]
    """As in a registry's ``spec.source``."""

    def __init__(self, programs: Programs) -> None:
        """Prepare the data. Nothing runs yet."""
        self.programs = programs
        self.folder = new_folder(self.kind)
        self.data = self.folder / "data"
        self.port = free_port()
        self.certificates: Certificates = make_certificates(self.folder / "tls", programs.openssl)
        self.other_certificates: Certificates = make_certificates(self.folder / "other", programs.openssl)
        self._process: Process | None = None
        self._initialize()

    def start(self, *, tls: bool = True) -> None:
        """Start it, and wait until it answers."""
        self._process = Process(self.kind, as_servers(self._command(tls=tls)), self.folder / "server.log")
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """Stop it in order; the data stays."""
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()

    def restart(self, *, tls: bool = True) -> None:
        """Stop it if it runs, and start it again."""
        self.stop()
        self.start(tls=tls)

    def remove(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_name(self) -> str:
        """A name for a database or an account that nobody has."""
        return f"t{secrets.token_hex(4)}"

    @property
    @abstractmethod
    def default_database(self) -> str:
        """A database that is always there."""

    @abstractmethod
    def run(self, *statements: str, database: str = "") -> list[tuple[Any, ...]]:
        """Run statements as administrator, each for itself; the rows of the last one."""

    @abstractmethod
    def connect(self, database: str) -> Any:
        """A connection of the administrator, of the driver's own kind."""

    @abstractmethod
    def create_account(self, name: str, password: str, database: str) -> None:
        """An account that may read all of a database."""

    @abstractmethod
    def change_password(self, name: str, password: str) -> None:
        """Give an account another password, and end its connections."""

    @abstractmethod
    def end_connections(self, name: str) -> None:
        """End the connections of an account."""

    @abstractmethod
    def _initialize(self) -> None:
        """Make the data folder."""

    @abstractmethod
    def _command(self, *, tls: bool) -> Sequence[str]:
        """How the server is started."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it takes connections."""
