"""All of Lynq's objects in some files as ours, and whether ours are valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tenantry.cli.migrate.lynq.form import convert_form
from tenantry.cli.migrate.lynq.form import place_of as form_place
from tenantry.cli.migrate.lynq.hub import convert_hub
from tenantry.cli.migrate.lynq.hub import place_of as hub_place
from tenantry.cli.migrate.lynq.notes import Notes
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.validation import findings_together

GROUP: Final = "operator.lynq.sh"
HUB: Final = "LynqHub"
FORM: Final = "LynqForm"
OURS: Final = ("TenantRegistry", "TenantTemplate")


@dataclass(slots=True)
class Conversion:
    """What became of some objects."""

    objects: list[JSONObject] = field(default_factory=list)
    """Registries, then templates. What was ours already is among them as it was."""
    converted: int = 0
    """How many of these were Lynq's."""
    notes: Notes = field(default_factory=Notes)


def convert_all(documents: Iterable[Any], *, namespace: str = "default") -> Conversion:
    """Everything that Lynq's objects among these become; other objects are passed by."""
    found = list(_objects(documents))
    hubs = {_name(obj): obj for obj in found if _is(obj, HUB)}
    forms = [obj for obj in found if _is(obj, FORM)]
    conversion = Conversion()
    templates: list[JSONObject] = []
    used: dict[str, set[str]] = {}
    for form in forms:
        hub_id = str((form.get("spec") or {}).get("hubId", ""))
        template, columns = convert_form(form, hubs.get(hub_id), conversion.notes, namespace=namespace)
        templates.append(template)
        used.setdefault(hub_id, set()).update(columns)
    registries = [
        convert_hub(hub, conversion.notes, used=used.get(name, ()), namespace=namespace) for name, hub in hubs.items()
    ]
    _same_names([obj for obj in found if _is(obj, HUB)], hub_place, conversion.notes)
    _same_names(forms, form_place, conversion.notes)
    _check([*registries, *templates], conversion.notes)
    ours = [obj for obj in found if obj.get("apiVersion") == API_VERSION and obj.get("kind") in OURS]
    conversion.objects = [*registries, *templates, *ours]
    conversion.converted = len(registries) + len(templates)
    return conversion


def _objects(documents: Iterable[Any]) -> Iterator[JSONObject]:
    for document in documents:
        if isinstance(document, dict) and isinstance(document.get("items"), list):
            yield from _objects(document["items"])
        elif isinstance(document, dict) and isinstance(document.get("metadata"), dict):
            yield document


def _is(obj: JSONObject, kind: str) -> bool:
    return obj.get("kind") == kind and str(obj.get("apiVersion")).partition("/")[0] == GROUP


def _name(obj: JSONObject) -> str:
    return str(obj["metadata"].get("name", ""))


def _same_names(objects: Sequence[JSONObject], place_of: Any, notes: Notes) -> None:
    counts = Counter(map(_name, objects))
    for obj in objects:
        if counts[_name(obj)] > 1:
            notes.lost(place_of(obj), "several have this name, in different namespaces: ours live in none, rename one")


def _check(objects: Sequence[JSONObject], notes: Notes) -> None:
    """Whatever ``tenantry validate`` would refuse was not converted."""
    for obj, findings in zip(objects, findings_together(objects), strict=True):
        for finding in findings:
            if not finding.warning:
                notes.lost(f"{obj['kind']} {_name(obj)}: {finding.path}", finding.message)
