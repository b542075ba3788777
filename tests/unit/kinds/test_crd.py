"""The CRDs that the models become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import Field

from tenantry.kinds import KINDS, Kind
from tenantry.kinds.crd import NotStructural, custom_resource_definition
from tenantry.kinds.kind import Column, Model, Rule, list_map
from tenantry.names import API_VERSION, GROUP, VERSION

EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


class Part(Model):
    """A part,
    on two lines.

    Notes for those who read the code.
    """

    name: str = Field(description="Required. A name.")
    weight: int = Field(default=3, ge=1, le=9, description="A weight.")


class ExampleSpec(Model):
    """An example."""

    part: Part = Field(description="Required. The main part.")
    parts: list[Part] = Field(default_factory=list, description="More parts.", json_schema_extra=list_map("name"))
    mode: Literal["Fast", "Slow"] = Field(default="Fast", description="A mode.")
    only: Literal["One"] = Field(default="One", description="The only choice.")
    note: str = Field(default="", description="A note.")
    hint: str | None = Field(default=None, description="A hint.")
    values: dict[str, int] = Field(default_factory=dict, description="Values.")


class ExampleStatus(Model):
    """Its state."""

    phase: str = Field(default="Pending", description="A phase.")


class UnionSpec(Model):
    """A union."""

    either: str | int = Field(description="Required. No structural schema can say this.")


class SilentSpec(Model):
    """A field without a word."""

    silent: str


def example(**options: Any) -> Kind:
    given: dict[str, Any] = {"spec": ExampleSpec, "status": ExampleStatus, **options}
    return Kind(name="Example", plural="examples", short_names=("ex",), description="For tests.", **given)


def schema_of(kind: Kind) -> dict[str, Any]:
    crd = custom_resource_definition(kind)
    schema: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def spec_of(kind: Kind) -> dict[str, Any]:
    spec: dict[str, Any] = schema_of(kind)["properties"]["spec"]["properties"]
    return spec


def schemas_in(node: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema in a schema, with its path."""
    if not isinstance(node, dict):
        return
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from schemas_in(child, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        yield from schemas_in(node.get(keyword), f"{path}.{keyword}")


@EACH_KIND
def test_a_crd_is_named_after_its_kind(kind: Kind) -> None:
    crd = custom_resource_definition(kind)
    names = crd["spec"]["names"]
    assert crd["metadata"]["name"] == f"{kind.plural}.{GROUP}"
    assert crd["spec"]["scope"] == "Cluster"
    assert crd["spec"]["versions"][0]["name"] == VERSION
    assert (names["kind"], names["categories"]) == (kind.name, ["tenantry"])
    assert kind.api_version == API_VERSION
    assert kind.type_key == f"{kind.name}.{API_VERSION}"


def test_short_names_are_unique() -> None:
    names = [name for kind in KINDS for name in (*kind.short_names, kind.plural, kind.name.lower())]
    assert len(names) == len(set(names))


@EACH_KIND
def test_every_field_is_described(kind: Kind) -> None:
    undescribed = [
        f"{path}.{name}"
        for path, schema in schemas_in(schema_of(kind))
        for name, child in schema.get("properties", {}).items()
        if not child.get("description") and name != "metadata"
    ]
    assert undescribed == []


@EACH_KIND
def test_a_description_in_a_spec_says_whether_the_field_is_required(kind: Kind) -> None:
    wrong = [
        f"{path}.{name}"
        for path, schema in schemas_in(schema_of(kind)["properties"]["spec"])
        for name, child in schema.get("properties", {}).items()
        if child["description"].startswith("Required.") != (name in schema.get("required", ()))
    ]
    assert wrong == []


@EACH_KIND
def test_every_list_says_how_it_is_merged(kind: Kind) -> None:
    silent = [
        path
        for path, schema in schemas_in(schema_of(kind))
        if schema.get("type") == "array" and "x-kubernetes-list-type" not in schema
    ]
    assert silent == []


@EACH_KIND
def test_keys_of_list_maps_are_required(kind: Kind) -> None:
    optional = [
        f"{path}[{key}]"
        for path, schema in schemas_in(schema_of(kind))
        for key in schema.get("x-kubernetes-list-map-keys", ())
        if key not in schema["items"].get("required", ())
    ]
    assert optional == []


@EACH_KIND
def test_a_status_is_never_defaulted(kind: Kind) -> None:
    status = schema_of(kind)["properties"].get("status", {})
    assert [path for path, schema in schemas_in(status) if "default" in schema] == []


@pytest.mark.parametrize("name", ["TenantSlice", "TenantTemplateRevision"])
def test_what_tenantry_writes_is_stored_as_written(name: str) -> None:
    kind = next(kind for kind in KINDS if kind.name == name)
    assert [path for path, schema in schemas_in(schema_of(kind)) if "default" in schema] == []


@EACH_KIND
def test_kinds_with_a_status_have_its_subresource(kind: Kind) -> None:
    version = custom_resource_definition(kind)["spec"]["versions"][0]
    assert ("subresources" in version) == ("status" in schema_of(kind)["properties"])


def test_references_are_put_in_place() -> None:
    assert spec_of(example())["part"]["properties"]["name"] == {"type": "string", "description": "Required. A name."}


def test_a_field_is_described_by_itself_before_its_type() -> None:
    assert spec_of(example())["part"]["description"] == "Required. The main part."


def test_users_read_the_first_paragraph_of_a_docstring() -> None:
    assert spec_of(example())["parts"]["items"]["description"] == "A part, on two lines."


def test_integers_are_64_bits_wide_and_bounded() -> None:
    weight = spec_of(example())["part"]["properties"]["weight"]
    assert weight == {
        "type": "integer",
        "format": "int64",
        "minimum": 1,
        "maximum": 9,
        "default": 3,
        "description": "Optional, 3 by default. A weight.",
    }


def test_choices_become_an_enum() -> None:
    assert spec_of(example())["mode"]["enum"] == ["Fast", "Slow"]


def test_a_single_choice_becomes_an_enum() -> None:
    assert spec_of(example())["only"]["enum"] == ["One"]


def test_an_empty_default_is_left_out() -> None:
    assert spec_of(example())["note"] == {"type": "string", "description": "Optional. A note."}


def test_null_is_no_type_of_its_own() -> None:
    assert spec_of(example())["hint"] == {"type": "string", "description": "Optional. A hint."}


def test_maps_have_typed_values() -> None:
    assert spec_of(example())["values"]["additionalProperties"] == {"type": "integer", "format": "int64"}


def test_lists_keep_their_marks() -> None:
    assert spec_of(example())["parts"]["x-kubernetes-list-map-keys"] == ["name"]


def test_defaults_are_left_to_the_reader_where_tenantry_writes() -> None:
    assert "default" not in spec_of(example(defaulted=False))["mode"]


def test_a_rule_names_the_field_to_blame() -> None:
    schema = schema_of(example(rules=(Rule("self.spec.note != 'x'", "no x", ".spec.note"),)))
    assert schema["x-kubernetes-validations"] == [
        {"rule": "self.spec.note != 'x'", "message": "no x", "fieldPath": ".spec.note"}
    ]


def test_a_column_is_described() -> None:
    crd = custom_resource_definition(example(columns=(Column("Note", "string", ".spec.note", "A note."),)))
    assert crd["spec"]["versions"][0]["additionalPrinterColumns"] == [
        {"name": "Note", "type": "string", "jsonPath": ".spec.note", "description": "A note."}
    ]


def test_a_union_is_refused_with_its_path() -> None:
    with pytest.raises(NotStructural, match=r"UnionSpec\.either: a field needs one type"):
        custom_resource_definition(example(spec=UnionSpec))


def test_a_field_without_description_is_refused_with_its_path() -> None:
    with pytest.raises(NotStructural, match=r"SilentSpec\.silent: a field needs a description"):
        custom_resource_definition(example(spec=SilentSpec))
