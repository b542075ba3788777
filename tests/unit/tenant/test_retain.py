"""``deletionPolicy: Retain``: whatever takes an object's place away, the object lives on and can be taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry import names
from tenantry.engine.standing import Phase
from tenantry.protocol import JSONObject
from tests.support.tenancy import (
    ANCHOR,
    Tenancy,
    child,
    condition,
    config,
    deployment,
    entry,
    message,
    namespace,
    phases,
    removed,
    returned,
    widget,
)

NS = entry("ns", namespace())
DATA = entry("data", config("data", plan="{{ plan }}"), deletionPolicy="Retain")
WEB = entry("web", config("web"), dependsOn=["data"])
STACK = (NS, DATA, WEB)


def settled(*resources: JSONObject, **values: Any) -> Tenancy:
    tenancy = Tenancy(*(resources or STACK), values={"plan": "basic", **values})
    tenancy.settle()
    return tenancy


def anchors(obj: JSONObject) -> list[str]:
    """uids of Namespace kube-system among the owners of an object."""
    owners = obj["metadata"].get("ownerReferences") or ()
    return [owner["uid"] for owner in owners if owner["name"] == names.ANCHOR_NAMESPACE]


def policy(obj: JSONObject) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(names.DELETION_POLICY_ANNOTATION, ""))


def is_protected(obj: JSONObject) -> bool:
    return (policy(obj), anchors(obj)) == ("Retain", [ANCHOR])


def is_marked(obj: JSONObject) -> bool:
    label: str = obj["metadata"]["labels"].get(names.ORPHANED_LABEL, "")
    return label == "true"


def take_down(tenancy: Tenancy, rounds: int = 8) -> list[bool]:
    """Delete the Tenant, and ask until nothing moves; whether it was finalized each time."""
    tenancy.delete()
    return [tenancy.finalize().finalized for _ in range(rounds)]


def again(tenancy: Tenancy) -> None:
    """The Tenant returns, and finds what its predecessor left."""
    tenancy.parent["metadata"].pop("deletionTimestamp")
    tenancy.parent.pop("status")
    tenancy.touch()


def lose_entry(tenancy: Tenancy) -> None:
    tenancy.use(shop=[NS])


def lose_template(tenancy: Tenancy) -> None:
    tenancy.use(another=[entry("else", widget("else"))])


def rename_entry_and_object(tenancy: Tenancy) -> None:
    tenancy.use(shop=[NS, entry("other", config("other"), deletionPolicy="Retain"), entry("web", config("web"))])


def switch_off(tenancy: Tenancy) -> None:
    tenancy.use(shop=[NS, {**DATA, "when": "{{ plan == 'pro' }}"}, WEB])


def lose_namespace_and_entry(tenancy: Tenancy) -> None:
    tenancy.use(shop=[entry("else", widget("else"))])


LOSSES = [lose_entry, lose_template, rename_entry_and_object, switch_off, lose_namespace_and_entry]


# From the beginning.


def test_a_retained_object_is_anchored_when_it_is_created() -> None:
    assert is_protected(child(settled().ask(), "data"))


def test_its_namespace_is_anchored_before_the_object_exists() -> None:
    tenancy = Tenancy(*STACK, values={"plan": "basic"})
    assert is_protected(child(tenancy.ask(), "acme"))


def test_what_is_not_retained_is_not_anchored() -> None:
    web = child(settled().ask(), "web")
    assert (policy(web), anchors(web)) == ("", [])


def test_a_namespace_that_holds_nothing_retained_is_not_anchored() -> None:
    assert not is_protected(child(settled(NS, entry("web", config("web"))).ask(), "acme"))


def test_a_retained_object_of_one_template_protects_the_namespace_of_another() -> None:
    tenancy = Tenancy(values={"plan": "basic"})
    tenancy.use(base=[NS], shop=[DATA])
    assert is_protected(child(tenancy.ask(), "acme"))


def test_the_policy_is_not_part_of_the_content() -> None:
    tenancy = settled(NS, entry("data", config("data")))
    before = tenancy.live("data")["metadata"]["annotations"][names.CONTENT_HASH_ANNOTATION]
    tenancy.use(shop=[NS, entry("data", config("data"), deletionPolicy="Retain")])
    assert child(tenancy.ask(), "data")["metadata"]["annotations"][names.CONTENT_HASH_ANNOTATION] == before


def test_without_a_known_anchor_nothing_retained_is_made() -> None:
    tenancy = Tenancy(*STACK, values={"plan": "basic"})
    tenancy.related[0]["spec"]["anchor"] = ""
    answer = tenancy.ask()
    assert (returned(answer), condition(answer, "Ready")["reason"]) == ([], "AnchorMissing")


# The policy reaches what exists.


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(entry("data", config("data"), creationPolicy="Once"), id="made once"),
        pytest.param(entry("data", config("data", x="{{ missing }}")), id="cannot be rendered"),
        pytest.param(entry("data", config("renamed")), id="renamed"),
        pytest.param(entry("data", config("data", new="x"), dependsOn=["down"]), id="waits for a dependency"),
    ],
)
def test_a_policy_changed_to_retain_reaches_an_object_whose_content_stays(changed: JSONObject) -> None:
    down = entry("down", deployment("down", in_="default"))
    tenancy = Tenancy(NS, down, entry("data", config("data")))
    tenancy.settle()
    tenancy.health["down"] = {"observedGeneration": 1}
    tenancy.settle()
    tenancy.use(shop=[NS, down, {**changed, "deletionPolicy": "Retain"}])
    tenancy.sync()
    assert is_protected(tenancy.live("data"))


def test_a_policy_changed_to_delete_takes_the_anchor_away() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS, {**DATA, "deletionPolicy": "Delete"}, WEB])
    tenancy.sync()
    data = child(tenancy.ask(), "data")
    assert (policy(data), anchors(data)) == ("", [])


@pytest.mark.parametrize("stripped", ["annotations", "ownerReferences"])
def test_a_stripped_protection_comes_back_past_the_skip_cache(stripped: str) -> None:
    tenancy = settled()
    metadata = tenancy.live("data")["metadata"]
    if stripped == "annotations":
        metadata["annotations"].pop(names.DELETION_POLICY_ANNOTATION)
    else:
        metadata["ownerReferences"] = [owner for owner in metadata["ownerReferences"] if owner.get("controller")]
    data = child(tenancy.ask(), "data")
    assert (is_protected(data), names.REAPPLY_ANNOTATION in data["metadata"]["annotations"]) == (True, True)


# Its place is lost.


@pytest.mark.parametrize("lose", LOSSES)
def test_a_retained_object_outlives_the_loss_of_its_place(lose: Any) -> None:
    tenancy = settled()
    lose(tenancy)
    tenancy.settle()
    assert {"data", "acme"} <= tenancy.names()


@pytest.mark.parametrize("lose", LOSSES)
def test_an_object_without_a_place_is_marked_and_stays_protected(lose: Any) -> None:
    tenancy = settled()
    lose(tenancy)
    tenancy.settle()
    data = tenancy.live("data")
    assert (is_marked(data), is_protected(data)) == (True, True)


@pytest.mark.parametrize("lose", LOSSES)
def test_an_object_without_a_place_keeps_its_content(lose: Any) -> None:
    tenancy = settled()
    before = tenancy.live("data")["data"]
    lose(tenancy)
    tenancy.settle()
    assert tenancy.live("data")["data"] == before


@pytest.mark.parametrize("lose", LOSSES)
def test_an_object_is_taken_up_again_when_its_place_returns(lose: Any) -> None:
    tenancy = settled()
    lose(tenancy)
    tenancy.settle()
    tenancy.use(shop=[*STACK])
    answer = tenancy.settle()
    assert (is_marked(tenancy.live("data")), phases(answer)["data"]) == (False, "Ready")


@pytest.mark.parametrize("lose", LOSSES)
def test_the_namespace_of_an_object_without_a_place_outlives_the_tenant(lose: Any) -> None:
    tenancy = settled()
    lose(tenancy)
    tenancy.settle()
    take_down(tenancy)
    assert {"data", "acme"} <= tenancy.names()


def test_a_removed_entry_takes_its_object_along_when_it_is_not_retained() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS, DATA])
    tenancy.settle()
    assert tenancy.names() == {"acme", "data"}


def test_a_namespace_stays_protected_while_it_holds_an_orphan() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS])
    tenancy.settle()
    assert is_protected(child(tenancy.ask(), "acme"))


@pytest.mark.parametrize("on_rename", ["Block", "Replace"])
def test_a_namespace_stays_protected_while_an_object_is_in_it_that_would_now_be_elsewhere(on_rename: str) -> None:
    web = entry("web", deployment(in_="{{ place }}"), deletionPolicy="Retain", onRename=on_rename)
    tenancy = settled(NS, web, place="acme")
    tenancy.health["web"] = {"observedGeneration": 1}
    tenancy.change(place="default")
    tenancy.settle()
    tenancy.use(shop=[web])
    tenancy.settle()
    assert {"acme", "acme/web"} <= {key.key for key in tenancy.objects}


def test_a_namespace_that_waits_for_its_successor_stays_protected_while_it_holds_an_orphan() -> None:
    home = entry("ns", namespace("{{ home }}"), onRename="Replace")
    tenancy = settled(home, entry("data", config(in_="{{ home }}"), deletionPolicy="Retain"), home="old")
    tenancy.health["new"] = {"phase": "Terminating"}
    tenancy.use(shop=[home])
    tenancy.change(home="new")
    tenancy.settle()
    assert is_protected(tenancy.live("old"))


def test_an_entry_that_returns_with_another_name_makes_a_new_object_beside_the_orphan() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS])
    tenancy.settle()
    tenancy.use(shop=[NS, entry("data", config("fresh"), deletionPolicy="Retain")])
    answer = tenancy.settle()
    assert ({"data", "fresh"} <= tenancy.names(), phases(answer)["data"]) == (True, "Ready")


def test_nothing_moves_any_more_beside_an_orphan() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS])
    tenancy.settle()
    assert tenancy.ask() == tenancy.sync() == tenancy.ask()


def test_an_orphan_stays_while_a_name_of_its_template_is_unknown() -> None:
    tenancy = settled()
    tenancy.use(shop=[NS])
    tenancy.settle()
    tenancy.use(shop=[NS, entry("new", widget("{{ missing }}"))])
    answer = tenancy.settle()
    assert (is_marked(child(answer, "data")), phases(answer)["data"]) == (True, "Retained/Orphaned")


def test_an_orphan_whose_label_was_put_on_by_hand_is_not_removed_while_names_are_unknown() -> None:
    tenancy = settled(NS, entry("web", config("web")))
    tenancy.live("web")["metadata"]["labels"][names.ORPHANED_LABEL] = "true"
    tenancy.use(shop=[NS, entry("new", widget("{{ missing }}"))])
    assert removed(tenancy.sync()) == set()


# The status tells.


def orphaned() -> Tenancy:
    tenancy = settled()
    tenancy.use(shop=[NS])
    tenancy.settle()
    return tenancy


@pytest.mark.parametrize("field", ["annotations", "labels"])
def test_an_orphan_that_lost_a_mark_for_good_is_not_applied_again_and_again(field: str) -> None:
    tenancy = orphaned()
    mark = names.CONTENT_HASH_ANNOTATION if field == "annotations" else names.MANAGED_BY_LABEL
    metadata = tenancy.live("data")["metadata"]
    metadata[field].pop(mark)
    before = child(tenancy.ask(), "data")
    metadata["resourceVersion"] = "8"
    assert child(tenancy.ask(), "data") == before


def test_an_orphan_is_listed_as_retained() -> None:
    answer = orphaned().ask()
    assert (phases(answer)["data"], "by hand" in message(answer, "data")) == ("Retained/Orphaned", True)


def test_orphans_are_counted_apart() -> None:
    counts = orphaned().ask().status["counts"]
    assert (counts["total"], counts["ready"], counts["retained"]) == (1, 1, 1)


def test_an_orphan_does_not_keep_its_tenant_from_being_ready() -> None:
    assert condition(orphaned().ask(), "Ready")["status"] == "True"


def test_ids_in_the_status_are_unique() -> None:
    tenancy = orphaned()
    tenancy.use(shop=[NS, entry("data", config("fresh"), deletionPolicy="Retain")])
    ids = [one["id"] for one in tenancy.settle().status["resources"]]
    assert ids == ["shop/data", "shop/data (ConfigMap acme/data)", "shop/ns"]


def test_no_entry_of_a_plan_is_retained() -> None:
    assert Phase.RETAINED not in phases(settled().ask()).values()


def test_an_orphan_of_a_kind_that_is_not_managed_any_more_is_remembered() -> None:
    tenancy = orphaned()
    hide(tenancy, "data")
    answer = tenancy.settle()
    assert (phases(answer)["data"], answer.status["counts"]["retained"]) == ("Retained/Orphaned", 1)


def test_the_namespace_of_an_orphan_that_cannot_be_seen_is_not_removed() -> None:
    tenancy = orphaned()
    hide(tenancy, "data")
    tenancy.use(shop=[])
    tenancy.settle()
    take_down(tenancy)
    assert "acme" in tenancy.names()


def hide(tenancy: Tenancy, name: str) -> None:
    """The kind of an object is taken out of the controller's child resources."""
    key = next(key for key, obj in tenancy.objects.items() if obj["metadata"]["name"] == name)
    tenancy.objects.pop(key)
    tenancy.managed = tuple(type_ for type_ in tenancy.managed if type_ != key.type_key)


