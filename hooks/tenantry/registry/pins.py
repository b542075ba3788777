"""The templates of a registry, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tenantry.conditions import ConditionType, Reason, find_condition
from tenantry.protocol import JSONObject


def own_templates(registry: str, templates: Iterable[JSONObject]) -> list[JSONObject]:
    """The templates of a registry, by name."""
    own = [template for template in templates if (template.get("spec") or {}).get("registry") == registry]
    return sorted(own, key=lambda template: str(template["metadata"]["name"]))


def is_invalid(template: JSONObject) -> bool:
    """Whether a template is known not to be usable as it stands."""
    valid = find_condition(template.get("status"), ConditionType.VALID)
    return valid is not None and valid.get("status") == "False"


def template_problems(own: Iterable[JSONObject], mapped: Collection[str]) -> list[tuple[Reason, str]]:
    """What a person must do about a registry's templates; ``mapped`` are the variables that its rows have."""
    problems = []
    invalid = [template["metadata"]["name"] for template in own if is_invalid(template)]
    if invalid:
        message = f"Templates that are not valid: {', '.join(invalid)}. See their Valid condition."
        problems.append((Reason.TEMPLATE_INVALID, message))
    unmapped = [
        f"{template['metadata']['name']} wants {', '.join(wanted)}"
        for template in own
        if not is_invalid(template) and (wanted := sorted(_required_variables(template) - set(mapped)))
    ]
    if unmapped:
        message = f"Variables that no column is mapped to: {'; '.join(unmapped)}. Add them to spec.extraValueMappings."
        problems.append((Reason.VARIABLES_UNMAPPED, message))
    return problems


def _required_variables(template: JSONObject) -> set[str]:
    declared = template["spec"].get("variables") or {}
    return {
        name
        for name, options in declared.items()
        if options.get("default") is None and options.get("required") is not False
    }
