"""Rendering one object of one template, offline."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import check_resources, compile_resources
from tenantry.engine.compiled import Problem
from tenantry.engine.render import RenderError, render_entry, template_context
from tenantry.protocol import JSONObject


def render_object(obj: JSONObject, uid: str = "acme", nulls: tuple[str, ...] = (), **values: Any) -> JSONObject:
    """What this object of a template becomes with these values of a row."""
    compiled = compile_resources([{"id": "it", "object": obj}])
    context = template_context(uid=uid, name=f"shops.{uid}", values=values, nulls=nulls)
    return render_entry(compiled.entries[0], context)


def widget_with(value: Any) -> JSONObject:
    """An object of a kind of which nothing is known, with this in its spec."""
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "it"}, "spec": {"field": value}}


def render(source: Any, **values: Any) -> Any:
    """What an expression becomes where any type is welcome; ``None`` if its key is left out."""
    return render_object(widget_with(source), **values)["spec"].get("field")


def refusal(source: Any, **values: Any) -> RenderError:
    """Why an expression cannot be rendered."""
    with pytest.raises(RenderError) as caught:
        render(source, **values)
    return caught.value


def problems(*resources: JSONObject) -> list[Problem]:
    return check_resources(list(resources))


def problem_paths(*resources: JSONObject) -> list[str]:
    return [problem.path for problem in problems(*resources)]
