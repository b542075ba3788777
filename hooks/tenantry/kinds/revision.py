"""TenantTemplateRevision: one state of a template's content, to which tenants are pinned. Never edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from tenantry.kinds.kind import AGE, Column, Kind, Model, list_map
from tenantry.kinds.template import MAX_RESOURCES, TemplateResource, TemplateVariable, Variables
from tenantry.protocol import JSONObject


class TenantTemplateRevisionSpec(Model):
    """Content of a template as it was at one time."""

    template: str = Field(description="Required. The TenantTemplate that this is a revision of.")
    anchor: str = Field(
        default="",
        description="uid of Namespace kube-system, to which retained objects are anchored. Not part of the hash in the "
        "revision's name.",
    )
    withdrawn: bool = Field(
        default=False,
        description="Whether the template was deleted together with its objects: tenants that are pinned to this "
        "revision have none of them any more. Not part of the hash in the revision's name.",
    )
    variables: Variables
    resources: list[TemplateResource] = Field(
        max_length=MAX_RESOURCES,
        description="Required. As in the template.",
        json_schema_extra=list_map("id"),
    )


TENANT_TEMPLATE_REVISION = Kind(
    name="TenantTemplateRevision",
    plural="tenanttemplaterevisions",
    short_names=("ttr",),
    description="An immutable state of a template's content, made by Tenantry. Its name holds the content's hash.",
    spec=TenantTemplateRevisionSpec,
    defaulted=False,
    columns=(Column("Template", "string", ".spec.template"), AGE),
)


def canonical(
    resources: Iterable[TemplateResource], variables: Mapping[str, TemplateVariable] | None = None
) -> JSONObject:
    """The content of a template that its revisions are named by and hold: options with default values are left out.

    So a new option with a default changes no revision's name. The order of entries counts: it decides which of two
    entries has an object that both make. Inside objects, nulls are left out and integral floats are integers, since an
    API server would store them so. Descriptions of variables are left out: they change no tenant.
    """
    content: JSONObject = {
        "resources": [
            resource.model_dump(by_alias=True, exclude={"object"}, exclude_defaults=True)
            | {"object": _stored(resource.object)}
            for resource in resources
        ]
    }
    if variables:
        content["variables"] = {
            name: _stored(variable.model_dump(by_alias=True, exclude={"description"}, exclude_defaults=True))
            for name, variable in variables.items()
        }
    return content


def _stored(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stored(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_stored(item) for item in value if item is not None]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
