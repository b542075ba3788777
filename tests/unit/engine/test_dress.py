"""Our own marks on an object, and what becomes of one that somebody stripped."""

from __future__ import annotations

import pytest

from tenantry import names
from tenantry.engine.dress import dressed, foreign, marked
from tenantry.engine.retain import with_policy
from tenantry.protocol import JSONObject
from tests.support.observed import observed
from tests.support.tenancy import config

ANCHOR = "uid-of-kube-system"
MARKS = [
    names.RESOURCE_ID_ANNOTATION,
    names.CONTENT_HASH_ANNOTATION,
    names.OWNER_ANNOTATION,
    names.DEPENDS_ON_ANNOTATION,
]


def ours(*, retained: bool = False) -> JSONObject:
    obj = dressed(config("cfg", in_="acme", a="1"), id_="t/cfg", needs=("t/ns",), tenant="shops.acme", hash_="abc")
    return with_policy(obj, ANCHOR) if retained else obj


def live_of(obj: JSONObject) -> JSONObject:
    live = observed(obj)
    live["metadata"]["resourceVersion"] = "99"
    return live


def mark_of(obj: JSONObject) -> str | None:
    mark: str | None = obj["metadata"]["annotations"].get(names.REAPPLY_ANNOTATION)
    return mark


def test_an_object_tells_which_entry_made_it_of_what_and_for_whom() -> None:
    assert ours()["metadata"]["annotations"] == {
        names.RESOURCE_ID_ANNOTATION: "t/cfg",
        names.CONTENT_HASH_ANNOTATION: "abc",
        names.OWNER_ANNOTATION: "shops.acme",
        names.DEPENDS_ON_ANNOTATION: "t/ns",
    }


def test_labels_and_annotations_of_the_template_stay_beside_ours() -> None:
    content = config("cfg", in_="acme")
    content["metadata"] |= {"labels": {"app": "x"}, "annotations": {"note": "y"}}
    metadata = dressed(content, id_="t/cfg", needs=(), tenant="shops.acme", hash_="abc")["metadata"]
    assert (metadata["labels"]["app"], metadata["annotations"]["note"]) == ("x", "y")


def test_what_an_object_depends_on_no_more_is_not_told() -> None:
    """Also of content that is kept, which brings its annotations along."""
    again = dressed(ours(), id_="t/cfg", needs=(), tenant="shops.acme", hash_="abc")
    assert names.DEPENDS_ON_ANNOTATION not in again["metadata"]["annotations"]


def test_an_object_that_has_all_of_ours_goes_as_it_is() -> None:
    assert marked(ours(), live_of(ours())) == ours()


@pytest.mark.parametrize("stripped", MARKS)
def test_an_object_that_lost_an_annotation_of_ours_is_marked_to_be_applied_again(stripped: str) -> None:
    live = live_of(ours())
    del live["metadata"]["annotations"][stripped]
    assert mark_of(marked(ours(), live)) == "99"


def test_an_annotation_of_the_template_that_is_not_there_yet_is_no_loss() -> None:
    """It is new content, which is applied anyway."""
    wanted = ours()
    wanted["metadata"]["annotations"]["note"] = "x"
    assert marked(wanted, live_of(ours())) == wanted


@pytest.mark.parametrize("stripped", ["labels", "annotations"])
def test_an_object_without_any_labels_or_annotations_is_marked(stripped: str) -> None:
    live = live_of(ours())
    del live["metadata"][stripped]
    assert mark_of(marked(ours(), live)) == "99"


def test_an_object_that_somebody_else_claims_to_manage_is_marked() -> None:
    live = live_of(ours())
    live["metadata"]["labels"][names.MANAGED_BY_LABEL] = "helm"
    assert mark_of(marked(ours(), live)) == "99"


def test_a_retained_object_that_has_all_of_ours_goes_as_it_is() -> None:
    assert marked(ours(retained=True), live_of(ours(retained=True))) == ours(retained=True)


