"""Whatever templates, rows and people do: soon nothing changes any more. On the sandbox's store, with its own loop.

What keeps operators busy for ever is an object that is stored in another way than it was sent, or two who write the
same field again and again. So objects of every kind are taken, with details that API servers store differently.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry.names import CONTENT_HASH_ANNOTATION, MANAGED_BY_LABEL, OWNER_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tests.support.kinds import KINDS, object_of
from tests.support.sandbox import USER, Sandbox

ROUNDS = 4
"""In so many syncs a tenant without dependencies is as it shall be, and the last of them changes nothing."""
ROUNDS_FOR_A_LEVEL = 2
"""So many more for each level of dependencies: one to make, one to remove."""

varied = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

EDITS: dict[str, JSONObject] = {
    "overwrites": {"metadata": {"annotations": {"note": "edited"}, "labels": {"value": "edited"}}},
    "adds": {"metadata": {"annotations": {"example.com/theirs": "x"}, "labels": {"theirs": "x"}}},
    "removes": {"metadata": {"annotations": {"note": None}, "labels": {"app": None}}},
    "strips our marks": {"metadata": {"annotations": {CONTENT_HASH_ANNOTATION: None, OWNER_ANNOTATION: None}}},
    "strips our label": {"metadata": {"labels": {MANAGED_BY_LABEL: None}}},
    "disowns": {"metadata": {"ownerReferences": None}},
    "scales": {"spec": {"replicas": 7}},
    "fills": {"data": {"theirs": "dGhlaXJz"}},
}
"""What a person may do to an object, as a merge patch. What its kind does not allow is refused, and changes nothing."""
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "deletionPolicy": st.sampled_from(["Delete", "Retain"]),
    "creationPolicy": st.sampled_from(["WhenNeeded", "Once"]),
    "conflictPolicy": st.sampled_from(["Stuck", "Force"]),
    "patchStrategy": st.sampled_from(["apply", "merge", "replace"]),
    "ignoreFields": st.sampled_from([[], ["$.spec.replicas"], ["$.metadata.annotations.note", "$..env[?@.name=='X']"]]),
    "onRename": st.sampled_from(["Block", "Replace"]),
    "skipOnDependencyFailure": st.booleans(),
    "waitForReady": st.booleans(),
    "readyWhen": st.sampled_from(["", "{{ self.metadata.name != '' }}"]),
    "when": st.sampled_from(["", "{{ on }}"]),
    "forEach": st.sampled_from(["", "{{ hosts }}"]),
}


@st.composite
def templates(draw: st.DrawFn) -> list[JSONObject]:
    """Entries of any kinds with any policies, some of them in a Namespace of the tenant, in any order."""
    home = draw(st.booleans())
    entries = [{"id": "home", "object": object_of("Namespace", "acme", "")}] if home else []
    count = draw(st.integers(1, 4))
    for number in range(count):
        kind = draw(st.sampled_from(sorted(KINDS)))
        needs = draw(st.lists(st.integers(0, number - 1), unique=True, max_size=2)) if number else []
        chosen = draw(st.sets(st.sampled_from(sorted(OPTIONS)), max_size=4))
        options = {name: draw(OPTIONS[name]) for name in sorted(chosen)}
        name = (
            f"x{number}" + draw(st.sampled_from(["", "", "-{{ v }}"])) + ("-{{ item }}" * bool(options.get("forEach")))
        )
        namespace = "acme" if home and draw(st.booleans()) else "default"
        options["dependsOn"] = [f"e{need}" for need in needs]
        entries.append({"id": f"e{number}", "object": object_of(kind, name, namespace), **options})
    shuffled: list[JSONObject] = draw(st.permutations(entries))
    return shuffled


def levels(resources: list[JSONObject]) -> int:
    """Entries on the longest path of dependencies."""
    needs = {one["id"]: list(one.get("dependsOn", ())) for one in resources}
    for one in resources:
        if one["object"]["metadata"].get("namespace") == "acme":
            needs[one["id"]].append("home")

    def level(id_: str) -> int:
        return 1 + max(map(level, needs[id_]), default=0)

    return max(map(level, needs))


def rest(sandbox: Sandbox, *templates: list[JSONObject]) -> None:
    """Let syncs pass until nothing is written; then nothing is answered differently either, however long one waits."""
    rounds = ROUNDS + ROUNDS_FOR_A_LEVEL * (sum(map(levels, templates)) - 1)
    written: list[str] = []
    for _ in range(rounds):
        busy = sandbox.round()
        written.append(", ".join(f"{write.verb} {write.kind.kind}" for write in sandbox.writes) or "nothing")
        if not busy:
            break
    assert not busy, f"after {rounds} rounds it still writes: {written}"
    sandbox.round(seconds=40)
    answer = sandbox.answer
    for seconds in (1, 3600):
        assert not sandbox.round(seconds=seconds)
        assert sandbox.answer == answer


def started(resources: list[JSONObject]) -> Sandbox:
    sandbox = Sandbox({"v": "one", "on": True, "hosts": ["p", "q"]}, *resources)
    rest(sandbox, resources)
    return sandbox


def edit(sandbox: Sandbox, name: str, number: int) -> None:
    """What a person does to one of the tenant's objects."""
    objects = sandbox.objects()
    if not objects:
        return
    kind, obj = objects[number % len(objects)]
    namespace = obj["metadata"].get("namespace", "")
    if name == "deletes":
        sandbox.cluster.delete(kind, obj["metadata"]["name"], namespace=namespace)
        return
    with contextlib.suppress(ApiError):
        sandbox.cluster.patch(kind, obj["metadata"]["name"], EDITS[name], namespace=namespace, field_manager=USER)


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_any_kind_comes_to_rest_and_follows_its_row(kind: str) -> None:
    resources = [{"id": "it", "object": object_of(kind, "it", "default")}]
    sandbox = started(resources)
    sandbox.change(v="two")
    rest(sandbox, resources)
    assert [one["phase"] for one in sandbox.status["resources"]] == ["Ready"]


