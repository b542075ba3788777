"""A registry over a real database: the world of the registry's unit tests, with rows and Secrets that are real."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from tenantry.names import DATASOURCE_LABEL
from tenantry.protocol import JSONObject
from tenantry.registry.polling import Errand, Fetched
from tenantry.registry.source import poll
from tests.datasource.place import Place
from tests.unit.registry.world import World

NAMESPACE = "apps"
PASSWORD_SECRET = "shops-password"


@dataclass
class Fleet(World):
    """A registry whose rows come from a database server, with the time of a test and the errors of a real network."""

    secrets: dict[str, JSONObject] = field(default_factory=dict)

    def poll(self, errand: Errand) -> Fetched:
        """As in production."""
        self.polls += 1
        return poll(errand)

    def request(self, **options: Any) -> JSONObject:
        """The request of a sync, with the Secrets that there are."""
        request = super().request(**options)
        request["related"]["Secret.v1"] = self.secrets
        return request

    def set_secret(self, name: str, *, label: bool = True, **contents: bytes) -> None:
        """Make or change a Secret."""
        labels = {DATASOURCE_LABEL: "true"} if label else {}
        self.secrets[f"{NAMESPACE}/{name}"] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
            "data": {key.replace("_", "."): b64encode(content).decode() for key, content in contents.items()},
        }

    def set_password(self, password: str) -> None:
        """Change the Secret with the password."""
        self.set_secret(PASSWORD_SECRET, password=password.encode())

    @property
    def reachable(self) -> tuple[str, str]:
        """Status and reason of SourceReachable."""
        found = self.condition("SourceReachable")
        return found["status"], found["reason"]

    def recovers(self) -> bool:
        """Whether the source is reachable within two intervals, as if syncs came every second."""
        for _ in range(60):
            self.pass_time(1)
            self.sync()
            if self.reachable[0] == "True":
                return True
        return False

    def poll_in_vain(self) -> None:
        """Poll several times, and look that nobody goes and nothing changes in the slices."""
        before = {name: child["spec"] for name, child in self.slices.items()}
        tenants = self.tenant_uids()
        for _ in range(3):
            self.next_poll()
        assert {name: child["spec"] for name, child in self.slices.items()} == before
        assert self.tenant_uids() == tenants
        assert self.removed_tenants == set()


def fleet_over(place: Place, *uids: str, **options: Any) -> Fleet:
    """A registry over a place, with a shop and a ready Tenant for each uid."""
    place.make_shops(*((uid, 1, "note of " + uid) for uid in uids))
    fleet = Fleet()
    fleet.set_password(place.password)
    reference = {"name": PASSWORD_SECRET, "namespace": NAMESPACE, "key": "password"}
    fleet.edit(
        source=place.spec(passwordRef=reference, **options),
        valueMappings={"uid": "id", "activate": "active"},
        extraValueMappings={"note": "note"},
    )
    fleet.settle()
    return fleet
