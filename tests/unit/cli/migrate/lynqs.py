"""Lynq's objects, and what becomes of them."""

from __future__ import annotations

from typing import Any, Final

from tenantry.cli.migrate.lynq.converting import Conversion, convert_all
from tenantry.cli.preview import previews
from tenantry.engine.compile import compile_resources
from tenantry.protocol import JSONObject

API_VERSION: Final = "operator.lynq.sh/v1"
COLUMNS: Final = ("plan", "replicas", "region", "url", "config", "note", "my-tag", "key")


def hub(**spec: Any) -> JSONObject:
    """A LynqHub."""
    mysql = {"host": "db", "port": 3306, "username": "reader", "database": "app", "table": "shops"}
    return {
        "apiVersion": API_VERSION,
        "kind": "LynqHub",
        "metadata": {"name": "shops", "namespace": "lynq"},
        "spec": {
            "source": {"type": "mysql", "syncInterval": "30s", "mysql": mysql},
            "valueMappings": {"uid": "id", "activate": "active", "hostOrUrl": "site"},
            "extraValueMappings": {name: name for name in COLUMNS},
            **spec,
        },
    }


def form(*manifests: JSONObject, **spec: Any) -> JSONObject:
    """A LynqForm with these manifests."""
    metadata = {"name": "web", "namespace": "lynq"}
    content = {"hubId": "shops", "manifests": list(manifests), **spec}
    return {"apiVersion": API_VERSION, "kind": "LynqForm", "metadata": metadata, "spec": content}


def widget(value: Any = "x", **options: Any) -> JSONObject:
    """A resource of a kind of which nothing is known, with this in its spec."""
    spec = {"apiVersion": "example.com/v1", "kind": "Widget", "spec": {"field": value}}
    return {"id": "it", "nameTemplate": "it", "spec": spec, **options}


def convert(*objects: JSONObject) -> Conversion:
    """What becomes of these objects."""
    return convert_all(objects)


def entry_of(resource: JSONObject, **spec: Any) -> JSONObject:
    """The entry that a resource becomes."""
    entry: JSONObject = convert(hub(), form(resource, **spec)).objects[1]["spec"]["resources"][0]
    return entry


def losses(conversion: Conversion) -> list[str]:
    """Places that could not be converted."""
    return [note.place for note in conversion.notes.found if note.lost]


def differences(conversion: Conversion) -> dict[str, str]:
    """What means something else, by place."""
    found: dict[str, str] = {}
    for note in conversion.notes.found:
        if not note.lost:
            found[note.place] = f"{found.get(note.place, '')}{note.message}\n"
    return found


def made_of(resource: JSONObject, row: JSONObject) -> JSONObject:
    """The object that our engine makes of a converted resource and a row."""
    conversion = convert(hub(), form(resource))
    assert losses(conversion) == []
    template = conversion.objects[1]
    compiled = compile_resources(template["spec"]["resources"])
    everything = dict.fromkeys((*COLUMNS[:-2], "my_tag", "row_key", "hostOrUrl", "activate")) | {"uid": "acme"}
    (preview,) = previews(template, compiled, {**everything, **row})
    assert preview.problem == ""
    assert preview.object is not None
    return preview.object
