"""The examples of how to install without Helm."""

from __future__ import annotations

import subprocess
from typing import Final

from tenantry.protocol import JSONObject
from tests.chart.helm import objects
from tests.controlplane.product import REPOSITORY
from tests.controlplane.programs import kustomize_program

EXAMPLES: Final = REPOSITORY / "examples"


def overlay() -> list[JSONObject]:
    """What the overlay for Kustomize installs."""
    command = [str(kustomize_program()), "build", str(EXAMPLES / "kustomize")]
    return objects(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
