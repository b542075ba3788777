"""What happens to one object: rendered, kept, made once, renamed, refused, stripped, adopted."""

from __future__ import annotations

import pytest

from tenantry.engine.keep import keep
from tenantry.names import (
    CONTENT_HASH_ANNOTATION,
    DEPENDS_ON_ANNOTATION,
    OWNER_ANNOTATION,
    REAPPLY_ANNOTATION,
    RESOURCE_ID_ANNOTATION,
)
from tenantry.protocol import JSONObject
from tests.support.tenancy import (
    ANCHOR,
    Tenancy,
    child,
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

DOWN = {"observedGeneration": 1}


def one_config(**options: str) -> Tenancy:
    return Tenancy(entry("cfg", config(in_="default", v="{{ v }}"), **options), values={"v": "1"})


def job(command: str) -> JSONObject:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "setup", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [{"name": "main", "args": [command]}]}}},
    }


def annotations_of(obj: JSONObject) -> JSONObject:
    found: JSONObject = obj["metadata"]["annotations"]
    return found


def test_an_object_carries_our_labels_and_annotations() -> None:
    metadata = child(one_config().sync(), "config")["metadata"]
    assert metadata["labels"] == {"app.kubernetes.io/managed-by": "tenantry", "tenantry.io/tenant": "shops.acme"}
    assert metadata["annotations"] | {CONTENT_HASH_ANNOTATION: "?"} == {
        RESOURCE_ID_ANNOTATION: "shop/cfg",
        CONTENT_HASH_ANNOTATION: "?",
        OWNER_ANNOTATION: "shops.acme",
    }


def test_labels_and_annotations_of_the_template_stay() -> None:
    tenancy = Tenancy(entry("ns", namespace(labels={"a": "b"}, annotations={"c": "{{ uid }}"})))
    metadata = child(tenancy.sync(), "acme")["metadata"]
    assert (metadata["labels"]["a"], metadata["annotations"]["c"]) == ("b", "acme")


def test_an_object_is_ready_only_when_it_is_observed_with_the_content_returned_now() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.change(v="2")
    assert phases(tenancy.ask()) == {"cfg": "Progressing/Applying"}


def test_an_object_with_the_new_content_is_ready() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.change(v="2")
    tenancy.sync()
    assert phases(tenancy.ask()) == {"cfg": "Ready"}


def test_a_deleted_object_comes_back() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.objects.clear()
    assert returned(tenancy.sync()) == ["config"]


def test_an_object_that_cannot_be_rendered_is_kept() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.use(shop=[entry("cfg", config(in_="default", v="{{ missing }}"))])
    assert child(tenancy.ask(), "config")["data"] == {"v": "1"}


def test_an_object_that_cannot_be_rendered_says_which_expression_and_why() -> None:
    tenancy = Tenancy(entry("cfg", config(in_="default", v="{{ plam }}")), values={"plan": "x"})
    assert message(tenancy.sync(), "cfg") == ".data.v: {{ plam }}: 'plam' is undefined: do you mean 'plan'?"


def test_an_object_whose_name_cannot_be_rendered_is_kept() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.use(shop=[entry("cfg", config("{{ missing }}", in_="default"))])
    assert returned(tenancy.ask()) == ["config"]


def test_an_entry_that_fails_takes_no_other_with_it() -> None:
    tenancy = Tenancy(entry("bad", widget("bad", x="{{ 1 / 0 }}")), entry("good", widget("good")))
    tenancy.sync()
    assert phases(tenancy.sync()) == {"bad": "Failed/RenderError", "good": "Ready"}


@pytest.mark.parametrize(
    "bomb", ["{{ 'x' * 9 ** 12 }}", "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"]
)
def test_a_bomb_takes_no_other_entry_with_it(bomb: str) -> None:
    loop = "{% for i in range(50) %}{{ i }}{% endfor %}"
    tenancy = Tenancy(
        *(entry(f"bad{n}", widget(f"b{n}", x=bomb)) for n in range(9)), entry("good", widget("good", x=loop))
    )
    tenancy.sync()
    assert phases(tenancy.sync())["good"] == "Ready"


def test_what_is_made_once_survives_an_edit_by_a_user() -> None:
    tenancy = one_config(creationPolicy="Once")
    tenancy.settle()
    tenancy.live("config")["data"]["v"] = "edited"
    assert child(tenancy.ask(), "config")["data"] == {"v": "edited"}


def test_what_is_made_once_ignores_a_new_value() -> None:
    tenancy = one_config(creationPolicy="Once")
    tenancy.settle()
    tenancy.change(v="2")
    answer = tenancy.ask()
    assert (child(answer, "config")["data"], phases(answer)) == ({"v": "1"}, {"cfg": "Ready"})


