"""How a Tenant goes: its objects in order, those of others left standing; or it is handed over untouched."""

from __future__ import annotations

import pytest

from tenantry.engine.keep import keep
from tests.support.tenancy import ANCHOR, Tenancy, child, condition, config, entry, namespace, removed, returned, widget


def settled() -> Tenancy:
    tenancy = Tenancy(
        entry("ns", namespace()),
        entry("db", config("db")),
        entry("web", config("web"), dependsOn=["db"]),
        entry("alone", widget("alone")),
    )
    tenancy.settle()
    return tenancy


def deleted() -> Tenancy:
    tenancy = settled()
    tenancy.delete()
    return tenancy


def test_objects_go_in_reverse_order() -> None:
    tenancy = deleted()
    assert [removed(tenancy.finalize()) for _ in range(3)] == [{"web", "alone"}, {"db"}, {"acme"}]


def test_a_tenant_is_not_finalized_while_an_object_of_its_own_is_left() -> None:
    tenancy = deleted()
    assert [tenancy.finalize().finalized for _ in range(4)] == [False, False, False, True]


def test_what_is_still_needed_stays_as_it_is() -> None:
    tenancy = deleted()
    assert child(tenancy.finalize(), "db") == keep(settled().live("db"))


def test_an_object_that_takes_its_time_holds_up_what_it_needs() -> None:
    tenancy = deleted()
    slow = tenancy.live("web")
    tenancy.finalize()
    key = next(key for key in settled().objects if key.key == "acme/web")
    tenancy.objects[key] = slow | {"metadata": slow["metadata"] | {"deletionTimestamp": "2026-01-02T03:04:05Z"}}
    assert removed(tenancy.finalize()) == {"web"}


def test_a_tenant_without_objects_is_finalized_at_once() -> None:
    tenancy = Tenancy()
    tenancy.delete()
    assert tenancy.finalize().finalized


def test_deletion_is_told() -> None:
    found = condition(deleted().finalize(), "Ready")
    assert (found["status"], found["reason"], found["message"]) == ("False", "Deleting", "4 objects are left")


def test_deletion_needs_no_template() -> None:
    tenancy = deleted()
    tenancy.related = []
    assert [removed(tenancy.finalize()) for _ in range(3)] == [{"web", "alone"}, {"db"}, {"acme"}]


@pytest.mark.parametrize("spec", [None, {}, {"values": 1}])
def test_an_invalid_spec_does_not_hold_up_the_deletion(spec: object) -> None:
    tenancy = deleted()
    tenancy.parent["spec"] = spec
    assert [tenancy.finalize().finalized for _ in range(4)] == [False, False, False, True]


def test_an_object_of_somebody_else_is_anchored_and_stays() -> None:
    tenancy = deleted()
    tenancy.adopt(config("theirs", in_="acme"))
    answer = tenancy.finalize()
    assert (child(answer, "theirs")["metadata"]["ownerReferences"][0]["uid"], "theirs" in removed(answer)) == (
        ANCHOR,
        False,
    )


def test_a_tenant_is_finalized_only_when_the_anchor_is_observed() -> None:
    tenancy = Tenancy()
    tenancy.use(shop=[])
    tenancy.adopt(config("theirs", in_="acme"))
    tenancy.delete()
    assert [tenancy.finalize().finalized for _ in range(2)] == [False, True]


def test_a_tenant_that_waits_for_an_anchor_says_so() -> None:
    tenancy = Tenancy()
    tenancy.use(shop=[])
    tenancy.adopt(config("theirs", in_="acme"))
    tenancy.delete()
    assert "anchored" in condition(tenancy.finalize(), "Ready")["message"]


def test_without_a_known_anchor_a_tenant_waits_rather_than_lose_what_is_not_ours() -> None:
    tenancy = Tenancy()
    tenancy.adopt(config("theirs", in_="acme"))
    tenancy.delete()
    assert not any(tenancy.finalize().finalized for _ in range(3))


def test_a_deselected_tenant_is_handed_over_with_everything_as_it_is() -> None:
    tenancy = settled()
    answer = tenancy.finalize()
    assert answer.children == [keep(live) for _, live in sorted(settled().objects.items())]


def test_a_deselected_tenant_is_let_go_at_once_with_its_status() -> None:
    tenancy = settled()
    before = tenancy.status
    answer = tenancy.finalize()
    assert (answer.finalized, answer.status, answer.removed) == (True, before, frozenset())


@pytest.mark.parametrize("spec", [None, {"values": 1}])
def test_a_deselected_tenant_with_an_invalid_spec_is_handed_over_too(spec: object) -> None:
    tenancy = settled()
    tenancy.parent["spec"] = spec
    assert (tenancy.finalize().finalized, len(returned(tenancy.finalize()))) == (True, 4)


def test_a_tenant_that_was_handed_over_is_as_ready_as_before() -> None:
    tenancy = settled()
    before = {key: dict(live) for key, live in tenancy.objects.items()}
    tenancy.finalize()
    tenancy.sync()
    assert tenancy.objects == before
