"""A paused Tenant is frozen, its deletion too."""

from __future__ import annotations

from tests.support.tenancy import Tenancy, condition, config, entry, namespace, removed

RESOURCES = [entry("ns", namespace()), entry("cfg", config(v="{{ v }}"))]
PAUSED = "tenantry.io/paused"


def paused(value: str = "true") -> Tenancy:
    tenancy = Tenancy(*RESOURCES, values={"v": "1"})
    tenancy.settle()
    tenancy.parent["metadata"]["annotations"] = {PAUSED: value}
    return tenancy


def test_a_changed_row_changes_nothing() -> None:
    tenancy = paused()
    before = dict(tenancy.objects)
    tenancy.change(v="2")
    tenancy.settle()
    assert tenancy.objects == before


def test_an_entry_that_leaves_its_template_leaves_the_object() -> None:
    tenancy = paused()
    tenancy.use(shop=RESOURCES[:1])
    tenancy.settle()
    assert tenancy.names() == {"acme", "config"}


def test_it_says_so() -> None:
    answer = paused().sync()
    told = condition(answer, "Paused")
    assert (told["status"], told["reason"]) == ("True", "Paused")
    assert PAUSED in told["message"]


def test_it_is_not_said_to_be_ready() -> None:
    answer = paused().sync()
    assert condition(answer, "Ready")["status"] == "Unknown"
    assert condition(answer, "Progressing")["status"] == "False"


def test_what_is_remembered_of_its_objects_stays() -> None:
    tenancy = paused()
    before = tenancy.status
    answer = tenancy.sync()
    assert {key: value for key, value in answer.status.items() if key != "conditions"} == {
        key: value for key, value in before.items() if key != "conditions"
    }


def test_it_is_quiet() -> None:
    tenancy = paused()
    first = tenancy.sync()
    tenancy.wait(3600)
    assert tenancy.sync().status == first.status


def test_it_goes_on_when_the_annotation_is_gone() -> None:
    tenancy = paused()
    tenancy.change(v="2")
    tenancy.sync()
    del tenancy.parent["metadata"]["annotations"]
    answer = tenancy.settle()
    assert tenancy.live("config")["data"] == {"v": "2"}
    assert condition(answer, "Ready")["status"] == "True"
    assert "Paused" not in {found["type"] for found in answer.status["conditions"]}


def test_only_true_pauses() -> None:
    tenancy = paused("false")
    tenancy.change(v="2")
    tenancy.settle()
    assert tenancy.live("config")["data"] == {"v": "2"}


def test_its_deletion_waits_and_says_so() -> None:
    tenancy = paused()
    tenancy.delete()
    answer = tenancy.finalize()
    assert (answer.finalized, removed(answer), len(answer.children)) == (False, set(), 2)
    assert "deletion of this tenant waits" in condition(answer, "Ready")["message"]


def test_its_deletion_goes_on_when_the_annotation_is_gone() -> None:
    tenancy = paused()
    tenancy.delete()
    tenancy.finalize()
    del tenancy.parent["metadata"]["annotations"]
    for _ in range(5):
        answer = tenancy.finalize()
    assert answer.finalized
    assert tenancy.names() == set()


def test_another_controller_may_have_it() -> None:
    tenancy = paused()
    before = tenancy.status
    answer = tenancy.finalize()
    assert (answer.finalized, answer.status, len(answer.children)) == (True, before, 2)


def test_a_spec_that_makes_no_sense_does_not_wake_it() -> None:
    tenancy = paused()
    tenancy.spec["values"] = "not a mapping"
    assert condition(tenancy.sync(), "Paused")["status"] == "True"
