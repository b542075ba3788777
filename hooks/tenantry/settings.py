"""Settings of the webhooks, all from environment variables that begin with ``TENANTRY_``."""

from __future__ import annotations

import os
from typing import Final, Literal

from pydantic import Field
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

    @property
    def worker_processes(self) -> int:
        """Number of worker processes, at least one."""
        return self.workers or available_cores()

    @property
    def threads(self) -> int:
        """Threads of a worker process."""
        return self.max_calls + SPARE_THREADS