@pytest.mark.parametrize("name", [*EDITS, "deletes"])
@pytest.mark.parametrize("strategy", ["apply", "merge", "replace"])
def test_objects_of_all_kinds_come_to_rest_after_any_edit(name: str, strategy: str) -> None:
    resources = [
        {"id": kind.lower(), "object": object_of(kind, "it", "default"), "patchStrategy": strategy} for kind in KINDS
    ]
    sandbox = started(resources)
    for number in range(len(KINDS)):
        edit(sandbox, name, number)
    rest(sandbox, resources)
    assert {one["phase"] for one in sandbox.status["resources"]} == {"Ready"}


@varied
@given(templates(), st.lists(st.tuples(st.sampled_from([*EDITS, "deletes"]), st.integers(0, 99)), max_size=4))
def test_any_tenant_comes_to_rest_after_foreign_edits(
    resources: list[JSONObject], edits: list[tuple[str, int]]
) -> None:
    sandbox = started(resources)
    for name, number in edits:
        edit(sandbox, name, number)
    rest(sandbox, resources)


@varied
@given(templates(), st.sampled_from(["one", "two"]), st.booleans(), st.lists(st.sampled_from("pqr"), unique=True))
def test_any_tenant_comes_to_rest_after_its_row_changed(
    resources: list[JSONObject], v: str, on: bool, hosts: list[str]
) -> None:
    sandbox = started(resources)
    sandbox.change(v=v, on=on, hosts=hosts)
    rest(sandbox, resources)


@varied
@given(templates(), templates(), st.integers(0, 3))
def test_any_tenant_comes_to_rest_after_another_template(
    before: list[JSONObject], after: list[JSONObject], rounds: int
) -> None:
    sandbox = Sandbox({"v": "one", "on": True, "hosts": ["p", "q"]}, *before)
    for _ in range(rounds):
        sandbox.round()
    sandbox.use(*after)
    rest(sandbox, before, after)
