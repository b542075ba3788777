"""What a fleet shall be: its rows, its template, and the objects that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tenantry.names import slug
from tenantry.protocol import JSONObject
from tests.scenarios.harness import objects

KEPT_IN: Final = "default"
"""Namespace of the retained objects: one that outlives every tenant."""
Expected = dict[tuple[str, str, str], JSONObject]
"""(kind, namespace, name) → fields that the object shall have, as far as they are looked at."""


@dataclass(slots=True)
class Shop:
    """A row."""

    plan: str
    replicas: int
    note: str

    @property
    def columns(self) -> dict[str, Any]:
        """Values by column."""
        return {"plan": self.plan, "replicas": self.replicas, "note": self.note}


@dataclass(slots=True)
class Fleet:
    """What there shall be. ``prefix`` begins the names of all objects."""

    prefix: str
    shops: dict[str, Shop] = field(default_factory=dict)
    """uid → row, of active rows."""
    release: int = 1
    """Of the template: part of an image and of a ConfigMap."""
    extra: bool = False
    """Whether the template has one more ConfigMap."""

    def template(self) -> list[JSONObject]:
        """The entries of the template."""
        data = {"plan": "{{ plan }}", "note": "{{ note }}", "release": str(self.release)}
        entries = [
            objects.namespace_entry(self.prefix),
            objects.config_entry(self.prefix, data),
            objects.web_entry(self.prefix, image=f"shop:{self.release}"),
            objects.entry(
                "keepsake",
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": self.prefix + "-{{ slug }}-keepsake", "namespace": KEPT_IN},
                    "data": {"plan": "{{ plan }}"},
                },
                deletionPolicy="Retain",
            ),
        ]
        if self.extra:
            entries.append(objects.config_entry(self.prefix, {"shop": "{{ uid }}"}, id="extra"))
        return entries

    def expected(self) -> Expected:
        """The objects of all tenants."""
        expected: Expected = {}
        for uid, shop in self.shops.items():
            home = f"{self.prefix}-{slug(uid)}"
            expected["Namespace", "", home] = {}
            data = {"plan": shop.plan, "note": shop.note, "release": str(self.release)}
            expected["ConfigMap", home, "config"] = {"data": data}
            expected["ConfigMap", KEPT_IN, self.keepsake(uid)] = {"data": {"plan": shop.plan}}
            expected["Deployment", home, "web"] = {"replicas": shop.replicas, "image": f"shop:{self.release}"}
            if self.extra:
                expected["ConfigMap", home, "extra"] = {"data": {"shop": uid}}
        return expected

    def keepsake(self, uid: str) -> str:
        """Name of the retained ConfigMap of a shop."""
        return f"{self.prefix}-{slug(uid)}-keepsake"


def looked_at(obj: JSONObject) -> JSONObject:
    """The fields of an object that are compared."""
    match obj["kind"]:
        case "ConfigMap":
            return {"data": obj.get("data") or {}}
        case "Deployment":
            spec = obj["spec"]
            return {"replicas": spec["replicas"], "image": spec["template"]["spec"]["containers"][0]["image"]}
        case _:
            return {}
