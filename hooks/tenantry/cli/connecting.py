"""How commands reach a cluster: the options that name it, and completions out of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click
from yaml import YAMLError

from tenantry.cli.cluster import CONNECTIONS, METADATA, PAGE, Cluster, ClusterError, Resource

_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_WAY_OUT: Final = "Name a kubeconfig with --kubeconfig or KUBECONFIG."
_NO_KUBECONFIG: Final = (YAMLError, OSError, ValueError, TypeError, KeyError, AttributeError)
"""What the client raises for files that are no kubeconfig, or whose certificates are none."""

Command = TypeVar("Command", bound=Callable[..., Any])


def connect(kubeconfig: Path | None = None, context: str = "") -> Cluster:
    """The cluster of a kubeconfig, of the pod that this runs in, or of the user. Raises ``ClusterError``."""
    from kubernetes import config
    from kubernetes.client import ApiClient, Configuration
    from urllib3 import Retry

    settings = Configuration()
    settings.connection_pool_maxsize = CONNECTIONS
    # A busy API server answers 429 with Retry-After (priority and fairness): any request may be repeated then.
    settings.retries = Retry(
        total=5, connect=0, read=0, redirect=0, other=0, status_forcelist={429}, allowed_methods=None,
        raise_on_status=False,
    )  # fmt: skip
    place = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    try:
        if inside_a_pod() and kubeconfig is None and not context and "KUBECONFIG" not in os.environ:
            config.load_incluster_config(client_configuration=settings)
        else:
            file = None if kubeconfig is None else str(kubeconfig)
            with _complaints() as told:
                config.load_kube_config(file, context or None, settings, persist_config=False)
            if told:
                raise ClusterError(f"The kubeconfig {place} gives no credentials: {'; '.join(told)}. {_WAY_OUT}")
        return Cluster(ApiClient(settings))
    except config.ConfigException as error:
        raise ClusterError(f"{str(error).rstrip('.')}. {_WAY_OUT}") from error
    except _NO_KUBECONFIG as error:
        cause = " ".join(str(error).split())
        raise ClusterError(f"The kubeconfig {place} cannot be used: {cause}. {_WAY_OUT}") from error


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the client only logs, and goes on without: a credential plugin that fails would make a person anonymous."""
    handler = _Remembering(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield handler.messages
    finally:
        logging.getLogger().removeHandler(handler)


class _Remembering(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def inside_a_pod() -> bool:
    """Whether this runs in a pod with a service account."""
    return _SERVICE_ACCOUNT.exists()


def cluster_options(function: Command) -> Command:
    """Adds ``--kubeconfig`` and ``--context`` to a command, which gets the ``cluster`` that they name."""

    @click.option(
        "--kubeconfig",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Kubeconfig file. Without it: KUBECONFIG, or ~/.kube/config.",
    )
    @click.option(
        "--context",
        default="",
        help="Context of the kubeconfig. Without it: the current one.",
        shell_complete=_contexts,
    )
    @wraps(function)
    def command(*args: Any, kubeconfig: Path | None, context: str, **kwargs: Any) -> Any:
        return function(*args, cluster=connect(kubeconfig, context), **kwargs)

    return cast(Command, command)


def _contexts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from kubernetes import config

    file = ctx.params.get("kubeconfig")
    try:
        found, _ = config.list_kube_config_contexts(None if file is None else str(file))
    except (config.ConfigException, *_NO_KUBECONFIG):
        return []
    return [each["name"] for each in found if each["name"].startswith(incomplete)]


def names_of(resource: Resource) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Names of the cluster's objects of a kind, for shell completion. A cluster that does not answer has none."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        try:
            cluster = connect(ctx.params.get("kubeconfig"), ctx.params.get("context") or "")
            names = [obj["metadata"]["name"] for obj in cluster.items(resource, accept=METADATA, limit=PAGE)]
        except ClusterError:
            return []
        return [name for name in names if name.startswith(incomplete)]

    return complete