# The Tenant is gone.


def test_a_deleted_tenant_leaves_what_is_retained_and_its_namespace() -> None:
    tenancy = settled()
    take_down(tenancy)
    assert tenancy.names() == {"acme", "data"}


def test_a_deleted_tenant_removes_everything_else_in_order() -> None:
    tenancy = settled(*STACK, entry("first", config("first"), dependsOn=["web"]))
    tenancy.delete()
    assert [removed(tenancy.finalize()) for _ in range(3)] == [{"first"}, {"web"}, set()]


def test_a_tenant_is_finalized_when_what_stays_is_marked() -> None:
    tenancy = settled()
    assert (take_down(tenancy).index(True), [is_marked(obj) for obj in tenancy.objects.values()]) == (1, [True, True])


def test_a_tenant_is_not_finalized_before_the_mark_is_observed() -> None:
    tenancy = settled(NS, DATA)
    tenancy.refused = {"data"}
    assert not any(take_down(tenancy))


def test_a_tenant_is_not_finalized_before_the_anchor_is_observed() -> None:
    tenancy = settled(NS, DATA)
    metadata = tenancy.live("data")["metadata"]
    metadata["ownerReferences"] = [owner for owner in metadata["ownerReferences"] if owner.get("controller")]
    tenancy.refused = {"data"}
    assert not any(take_down(tenancy))


