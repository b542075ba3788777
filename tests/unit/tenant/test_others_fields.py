"""A tenant whose objects others write, too: what is returned, and how the entry stands."""

from __future__ import annotations

import copy
from typing import Any

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


def test_what_is_not_removed_in_time_needs_a_person() -> None:
    tenancy = _tenancy(config(a="1"), patchStrategy="replace")
    _taken(tenancy, "config", "data", "b", value="2")
    tenancy.parent["status"] = tenancy.ask().status
    tenancy.wait(31)
    answer = tenancy.ask()
    assert _entry(answer)["reason"] == "ForeignFields"
    assert condition(answer, "Degraded")["reason"] == "ForeignFields"
    assert condition(answer, "Ready")["status"] == "True"


def test_once_is_left_alone_whatever_the_template_says() -> None:
    tenancy = _tenancy(config(a="{{ note }}"), creationPolicy="Once")
    tenancy.change(note="2")
    assert child(tenancy.settle(3), "config")["data"] == {"a": "1"}
