"""A tenant whose objects others write, too: what is returned, and how the entry stands."""

from __future__ import annotations

import copy
from typing import Any

from tenantry.names import CONTENT_HASH_ANNOTATION
from tenantry.protocol import JSONObject, SyncResponse
from tests.support.tenancy import Tenancy, child, condition, config, deployment, entry, namespace

REPLICAS = "$.spec.replicas"


def _tenancy(obj: JSONObject, **options: Any) -> Tenancy:
    tenancy = Tenancy(entry("namespace", namespace()), entry("it", obj, **options), values={"note": "1"})
    tenancy.settle(4)
    return tenancy


def _taken(tenancy: Tenancy, name: str, *path: str, value: Any, by: str = "scaler") -> None:
    """Somebody writes a field of an object."""
    live = tenancy.live(name)
    place, owned = live, live["metadata"]["managedFields"][0]["fieldsV1"]
    for step in path[:-1]:
        place, owned = place.setdefault(step, {}), owned.get(f"f:{step}", {})
    place[path[-1]] = value
    owned.pop(f"f:{path[-1]}", None)
    tree: JSONObject = {}
    for step in reversed(path):
        tree = {f"f:{step}": tree}
    live["metadata"]["managedFields"].append({"manager": by, "operation": "Update", "fieldsV1": tree})
    live["metadata"]["generation"] += 1


def _entry(answer: SyncResponse) -> JSONObject:
    found: JSONObject = next(one for one in answer.status["resources"] if one["id"] == "shop/it")
    return found


def test_an_object_is_made_with_its_ignored_fields() -> None:
    tenancy = Tenancy(entry("it", deployment(in_="x"), ignoreFields=[REPLICAS]))
    assert child(tenancy.sync(), "web")["spec"]["replicas"] == 1


def test_an_ignored_field_that_somebody_took_over_is_not_sent() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS])
    _taken(tenancy, "web", "spec", "replicas", value=5)
    assert "replicas" not in child(tenancy.ask(), "web")["spec"]


def test_a_tenant_that_lost_its_status_is_ready_all_the_same() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS])
    del tenancy.parent["status"]
    assert _entry(tenancy.ask())["phase"] == "Ready"


def test_an_entry_with_ignored_fields_remembers_the_content_with_which_it_was_ready() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS])
    hash_ = tenancy.live("web")["metadata"]["annotations"][CONTENT_HASH_ANNOTATION]
    assert _entry(tenancy.ask())["readyHash"] == hash_


def test_the_content_hash_is_that_of_the_whole_content() -> None:
    plain, ignoring = _tenancy(deployment()), _tenancy(deployment(), ignoreFields=[REPLICAS])
    _taken(ignoring, "web", "spec", "replicas", value=5)
    annotations = [child(one.ask(), "web")["metadata"]["annotations"] for one in (plain, ignoring)]
    assert annotations[0] == annotations[1]


def test_scaling_does_not_make_an_entry_wait_that_was_ready() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS])
    _taken(tenancy, "web", "spec", "replicas", value=5)
    assert _entry(tenancy.ask())["phase"] == "Ready"


def test_scaling_of_a_field_that_is_not_ignored_makes_it_wait() -> None:
    tenancy = _tenancy(deployment())
    _taken(tenancy, "web", "spec", "replicas", value=5)
    assert _entry(tenancy.ask())["phase"] == "Degraded"


def test_a_workload_that_lost_all_replicas_is_degraded_although_they_are_ignored() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS])
    _taken(tenancy, "web", "spec", "replicas", value=5)
    tenancy.live("web")["status"] |= {"availableReplicas": 0, "observedGeneration": 2}
    assert _entry(tenancy.ask())["phase"] == "Degraded"


def test_what_is_observed_is_not_changed() -> None:
    tenancy = _tenancy(deployment(), ignoreFields=[REPLICAS], patchStrategy="replace")
    _taken(tenancy, "web", "spec", "replicas", value=5)
    _taken(tenancy, "web", "metadata", "annotations", "x/y", value="1", by="kubectl")
    before = copy.deepcopy(tenancy.objects)
    tenancy.ask()
    assert tenancy.objects == before


def test_removals_name_each_null() -> None:
    tenancy = _tenancy(config(a="1"), patchStrategy="replace")
    _taken(tenancy, "config", "data", "b", value="2")
    answer = tenancy.ask()
    assert child(answer, "config")["data"] == {"a": "1", "b": None}
    assert list(answer.removals.values()) == [frozenset([("data", "b")])]


def test_new_content_goes_before_anything_is_removed() -> None:
    tenancy = _tenancy(config(a="{{ note }}"), patchStrategy="replace")
    _taken(tenancy, "config", "data", "b", value="2")
    tenancy.change(note="2")
    assert child(tenancy.ask(), "config")["data"] == {"a": "2"}


def test_an_object_with_more_in_it_is_ready_and_says_so() -> None:
    tenancy = _tenancy(config(a="1"), patchStrategy="replace")
    _taken(tenancy, "config", "data", "b", value="2")
    found = _entry(tenancy.ask())
    assert (found["phase"], found["reason"]) == ("Ready", "RemovingFields")
    assert "data.b" in found["message"]


def _removing(*, seconds_ago: float) -> Tenancy:
    """A tenant that has been removing what somebody added for some seconds."""
    tenancy = _tenancy(config(a="1"), patchStrategy="replace")
    _taken(tenancy, "config", "data", "b", value="2")
    tenancy.parent["status"] = tenancy.ask().status
    tenancy.wait(seconds_ago)
    return tenancy


def test_what_is_not_removed_in_thirty_seconds_needs_a_person() -> None:
    answer = _removing(seconds_ago=30).ask()
    assert _entry(answer)["reason"] == "ForeignFields"
    assert "see the Events of this Tenant for what the API server says" in _entry(answer)["message"]
    assert condition(answer, "Degraded")["reason"] == "ForeignFields"
    assert condition(answer, "Ready")["status"] == "True"


def test_what_is_being_removed_needs_no_person_before() -> None:
    assert _entry(_removing(seconds_ago=29).ask())["reason"] == "RemovingFields"


def test_what_needs_a_person_goes_on_to_do_so() -> None:
    tenancy = _removing(seconds_ago=30)
    tenancy.parent["status"] = tenancy.ask().status
    tenancy.wait(1)
    assert _entry(tenancy.ask())["reason"] == "ForeignFields"


def test_what_is_ignored_is_not_removed_although_all_else_of_others_is() -> None:
    tenancy = _tenancy(config(a="1"), patchStrategy="replace", ignoreFields=["$.data.b"])
    _taken(tenancy, "config", "data", "b", value="2")
    _taken(tenancy, "config", "data", "c", value="3")
    assert child(tenancy.ask(), "config")["data"] == {"a": "1", "c": None}


def test_merge_keeps_what_left_the_template_and_leaves_others_what_they_added() -> None:
    tenancy = _tenancy(config(a="1", b="2"), patchStrategy="merge")
    _taken(tenancy, "config", "data", "c", value="3")
    tenancy.use(shop=[entry("namespace", namespace()), entry("it", config(a="{{ note }}"), patchStrategy="merge")])
    tenancy.change(note="5")
    assert child(tenancy.ask(), "config")["data"] == {"a": "5", "b": "2"}


def test_once_is_left_alone_whatever_the_template_says() -> None:
    tenancy = _tenancy(config(a="{{ note }}"), creationPolicy="Once")
    tenancy.change(note="2")
    assert child(tenancy.settle(3), "config")["data"] == {"a": "1"}