def test_what_is_made_once_tells_what_it_depends_on_as_the_template_says_now() -> None:
    first = entry("first", config("first", in_="default"))
    once = entry("cfg", config(in_="default", v="1"), creationPolicy="Once")
    tenancy = Tenancy(first, once)
    tenancy.settle()
    tenancy.use(shop=[first, {**once, "dependsOn": ["first"]}])
    assert annotations_of(child(tenancy.settle(), "config"))[DEPENDS_ON_ANNOTATION] == "shop/first"


def test_what_is_made_once_is_made_again_when_it_is_gone() -> None:
    tenancy = one_config(creationPolicy="Once")
    tenancy.settle()
    tenancy.objects.clear()
    tenancy.change(v="2")
    assert child(tenancy.sync(), "config")["data"] == {"v": "2"}


def test_a_job_is_made_once() -> None:
    tenancy = Tenancy(entry("job", job("{{ v }}")), values={"v": "1"})
    tenancy.settle()
    before = tenancy.live("setup")["spec"]
    tenancy.change(v="2")
    assert child(tenancy.ask(), "setup")["spec"] == before


def passing_job() -> Tenancy:
    """A tenant whose Job completed, and was removed by Kubernetes afterwards."""
    obj = job("{{ v }}")
    obj["spec"]["ttlSecondsAfterFinished"] = 60
    tenancy = Tenancy(entry("job", obj), entry("cfg", config(in_="default"), dependsOn=["job"]), values={"v": "1"})
    tenancy.settle()
    tenancy.objects = {key: obj for key, obj in tenancy.objects.items() if obj["kind"] != "Job"}
    return tenancy


def test_a_job_that_somebody_deletes_runs_again() -> None:
    tenancy = Tenancy(entry("job", job("x")))
    tenancy.settle()
    tenancy.objects.clear()
    assert returned(tenancy.sync()) == ["setup"]


def test_a_job_that_goes_by_itself_when_it_is_done_does_not_run_again() -> None:
    tenancy = passing_job()
    answer = tenancy.settle()
    assert (tenancy.names(), phases(answer)) == ({"config"}, {"cfg": "Ready", "job": "Ready"})


def test_a_job_that_goes_right_after_it_is_done_does_not_run_again() -> None:
    obj = job("x")
    obj["spec"]["ttlSecondsAfterFinished"] = 0
    tenancy = Tenancy(entry("job", obj), entry("web", deployment(in_="default")))
    tenancy.health |= {"setup": {"active": 1}, "web": DOWN}
    tenancy.sync()
    tenancy.sync()
    tenancy.wait(1)
    tenancy.health["setup"] = {"conditions": [{"type": "Complete", "status": "True"}]}
    tenancy.live("setup")["status"] = tenancy.health["setup"]
    tenancy.sync()
    tenancy.objects = {key: obj for key, obj in tenancy.objects.items() if obj["kind"] != "Job"}
    tenancy.wait(1)
    tenancy.sync()
    assert tenancy.names() == {"web"}


def test_a_job_that_went_by_itself_runs_again_when_its_content_changes() -> None:
    tenancy = passing_job()
    tenancy.change(v="2")
    tenancy.settle()
    assert tenancy.names() == {"config", "setup"}


def test_keeping_what_is_made_once_changes_nothing() -> None:
    tenancy = one_config(creationPolicy="Once")
    tenancy.settle()
    assert child(tenancy.ask(), "config") == keep(tenancy.live("config"))


def test_an_object_whose_name_changes_is_kept_and_blocked() -> None:
    tenancy = Tenancy(entry("cfg", config("c-{{ v }}", in_="default")), values={"v": "1"})
    tenancy.settle()
    tenancy.change(v="2")
    answer = tenancy.ask()
    assert (returned(answer), phases(answer)) == (["c-1"], {"cfg": "Blocked/IdentityChanged"})


def test_in_a_chain_of_renames_every_object_is_kept() -> None:
    tenancy = Tenancy(entry("a", config("{{ a }}", in_="default")), entry("b", config("{{ b }}", in_="default")))
    tenancy.change(a="x", b="y")
    tenancy.settle()
    tenancy.change(a="y", b="z")
    answer = tenancy.ask()
    assert removed(answer) == set()
    assert {"x", "y"} <= set(returned(answer))