def test_an_anchor_of_another_cluster_does_not_count() -> None:
    tenancy = settled(NS, DATA)
    for owner in tenancy.live("data")["metadata"]["ownerReferences"]:
        owner["uid"] = "uid-of-another-cluster" if not owner.get("controller") else owner["uid"]
    tenancy.refused = {"data"}
    assert not any(take_down(tenancy))


def test_the_anchor_of_this_cluster_replaces_that_of_another() -> None:
    tenancy = settled(NS, DATA)
    for owner in tenancy.live("data")["metadata"]["ownerReferences"]:
        owner["uid"] = "uid-of-another-cluster" if not owner.get("controller") else owner["uid"]
    take_down(tenancy)
    assert anchors(tenancy.live("data")) == [ANCHOR]


def test_an_object_that_somebody_deleted_by_hand_does_not_hold_up_its_tenant() -> None:
    tenancy = settled(NS, DATA)
    tenancy.live("data")["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    tenancy.refused = {"data"}
    assert any(take_down(tenancy))


@pytest.mark.parametrize("spec", [None, {}, {"values": 1}])
def test_an_invalid_spec_does_not_endanger_what_is_retained(spec: object) -> None:
    tenancy = settled()
    tenancy.parent["spec"] = spec
    take_down(tenancy)
    assert tenancy.names() == {"acme", "data"}


def test_a_missing_revision_does_not_endanger_what_is_retained() -> None:
    tenancy = settled()
    tenancy.related = []
    finalized = take_down(tenancy)
    assert (tenancy.names(), finalized[-1]) == ({"acme", "data"}, True)


def test_a_policy_that_has_not_reached_the_object_yet_counts_when_the_tenant_goes() -> None:
    tenancy = settled(NS, entry("data", config("data")))
    tenancy.use(shop=[NS, DATA])
    take_down(tenancy)
    assert tenancy.names() == {"acme", "data"}


def test_one_mark_of_two_is_enough_to_stay() -> None:
    tenancy = settled(NS, DATA)
    tenancy.live("data")["metadata"]["annotations"].pop(names.DELETION_POLICY_ANNOTATION)
    take_down(tenancy)
    assert "data" in tenancy.names()


def test_a_tenant_that_returns_takes_everything_up_again() -> None:
    tenancy = settled()
    take_down(tenancy)
    again(tenancy)
    answer = tenancy.settle()
    marked = [name for name in ("acme", "data") if is_marked(tenancy.live(name))]
    assert (marked, condition(answer, "Ready")["status"]) == ([], "True")


def test_a_tenant_that_returns_with_less_keeps_the_rest_as_orphans() -> None:
    tenancy = settled()
    take_down(tenancy)
    again(tenancy)
    tenancy.use(shop=[entry("else", widget("else"))])
    tenancy.settle()
    assert all(is_marked(tenancy.live(name)) for name in ("acme", "data"))


def test_a_retained_namespace_survives_deletion() -> None:
    tenancy = settled({**NS, "deletionPolicy": "Retain"}, entry("web", config("web")))
    take_down(tenancy)
    assert tenancy.names() == {"acme"}


def test_a_deselected_tenant_hands_its_retained_objects_over_unmarked() -> None:
    tenancy = settled()
    tenancy.finalize()
    assert not any(is_marked(obj) for obj in tenancy.objects.values())
