"""gunicorn's configuration, from the settings: ``gunicorn -c python:tenantry.server.gunicorn_conf``.

The application is built in each worker process, after the fork, so that no connection, lock or file is shared. Nothing
that this module imports may import prometheus_client: it has to find PROMETHEUS_MULTIPROC_DIR when it is loaded.
"""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
from collections.abc import Callable
from logging.config import dictConfig
from pathlib import Path
from typing import Any

from tenantry.server.logs import standard_logging
from tenantry.server.memory import relax_collector
from tenantry.server.tls import UnusableCertificates, certificates
from tenantry.server.tokens import Tokens, UnusableTokens
from tenantry.settings import Settings

_settings = Settings()

bind = _settings.bind
worker_class = "tenantry.server.worker.Worker"
workers = _settings.worker_processes
threads = _settings.threads
timeout = _settings.timeout_seconds
graceful_timeout = _settings.shutdown_seconds
# Go keeps idle connections for 90 s and does not repeat a POST on one that the server closed first (golang/go#22158).
keepalive = 100
# Replacing workers would close kept connections too.
max_requests = 0
accesslog = None
# gunicorn's own handler writes plain lines: it gets the void, and ours stands beside it. With `logconfig_dict` gunicorn
# would prepare an access log line for each request and throw it away, which takes about 40 µs.
errorlog = os.devnull
dictConfig(standard_logging(_settings))
proc_name = "tenantry"
control_socket_disable = True
if (_memory := Path("/dev", "shm")).is_dir():
    # Heartbeats are file times; on a disk they may wait for it.
    worker_tmp_dir = str(_memory)

METRICS_FOLDER = "tenantry-metrics-"
_own_metrics_dir: list[Path] = []
_certificates = certificates(_settings)
if _certificates is not None:
    # With these gunicorn knows that it speaks TLS, and asks the function below for each connection.
    certfile, keyfile = str(_settings.tls_certificate), str(_settings.tls_key)


def ssl_context(_conf: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """The context of a new connection, with the certificates of this moment."""
    return default() if _certificates is None else _certificates.context()


def on_starting(server: Any) -> None:
    """Refuse credentials that cannot be used, and prepare what the workers share."""
    _check_credentials()
    _prepare_metrics(server)


def _check_credentials() -> None:
    try:
        if _certificates is not None:
            _certificates.context()
        if _settings.token_file is not None:
            Tokens(_settings.token_file).read()
    except (UnusableCertificates, UnusableTokens) as error:
        raise SystemExit(f"{error}") from error


def _prepare_metrics(server: Any) -> None:
    """Prepare an empty directory in which several workers share their metrics; one worker needs none.

    What a worker counted stays when it ends: sums must not fall, and of a gauge the value that was set last counts.
    """
    if not _settings.metrics or server.num_workers == 1:
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        return
    given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if given is None:
        _remove_leftovers()
        folder = Path(tempfile.mkdtemp(prefix=f"{METRICS_FOLDER}{os.getpid()}-"))
        _own_metrics_dir.append(folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        return
    # Files of processes of an earlier run would be counted again, and be read at each scrape for ever.
    Path(given).mkdir(parents=True, exist_ok=True)
    for file in Path(given).glob("*.db"):
        file.unlink()


def _remove_leftovers() -> None:
    """Remove the directories of servers that were killed. In a pod they lie in its memory, and nobody else does it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{METRICS_FOLDER}*"):
        pid, _, _ = folder.name.removeprefix(METRICS_FOLDER).partition("-")
        if pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    """Whether another server may have this process id. In a pod, the one of before had ours."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return pid != os.getpid()


def post_worker_init(_worker: Any) -> None:
    """Prepare a worker whose application is loaded."""
    relax_collector()


def on_exit(_server: Any) -> None:
    """Remove the metrics directory if it is ours."""
    for folder in _own_metrics_dir:
        shutil.rmtree(folder, ignore_errors=True)
