"""What a kind of ours consists of, and the pieces that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from tenantry.names import API_VERSION, GROUP, VERSION

PRESERVE_UNKNOWN: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
"""Schema of an object that holds whatever its author wrote."""


def list_map(*keys: str) -> dict[str, Any]:
    """Schema marks of a list whose items are told apart by these fields."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def list_atomic() -> dict[str, Any]:
    """Schema marks of a list that is replaced as a whole."""
    return {"x-kubernetes-list-type": "atomic"}


def rules(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Schema marks of CEL rules, each with the sentence that a user reads when it is broken."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in pairs]}


class Model(BaseModel):
    """A part of an object: snake_case here, camelCase on the wire; read, never changed; unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore", strict=True)


class Condition(Model):
    """One aspect of an object's state, as the Kubernetes API conventions define conditions."""

    type: str = Field(description="What the condition speaks of: Ready, Progressing, Degraded and others.")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether the condition holds.")
    reason: str = Field(description="Why, in one CamelCase word.")
    message: str = Field(default="", description="Why, and what to do about it, in a sentence.")
    observed_generation: int = Field(default=0, description="The metadata.generation that this was said of.")
    last_transition_time: str = Field(
        description="When status changed last.", json_schema_extra={"format": "date-time"}
    )


Conditions = Annotated[
    list[Condition],
    Field(default_factory=list, description="The object's state, by type.", json_schema_extra=list_map("type")),
]
ObservedGeneration = Annotated[
    int, Field(default=0, description="The metadata.generation that this status was computed for.")
]


class Column(NamedTuple):
    """A column of ``kubectl get``; ``type`` as in OpenAPI, with ``date`` shown as an age."""

    name: str
    type: str
    json_path: str
    description: str = ""


class Rule(NamedTuple):
    """A CEL rule over the whole object."""

    rule: str
    message: str
    """The sentence that a user reads when the rule is broken."""
    field_path: str = ""
    """The field to blame, for example ``.spec.registry``."""
    name_pattern: str = ""
    """Regular expression of the object's name, if that is what the rule is about."""


def name_rule(pattern: str, message: str) -> Rule:
    """What the names of a kind look like."""
    return Rule(f"self.metadata.name.matches('{pattern}')", message, name_pattern=pattern)


READY = Column("Ready", "string", '.status.conditions[?(@.type=="Ready")].status')
REASON = Column("Reason", "string", '.status.conditions[?(@.type=="Ready")].reason')
AGE = Column("Age", "date", ".metadata.creationTimestamp")


@dataclass(frozen=True, slots=True)
class Kind:
    """A cluster-scoped kind of the group tenantry.io: all that its CRD is made of."""

    name: str
    plural: str
    short_names: tuple[str, ...]
    description: str
    spec: type[Model]
    status: type[Model] | None = None
    columns: tuple[Column, ...] = (READY, AGE)
    rules: tuple[Rule, ...] = ()
    defaulted: bool = True
    """Whether the API server fills in the spec's defaults: yes where people write it, no where Tenantry does."""
    group: str = GROUP
    version: str = VERSION

    @property
    def api_version(self) -> str:
        """As it stands in ``apiVersion``."""
        return API_VERSION

    @property
    def type_key(self) -> str:
        """As Metacontroller calls the type in a hook request."""
        return f"{self.name}.{API_VERSION}"


S = TypeVar("S", bound="Model")


class InvalidSpec(ValueError):
    """A spec that does not fit its model. The message names every field that is wrong."""


def parse_spec(model: type[S], parent: dict[str, Any]) -> S:
    """The typed spec of a parent. Raises ``InvalidSpec``."""
    try:
        return model.model_validate(parent.get("spec"))
    except ValidationError as error:
        problems = "; ".join(
            f"spec.{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in error.errors()
        )
        raise InvalidSpec(f"{problems}. Correct these fields; until then everything stays as it is.") from error
