"""A LynqHub as a TenantRegistry."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from tenantry.cli.migrate.lynq.naming import registry_name
from tenantry.cli.migrate.lynq.notes import Notes
from tenantry.cli.migrate.lynq.scope import ACTIVATE_VARIABLE, HOST_VARIABLE, variable_name
from tenantry.kinds.kind import Kind
from tenantry.kinds.registry import TENANT_REGISTRY
from tenantry.kinds.source import DURATION
from tenantry.names import API_VERSION, DATASOURCE_LABEL
from tenantry.protocol import JSONObject

KIND: Final[Kind] = TENANT_REGISTRY
_ACTIVATION: Final = (
    "1, true and yes are active in any case, 0, false, no, empty and NULL inactive, and any other value is an unusable "
    "row whose tenant stays as it is. In Lynq everything but 1, true, True, TRUE, yes, Yes and YES is inactive"
)
_TYPES: Final = (
    "values keep the type of their column, where Lynq has texts alone. Expressions were converted so that numbers, "
    "texts and NULL give the same objects. Look at columns of other types: times, BIT, JSON and bytes are written "
    "differently (docs/datasources.md)"
)
_SAFETY: Final = (
    "at most 10% of the tenants go in an hour without a person's approval. Lynq deletes all of them when the table is "
    "empty"
)
_TABLE: Final = re.compile(r"`?([^`.\s]+)`?(?:\.`?([^`.\s]+)`?)?")
_PLAIN: Final = ("host", "port", "username")
_KNOWN: Final = frozenset((*_PLAIN, "passwordRef", "database", "table"))
_LONG: Final = "24h"


def place_of(hub: JSONObject) -> str:
    """How notes call a hub."""
    return f"LynqHub {hub['metadata'].get('name', '')}"


def convert_hub(hub: JSONObject, notes: Notes, *, used: Collection[str] = (), namespace: str = "default") -> JSONObject:
    """The registry. ``used`` are built-in columns that the templates of its forms use."""
    place, spec = place_of(hub), hub.get("spec") or {}
    name = registry_name(str(hub["metadata"].get("name", "")))
    if name != hub["metadata"].get("name"):
        notes.differs(place, f"is TenantRegistry {name}: names of registries are DNS labels of at most 24 characters")
    mappings = spec.get("valueMappings") or {}
    converted: JSONObject = {
        "source": _source(spec.get("source") or {}, place, notes, hub["metadata"].get("namespace") or namespace),
        "valueMappings": {key: mappings[key] for key in ("uid", "activate") if mappings.get(key)},
    }
    extra = _extra(spec.get("extraValueMappings") or {}, place, notes)
    if mappings.get("hostOrUrl"):
        extra.setdefault(HOST_VARIABLE, mappings["hostOrUrl"])
    if ACTIVATE_VARIABLE in used and mappings.get("activate"):
        extra.setdefault(ACTIVATE_VARIABLE, mappings["activate"])
    if extra:
        converted["extraValueMappings"] = extra
    for key in sorted(mappings.keys() - {"uid", "activate", "hostOrUrl"}):
        notes.lost(f"{place}: spec.valueMappings.{key}", "is not known here: map it in extraValueMappings")
    for key in sorted(spec.keys() - {"source", "valueMappings", "extraValueMappings"}):
        notes.lost(f"{place}: spec.{key}", "is not known here")
    notes.differs(f"{place}: spec.valueMappings.activate", _ACTIVATION)
    notes.differs(f"{place}: spec.extraValueMappings", _TYPES)
    notes.differs(place, _SAFETY)
    return {"apiVersion": API_VERSION, "kind": KIND.name, "metadata": {"name": name}, "spec": converted}


def _extra(mappings: Mapping[str, Any], place: str, notes: Notes) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for name, column in mappings.items():
        where = f"{place}: spec.extraValueMappings.{name}"
        if name == "uid":
            notes.lost(where, "a column cannot take the place of the uid here: give it another name in hub and forms")
            continue
        ours = variable_name(name)
        if ours in extra:
            notes.lost(where, f"is called {ours} here, as another one is: rename one of them in hub and forms")
            continue
        if ours != name:
            notes.differs(where, f"is called {ours} here")
        extra[ours] = column
    return extra


def _source(source: JSONObject, place: str, notes: Notes, namespace: str) -> JSONObject:
    where = f"{place}: spec.source"
    converted: JSONObject = {"syncInterval": _interval(str(source.get("syncInterval") or "30s"), where, notes)}
    if source.get("type", "mysql") != "mysql" or not isinstance(source.get("mysql"), dict):
        notes.lost(where, "only a source of type mysql can be converted")
        return converted
    given = source["mysql"]
    mysql: JSONObject = {key: given[key] for key in _PLAIN if key in given}
    mysql |= _tables(given, where, notes)
    reference = given.get("passwordRef")
    if reference:
        secret = str(reference.get("name", ""))
        mysql["passwordRef"] = {"name": secret, "namespace": namespace, "key": reference.get("key") or "password"}
        notes.differs(
            f"{where}.mysql.passwordRef",
            f"the Secret needs a label: kubectl label secret --namespace {namespace} {secret} {DATASOURCE_LABEL}=true",
        )
    for key in sorted(given.keys() - _KNOWN):
        notes.lost(f"{where}.mysql.{key}", "is not known here")
    return {**converted, "mysql": mysql}


def _tables(given: JSONObject, where: str, notes: Notes) -> JSONObject:
    """Database and table. Lynq writes the table into its query as it is, so it may name a database too."""
    database, table = given.get("database", ""), str(given.get("table", ""))
    found = _TABLE.fullmatch(table)
    if found is None:
        notes.lost(f"{where}.mysql.table", f"{table!r} is not the name of a table: make a view of it, and name that")
        return {"database": database, "table": table}
    if not found[2]:
        return {"database": database, "table": found[1]}
    if found[1] != database:
        notes.differs(f"{where}.mysql.table", f"the account connects to database {found[1]}, in which the table is")
    return {"database": found[1], "table": found[2]}


def _interval(text: str, where: str, notes: Notes) -> str:
    found = re.fullmatch(r"0*([0-9]+)([smh])", text)
    if found is None:
        notes.lost(f"{where}.syncInterval", f"{text!r} is no interval; 30s, as Lynq takes it then")
        return "30s"
    if not found[1].strip("0"):
        notes.differs(f"{where}.syncInterval", f"{text} means never in Lynq; here it is {_LONG}")
        return _LONG
    interval = found[1] + found[2]
    if not re.fullmatch(DURATION, interval):
        notes.differs(f"{where}.syncInterval", f"{text} is too long: it is {_LONG}")
        return _LONG
    return interval
