"""Settings of the webhooks, all from environment variables that begin with ``TENANTRY_``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE: Final = 1024 * 1024
SPARE_THREADS: Final = 4
"""Threads beyond the limit of hook calls: health checks, metrics and refusals need some when all others are busy."""


def available_cores() -> int:
    """Cores that this process may run on, where the system tells; else all cores of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """How the webhooks are served. What they do is configured in Kubernetes objects, never here."""

    model_config = SettingsConfigDict(env_prefix="TENANTRY_", frozen=True, extra="ignore")

    bind: str = Field(
        default="0.0.0.0:8080",
        pattern=r"^(.*:[0-9]{1,5}|unix:.+)$",
        description="Address and port to listen on, or unix: and the path of a socket.",
    )
    workers: int = Field(
        default=0, ge=0, le=256, description="Worker processes. 0 means one for each core that this process may use."
    )
    max_calls: int = Field(
        default=64,
        ge=1,
        le=1000,
        description="Hook calls that one worker process handles at a time. Further ones are asked to come back in a "
        "few seconds.",
    )
    tenant_rate: float = Field(
        default=2.0,
        ge=0,
        le=1000,
        description="How often a second one tenant is synced by one worker process when something has it synced in a "
        "hot loop. Beyond that it is asked to come back, and the others are served. 0 sets no bound.",
    )
    tenant_burst: int = Field(
        default=60,
        ge=1,
        le=100_000,
        description="Syncs of one tenant that one worker process answers before tenant_rate counts, and one more for "
        "each object of the tenant. The allowance fills again at that rate.",
    )
    render_budget_ms: int = Field(
        default=250,
        ge=10,
        le=10_000,
        description="Milliseconds that the expressions of one tenant may take together in one hook call. They are "
        "counted in steps of about a microsecond each, never by a clock, so that the same tenant is always made of the "
        "same objects. An entry that needs more is Failed, and its object stays as it is.",
    )
    max_body_bytes: int = Field(
        default=32 * MEBIBYTE,
        ge=1024,
        description="Largest request body in bytes. A request carries all children of its parent, so this bounds them.",
    )
    timeout_seconds: int = Field(
        default=90,
        ge=1,
        description="Seconds after which a worker process that makes no progress at all is replaced. Keep it above "
        "the timeouts of the webhooks in the controllers' YAML.",
    )
    client_seconds: int = Field(
        default=20,
        ge=1,
        description="Seconds that a client may take to send a request, and to take the answer; what the hook takes "
        "does not count. It is 2 at most while other connections wait for a thread.",
    )
    shutdown_seconds: int = Field(
        default=65, ge=1, description="Seconds that hook calls under way may take to end when the server is stopped."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least important log lines that are written. A hook that answers is an info."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="json writes one JSON object a line; console is for people."
    )
    log_error_messages: bool = Field(
        default=False,
        description="Whether tracebacks in the log show the messages of exceptions. They may quote values of rows, so "
        "switch this on only to look for a bug.",
    )
    metrics: bool = Field(default=True, description="Whether GET /metrics answers Prometheus.")
    tls_certificate: Path | None = Field(
        default=None,
        description="File in PEM with the server's certificate, and those between it and its authority. With it, and "
        "tls_key, the server speaks HTTPS alone. Files that change count from the next connection on.",
    )
    tls_key: Path | None = Field(
        default=None,
        validate_default=True,
        description="File in PEM with the private key of tls_certificate, without a password.",
    )
    tls_client_ca: Path | None = Field(
        default=None,
        description="File in PEM with the authority of client certificates. With it, hooks answer only who shows one.",
    )
    token_file: Path | None = Field(
        default=None,
        description="File with tokens, one a line. With it, hooks and metrics answer only who shows one as "
        "Authorization: Bearer. What the file beside it whose name ends in -previous has counts too. Both are read "
        "again when they change.",
    )

    @field_validator("tls_key")
    @classmethod
    def _key_with_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if (key is None) is not (info.data.get("tls_certificate") is None):
            raise ValueError("TENANTRY_TLS_CERTIFICATE and TENANTRY_TLS_KEY need each other")
        return key

    @field_validator("tls_client_ca")
    @classmethod
    def _client_ca_with_key(cls, client_ca: Path | None, info: ValidationInfo) -> Path | None:
        if client_ca is not None and info.data.get("tls_key") is None:
            raise ValueError("client certificates need TLS: set TENANTRY_TLS_CERTIFICATE and TENANTRY_TLS_KEY")
        return client_ca

    @property
    def worker_processes(self) -> int:
        """Number of worker processes, at least one."""
        return self.workers or available_cores()

    @property
    def threads(self) -> int:
        """Threads of a worker process."""
        return self.max_calls + SPARE_THREADS
