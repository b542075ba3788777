"""What runs when: names that tell contents apart, and what waits for what without being told."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.lifecycle import as_run, predecessors
from tenantry.names import content_hash
from tests.support.rendering import problems
from tests.support.tenancy import config, entry, namespace

JOB = "Job.batch/v1"


def run(name: str, *, type_key: str = JOB, deletion: str = "", **spec: Any) -> str:
    obj = {"kind": "Job", "metadata": {"name": name}, "spec": spec}
    found: str = as_run(obj, type_key, deletion=deletion)["metadata"]["name"]
    return found


def test_a_name_ends_in_the_hash_of_the_content() -> None:
    content = {"kind": "Job", "metadata": {"name": "backup"}, "spec": {}}
    assert run("backup") == f"backup-{content_hash(content)}"


def test_another_content_has_another_name() -> None:
    assert run("backup", a=1) != run("backup", a=2)


def test_the_same_content_has_the_same_name() -> None:
    assert run("backup", a=1) == run("backup", a=1)


def test_each_deletion_has_its_own_name() -> None:
    assert len({run("backup"), run("backup", deletion="one"), run("backup", deletion="two")}) == 3


@pytest.mark.parametrize(
    ("type_key", "longest"), [(JOB, 63), ("CronJob.batch/v1", 52), ("Service.v1", 63), ("ConfigMap.v1", 253)]
)
def test_a_long_name_is_cut_and_keeps_the_whole_hash(type_key: str, longest: int) -> None:
    name = run("x" * 300, type_key=type_key)
    assert (len(name), len(name.rpartition("-")[2])) == (longest, 10)


def test_a_name_that_is_cut_at_a_separator_has_no_two_of_them() -> None:
    assert run("x" * 51 + "-" + "x" * 30).startswith("x" * 51 + "-")
    assert "--" not in run("x" * 51 + "-" + "x" * 30)


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert run("x" * 80 + "a") != run("x" * 80 + "b")


def test_without_lifecycles_nothing_waits() -> None:
    assert predecessors({"a": "Sync", "b": "Sync"}, {"b": ["a"]}) == {}


def test_everything_waits_for_what_is_made_first() -> None:
    lifecycles = {"web": "Sync", "prepare": "PreCreate", "check": "PreCreate", "report": "PostReady"}
    found = predecessors(lifecycles, {})
    assert found == {"web": ("check", "prepare"), "report": ("check", "prepare", "web")}


def test_what_is_made_first_does_not_wait_for_its_own_kind() -> None:
    assert "b" not in predecessors({"a": "PreCreate", "b": "PreCreate", "c": "Sync"}, {})


def test_what_a_first_entry_needs_goes_before_it() -> None:
    lifecycles = {"ns": "Sync", "secret": "Sync", "web": "Sync", "prepare": "PreCreate"}
    needs = {"prepare": ["secret"], "secret": ["ns"], "web": ["ns"]}
    assert predecessors(lifecycles, needs) == {"web": ("prepare",)}


def test_all_items_go_before_a_first_entry_that_needs_their_entry() -> None:
    lifecycles = {"t/site[a]": "Sync", "t/site[b]": "Sync", "t/web": "Sync", "t/prepare": "PreCreate"}
    assert predecessors(lifecycles, {"t/prepare": ["t/site"]}) == {"t/web": ("t/prepare",)}


def test_nothing_waits_for_what_runs_before_a_deletion() -> None:
    assert predecessors({"web": "Sync", "backup": "PreDelete", "report": "PostReady"}, {}) == {"report": ("web",)}


def told(*resources: Any) -> list[str]:
    return [str(problem) for problem in problems(*resources)]


def with_lifecycle(id_: str, lifecycle: str = "Sync", *needs: str, **options: Any) -> Any:
    return entry(id_, config(id_, in_="default"), lifecycle=lifecycle, dependsOn=list(needs), **options)


@pytest.mark.parametrize("lifecycle", ["Sync", "PreCreate"])
def test_a_dependency_on_what_is_made_last_is_named_with_its_path(lifecycle: str) -> None:
    found = told(with_lifecycle("web", lifecycle, "report"), with_lifecycle("report", "PostReady"))
    assert [problem.partition(":")[0] for problem in found] == ["resources[web].dependsOn"]
    assert "web → report → web" in found[0]


@pytest.mark.parametrize("lifecycle", ["Sync", "PreCreate", "PostReady"])
def test_a_dependency_on_what_runs_before_a_deletion_is_a_problem(lifecycle: str) -> None:
    found = told(with_lifecycle("web", lifecycle, "backup"), with_lifecycle("backup", "PreDelete"))
    assert [problem.partition(":")[0] for problem in found] == ["resources[web].dependsOn"]
    assert "'backup' is PreDelete and is not made before the Tenant is deleted: 'web' would wait for ever" in found[0]


def test_a_reference_is_a_dependency_here_too() -> None:
    web = entry("web", config("web", in_="default", x="{{ resources.report.metadata.uid }}"))
    found = told(web, with_lifecycle("report", "PostReady"))
    assert len(found) == 1
    assert found[0].startswith("resources[web]: 'report' is PostReady")


@pytest.mark.parametrize(
    ("lifecycle", "need"),
    [
        ("PreCreate", "Sync"),
        ("PreCreate", "PreCreate"),
        ("Sync", "PreCreate"),
        ("PostReady", "Sync"),
        ("PostReady", "PostReady"),
        ("PreDelete", "Sync"),
        ("PreDelete", "PostReady"),
        ("PreDelete", "PreDelete"),
    ],
)
def test_every_other_dependency_is_allowed(lifecycle: str, need: str) -> None:
    assert told(with_lifecycle("one", lifecycle, "other"), with_lifecycle("other", need)) == []


def test_a_circle_through_a_first_entry_is_named() -> None:
    found = told(with_lifecycle("web", "Sync", "prepare"), with_lifecycle("prepare", "PreCreate", "web"))
    assert found == ["resources[web]: depends on itself: web → prepare → web"]


def test_an_entry_of_the_usual_lifecycle_cannot_go_on_after_a_failure() -> None:
    found = told(entry("ns", namespace(), onFailure="Continue"))
    assert found == ["resources[ns].onFailure: needs a lifecycle other than Sync: remove it"]