def test_an_object_whose_namespace_changes_is_kept_and_blocked() -> None:
    tenancy = Tenancy(entry("cfg", config(in_="{{ v }}")), values={"v": "one"})
    tenancy.settle()
    tenancy.change(v="two")
    assert message(tenancy.ask(), "cfg").startswith("was one/config and would now be two/config")


def test_an_object_whose_name_changes_back_is_ready_again() -> None:
    tenancy = Tenancy(entry("cfg", config("c-{{ v }}", in_="default")), values={"v": "1"})
    tenancy.settle()
    tenancy.change(v="2")
    tenancy.sync()
    tenancy.change(v="1")
    assert phases(tenancy.ask()) == {"cfg": "Ready"}


def test_another_id_for_the_same_object_is_an_update() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.use(shop=[entry("other", config(in_="default", v="{{ v }}"))])
    answer = tenancy.sync()
    assert (returned(answer), removed(answer), phases(tenancy.ask())) == (["config"], set(), {"other": "Ready"})


def test_the_second_entry_that_makes_an_object_is_a_duplicate() -> None:
    tenancy = Tenancy(entry("a", config(in_="default", v="1")), entry("b", config(in_="default", v="2")))
    tenancy.sync()
    assert phases(tenancy.sync()) == {"a": "Ready", "b": "Failed/Duplicate"}


def test_the_first_template_that_makes_an_object_owns_it() -> None:
    tenancy = Tenancy()
    tenancy.use(one=[entry("a", config(in_="default", v="1"))], two=[entry("b", config(in_="default", v="2"))])
    assert [one["data"] for one in tenancy.sync().children] == [{"v": "1"}]


def test_ownership_passes_to_the_other_template_without_deletion() -> None:
    tenancy = Tenancy()
    mine, other = [entry("a", config(in_="default", v="1"))], [entry("b", config(in_="default", v="2"))]
    tenancy.use(one=mine, two=other)
    tenancy.settle()
    tenancy.use(two=other)
    answer = tenancy.sync()
    assert (child(answer, "config")["data"], removed(answer)) == ({"v": "2"}, set())


def test_ownership_passes_when_the_templates_change_their_order() -> None:
    tenancy = Tenancy()
    mine, other = [entry("a", config(in_="default", v="1"))], [entry("b", config(in_="default", v="2"))]
    tenancy.use(two=other, one=mine)
    tenancy.settle()
    tenancy.use(one=mine, two=other)
    answer = tenancy.sync()
    assert ([one["data"] for one in answer.children], removed(answer)) == ([{"v": "1"}], set())


def test_two_templates_that_make_the_same_namespace_still_make_what_is_in_it() -> None:
    tenancy = Tenancy()
    tenancy.use(
        one=[entry("ns", namespace()), entry("a", config("a"))], two=[entry("ns", namespace()), entry("b", config("b"))]
    )
    tenancy.settle(3)
    assert tenancy.names() == {"acme", "a", "b"}


def test_an_entry_that_becomes_a_duplicate_keeps_the_object_it_has() -> None:
    tenancy = Tenancy(
        entry("a", config("{{ a }}", in_="default")),
        entry("b", config("{{ b }}", in_="default")),
        values={"a": "x", "b": "y"},
    )
    tenancy.settle()
    tenancy.change(b="x")
    answer = tenancy.ask()
    assert (sorted(returned(answer)), phases(answer)["b"]) == (["x", "y"], "Failed/Duplicate")


def test_a_kind_that_the_controller_does_not_manage_fails() -> None:
    tenancy = Tenancy(entry("a", widget("a")), entry("ns", namespace()), managed=("Namespace.v1",))
    answer = tenancy.sync()
    assert (phases(answer)["a"], returned(answer)) == ("Failed/UnmanagedKind", ["acme"])


def test_a_version_that_the_controller_does_not_manage_is_told_with_the_one_that_it_does() -> None:
    tenancy = Tenancy(entry("a", widget("a")), managed=("Widget.example.com/v2",))
    assert "example.com/v2" in message(tenancy.sync(), "a")


def test_an_object_that_does_not_appear_is_blocked_after_thirty_seconds() -> None:
    tenancy = one_config()
    tenancy.refused.add("config")
    tenancy.sync()
    tenancy.wait(30)
    assert phases(tenancy.sync()) == {"cfg": "Blocked/NotApplied"}


def test_an_object_that_does_not_appear_yet_is_being_applied() -> None:
    tenancy = one_config()
    tenancy.refused.add("config")
    tenancy.sync()
    tenancy.wait(29)
    assert phases(tenancy.sync()) == {"cfg": "Progressing/Applying"}


