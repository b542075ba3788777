"""The real Metacontroller, if ``METACONTROLLER_BIN`` names its program; ``METACONTROLLER_CRDS`` names its CRDs."""

from __future__ import annotations

import os
from pathlib import Path

from tests.controlplane.process import Process

STAND_IN_CRDS = Path(__file__).parent / "manifests" / "metacontroller-crds.yaml"


def metacontroller_program() -> Path | None:
    """The program that ``METACONTROLLER_BIN`` names. Raises ``FileNotFoundError`` when there is no such file."""
    configured = os.environ.get("METACONTROLLER_BIN")
    if not configured:
        return None
    return _existing(configured, "METACONTROLLER_BIN")


def metacontroller_crds() -> Path:
    """CRDs of CompositeController and DecoratorController: its own where known, else ours that accept anything."""
    configured = os.environ.get("METACONTROLLER_CRDS")
    return _existing(configured, "METACONTROLLER_CRDS") if configured else STAND_IN_CRDS


def start_metacontroller(program: Path, *, kubeconfig: Path, log: Path) -> Process:
    """Metacontroller as we recommend to run it: server-side apply, and a rate limit that does not show."""
    return Process(
        "metacontroller",
        [
            str(program),
            f"--kubeconfig={kubeconfig}",
            "--apply-strategy=server-side-apply",
            "--client-go-qps=2000",
            "--client-go-burst=4000",
            "--workers=10",
            "--discovery-interval=5s",
            "--cache-flush-interval=24h",
            "--metrics-address=0",
            "--health-probe-bind-address=0",
            "--zap-log-level=info",
        ],
        log,
    )


def _existing(configured: str, variable: str) -> Path:
    file = Path(configured)
    if not file.is_file():
        raise FileNotFoundError(f"{variable} names {configured}, which is not a file")
    return file
