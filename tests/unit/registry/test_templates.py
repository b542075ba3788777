"""What a registry says of its templates."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.registry.world import World, template


def declaring(**variables: Any) -> World:
    """A registry that maps url and plan, with a template that declares these variables."""
    found = template("webapp", "webapp-1")
    found["spec"]["variables"] = variables
    world = World(templates={"webapp": found})
    world.settle()
    return world


def test_variables_that_no_column_is_mapped_to_are_told() -> None:
    degraded = declaring(plan={"type": "string"}, size={"type": "integer"}, host={"type": "string"}).condition(
        "Degraded"
    )
    assert (degraded["status"], degraded["reason"]) == ("True", "VariablesUnmapped")
    assert "webapp wants host, size. Add them to spec.extraValueMappings." in degraded["message"]


@pytest.mark.parametrize("options", [{"default": 0}, {"required": False}, {"default": False}])
def test_a_variable_that_can_do_without_a_column_is_no_problem(options: dict[str, Any]) -> None:
    assert declaring(size={"type": "integer", **options}).condition("Degraded")["status"] == "False"


def test_a_template_that_is_not_valid_is_told_for_that_alone() -> None:
    found = template("webapp", "webapp-1")
    found["spec"]["variables"] = {"size": {"type": "integer"}}
    found["status"]["conditions"] = [{"type": "Valid", "status": "False", "reason": "ValidationFailed", "message": ""}]
    world = World(templates={"webapp": found})
    world.settle()
    degraded = world.condition("Degraded")
    assert (degraded["reason"], "webapp wants" in degraded["message"]) == ("TemplateInvalid", False)