def test_an_object_that_does_not_appear_is_asked_for_again_in_time() -> None:
    tenancy = one_config()
    tenancy.refused.add("config")
    tenancy.sync()
    tenancy.wait(1)
    assert 29 < tenancy.sync().resync_after_seconds < 60


def test_an_update_that_does_not_get_through_is_blocked_after_thirty_seconds() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.refused.add("config")
    tenancy.change(v="2")
    tenancy.sync()
    tenancy.wait(31)
    assert phases(tenancy.sync()) == {"cfg": "Blocked/NotApplied"}


def test_a_blocked_object_is_returned_all_the_same() -> None:
    tenancy = one_config()
    tenancy.refused.add("config")
    tenancy.sync()
    tenancy.wait(31)
    tenancy.sync()
    assert returned(tenancy.sync()) == ["config"]


def test_a_blocked_object_that_appears_is_ready() -> None:
    tenancy = one_config()
    tenancy.refused.add("config")
    tenancy.sync()
    tenancy.wait(31)
    tenancy.sync()
    tenancy.refused.clear()
    tenancy.sync()
    assert phases(tenancy.sync()) == {"cfg": "Ready"}


def test_an_object_that_is_being_deleted_is_terminating() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.live("config")["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert phases(tenancy.ask()) == {"cfg": "Progressing/Terminating"}


def test_an_object_that_was_ready_with_this_content_is_degraded() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default")))
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert phases(tenancy.sync()) == {"web": "Degraded/ReplicasNotReady"}


def test_an_object_that_was_never_ready_with_this_content_is_progressing() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default", image="{{ v }}")), values={"v": "1"})
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.change(v="2")
    tenancy.sync()
    tenancy.wait(3)
    assert phases(tenancy.sync()) == {"web": "Progressing/ReplicasNotReady"}


def test_a_degraded_object_is_degraded_for_ever() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default")))
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    tenancy.wait(100_000)
    assert phases(tenancy.settle()) == {"web": "Degraded/ReplicasNotReady"}


@pytest.mark.parametrize("stripped", [CONTENT_HASH_ANNOTATION, RESOURCE_ID_ANNOTATION, OWNER_ANNOTATION])
def test_an_object_that_lost_something_of_ours_is_applied_again(stripped: str) -> None:
    tenancy = one_config()
    tenancy.settle()
    del annotations_of(tenancy.live("config"))[stripped]
    tenancy.live("config")["metadata"]["resourceVersion"] = "99"
    assert annotations_of(child(tenancy.ask(), "config"))[REAPPLY_ANNOTATION] == "99"


def test_an_object_that_lost_our_managed_by_label_is_applied_again() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.live("config")["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "helm"
    assert REAPPLY_ANNOTATION in annotations_of(child(tenancy.ask(), "config"))


def test_the_mark_of_a_repeated_apply_stays_as_it_is() -> None:
    tenancy = one_config()
    tenancy.settle()
    del annotations_of(tenancy.live("config"))[OWNER_ANNOTATION]
    tenancy.live("config")["metadata"]["resourceVersion"] = "99"
    tenancy.settle(3)
    assert annotations_of(child(tenancy.ask(), "config"))[REAPPLY_ANNOTATION] == "99"


def test_a_change_of_content_alone_is_no_repeated_apply() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.change(v="2")
    assert REAPPLY_ANNOTATION not in annotations_of(child(tenancy.ask(), "config"))


def test_an_adopted_object_of_somebody_else_is_returned_by_its_identity_and_anchored() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.adopt(config("theirs", in_="default", secret="x"))
    theirs = child(tenancy.ask(), "theirs")
    assert (set(theirs), theirs["metadata"]["ownerReferences"][0]["uid"]) == (
        {"apiVersion", "kind", "metadata"},
        ANCHOR,
    )


def test_an_adopted_object_of_somebody_else_is_never_removed() -> None:
    tenancy = one_config()
    tenancy.settle()
    tenancy.adopt(config("theirs", in_="default"))
    tenancy.use(shop=[])
    assert [removed(tenancy.sync()) for _ in range(3)] == [{"config"}, set(), set()]


def test_an_adopted_object_of_somebody_else_is_listed_and_changes_no_verdict() -> None:
    tenancy = one_config()
    tenancy.settle()
    before = tenancy.status
    tenancy.adopt(config("theirs", in_="default"))
    after = tenancy.ask().status
    listed = [one for one in after["resources"] if one not in before["resources"]]
    assert [(one["id"], one["phase"]) for one in listed] == [("ConfigMap.v1 default/theirs", "Foreign")]
    assert after["counts"] == before["counts"] | {"foreign": 1}
    assert after["conditions"] == before["conditions"]