def test_a_retained_object_that_lost_its_policy_is_marked() -> None:
    live = live_of(ours(retained=True))
    del live["metadata"]["annotations"][names.DELETION_POLICY_ANNOTATION]
    assert mark_of(marked(ours(retained=True), live)) == "99"


@pytest.mark.parametrize("anchors", [[], [names.anchor("uid-of-another")]])
def test_a_retained_object_that_lost_its_anchor_is_marked(anchors: list[JSONObject]) -> None:
    live = live_of(ours(retained=True))
    live["metadata"]["ownerReferences"] = anchors
    assert mark_of(marked(ours(retained=True), live)) == "99"


def test_a_retained_object_without_any_owner_is_marked() -> None:
    live = live_of(ours(retained=True))
    del live["metadata"]["ownerReferences"]
    assert mark_of(marked(ours(retained=True), live)) == "99"


def test_an_object_that_is_not_retained_needs_no_owner_to_go_as_it_is() -> None:
    live = live_of(ours())
    del live["metadata"]["ownerReferences"]
    assert marked(ours(), live) == ours()


def test_an_orphan_that_lost_its_label_is_marked() -> None:
    wanted = ours(retained=True)
    wanted["metadata"]["labels"][names.ORPHANED_LABEL] = "true"
    assert marked(wanted, live_of(wanted)) == wanted
    live = live_of(wanted)
    del live["metadata"]["labels"][names.ORPHANED_LABEL]
    assert mark_of(marked(wanted, live)) == "99"


def test_a_mark_is_repeated_for_as_long_as_the_object_has_it() -> None:
    marked_before = ours()
    marked_before["metadata"]["annotations"][names.REAPPLY_ANNOTATION] = "7"
    assert mark_of(marked(ours(), live_of(marked_before))) == "7"


def theirs(*, owners: list[JSONObject]) -> JSONObject:
    labels = {names.TENANT_LABEL: "shops.acme"}
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "x", "resourceVersion": "99", "labels": labels, "ownerReferences": owners},
    }


def applied(child: JSONObject) -> JSONObject:
    """An object of somebody else to which we applied its anchor before."""
    fields: JSONObject = {"f:metadata": {"f:ownerReferences": {f'k:{{"uid":"{ANCHOR}"}}': {}}}}
    entry = {"manager": names.FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}
    return {**child, "metadata": {**child["metadata"], "managedFields": [entry]}}


def test_an_object_of_somebody_else_gets_an_anchor_and_no_mark_at_first() -> None:
    metadata = foreign(theirs(owners=[]), ANCHOR)["metadata"]
    assert (metadata["ownerReferences"], "annotations" in metadata) == ([names.anchor(ANCHOR)], False)


def test_an_object_of_somebody_else_that_has_its_anchor_needs_no_mark() -> None:
    metadata = foreign(applied(theirs(owners=[names.anchor(ANCHOR)])), ANCHOR)["metadata"]
    assert (metadata["ownerReferences"], "annotations" in metadata) == ([names.anchor(ANCHOR)], False)


def test_an_object_of_somebody_else_that_lost_its_anchor_is_marked_to_get_it_again() -> None:
    child = foreign(applied(theirs(owners=[])), ANCHOR)
    assert (mark_of(child), child["metadata"]["ownerReferences"]) == ("99", [names.anchor(ANCHOR)])


def test_an_object_of_another_tenant_keeps_what_we_applied_to_it_beside_the_mark() -> None:
    """It was ours, so that our field manager owns more of it than an anchor."""
    child = applied(theirs(owners=[]))
    child["metadata"]["annotations"] = {"note": "x", "theirs": "y"}
    child["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:annotations"] = {"f:note": {}}
    annotations = foreign(child, ANCHOR)["metadata"]["annotations"]
    assert annotations == {"note": "x", names.REAPPLY_ANNOTATION: "99"}


def test_an_object_of_somebody_else_gets_no_anchor_while_none_is_known() -> None:
    assert "ownerReferences" not in foreign(theirs(owners=[]), "")["metadata"]
