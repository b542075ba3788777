"""What the demo plays on: an installation on this machine, and a database with a table of shops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from tenantry.cli.demo.shops import Shops
from tenantry.cli.installation import Installation, installation, read_object
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop


@dataclass(frozen=True, slots=True)
class Stage:
    """A running installation, and the things that a person would have at hand."""

    installation: Installation
    shops: Shops
    template: JSONObject
    registry: JSONObject

    @property
    def cluster(self) -> Cluster:
        """The cluster."""
        return self.installation.cluster

    @property
    def loop(self) -> ControllerLoop:
        """Its controllers."""
        return self.installation.loop

    def apply(self, obj: JSONObject) -> JSONObject:
        """What ``kubectl apply --server-side`` does."""
        return self.installation.apply(obj)


def checkout() -> Path:
    """The checkout of the repository around this file. Raises ``ClickException`` when the package is installed."""
    folder = Path(__file__).parents[4]
    if not (folder / "examples").is_dir():
        raise click.ClickException("The demo needs the repository's examples: run `make demo` in a checkout.")
    return folder


@contextmanager
def set_stage(folder: Path, repository: Path) -> Iterator[Stage]:
    """Start everything, files in ``folder``, and stop it again."""
    shops = Shops(folder / "shops.db")
    examples = repository / "examples" / "shops"
    registry = read_object(examples / "registry.yaml")
    registry["spec"]["source"]["sqlite"]["path"] = str(shops.file)
    with installation(folder) as running:
        yield Stage(running, shops, read_object(examples / "template.yaml"), registry)
