"""What ``tenantry simulate`` tells of the writes that it sees."""

from __future__ import annotations

from typing import Any

from tenantry.cli.simulate import HOT, Story
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop import Write

DEPLOYMENTS = ResourceType("apps/v1", "Deployment", "deployments", namespaced=True)


def stored(version: str) -> dict[str, Any]:
    """A Deployment as the API server has it at a version."""
    return {"metadata": {"name": "web", "namespace": "acme", "uid": "1", "resourceVersion": version}}


def test_an_object_that_a_stale_cache_makes_again_is_created_once() -> None:
    story = Story()
    story.note(Write("apply", DEPLOYMENTS, None, stored("10")))
    story.note(Write("apply", DEPLOYMENTS, None, stored("11")))  # Its status was written in between.
    assert story.steps == [("created", "Deployment acme/web")]


def test_a_change_is_told_after_the_creation() -> None:
    story = Story()
    story.note(Write("apply", DEPLOYMENTS, None, stored("10")))
    story.note(Write("apply", DEPLOYMENTS, stored("10"), stored("11")))
    assert [what for what, _ in story.steps] == ["created", "changed"]


def test_what_is_written_again_and_again_is_told_and_what_changes_a_few_times_is_not() -> None:
    story = Story()
    other = {**stored("1"), "metadata": {**stored("1")["metadata"], "name": "calm", "uid": "2"}}
    for version in range(2, 2 + HOT):
        story.note(Write("apply", DEPLOYMENTS, stored("1"), stored(str(version))))
    story.note(Write("apply", DEPLOYMENTS, stored("1"), other))
    assert story.repeated() == [("changed", "Deployment acme/web")]


def test_what_comes_after_the_end_is_told_though_it_comes_once() -> None:
    story = Story()
    story.end()
    story.note(Write("apply", DEPLOYMENTS, stored("1"), stored("2")))
    assert story.repeated() == [("changed", "Deployment acme/web")]
