"""An object that does not appear: a probe looks for it, and what that found decides what the Tenant says."""

from __future__ import annotations

from typing import Any

from tenantry.names import CONFLICT_POLICY_ANNOTATION, OWNER_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject, SyncRequest
from tests.support.tenancy import MANAGED, Tenancy, child, config, entry, message, phases, returned

PROBE = "TenantProbe"


class Watched(Tenancy):
    """A tenancy whose controller manages TenantProbes and ConfigMaps."""

    def __init__(self, *resources: JSONObject, **options: Any) -> None:
        super().__init__(*resources, managed=(*MANAGED, f"{PROBE}.tenantry.io/v1"), **options)

    def request(self, *, finalizing: bool = False) -> SyncRequest:
        asked = super().request(finalizing=finalizing)
        asked.controller["spec"] = {"childResources": [{"apiVersion": "v1", "resource": "configmaps"}]}
        return asked

    def probes(self) -> list[JSONObject]:
        return [obj for obj in self.objects.values() if obj["kind"] == PROBE]

    def find(self, **status: Any) -> None:
        """What the probe's controller writes."""
        self.probes()[0]["status"] = status

    def until_probed(self) -> None:
        """The API server refuses ConfigMap config, and after a while a probe looks why."""
        self.refused.add("config")
        self.sync()
        self.wait(5)
        self.sync()


def one(**options: Any) -> Watched:
    return Watched(entry("cfg", config(in_="default"), **options))


def test_an_object_that_appears_has_no_probe() -> None:
    tenancy = one()
    tenancy.settle()
    assert tenancy.probes() == []


def test_an_object_that_is_missing_for_five_seconds_gets_a_probe() -> None:
    tenancy = one()
    tenancy.refused.add("config")
    tenancy.sync()
    assert tenancy.probes() == []
    tenancy.wait(4)
    tenancy.sync()
    assert tenancy.probes() == []
    tenancy.wait(1)
    tenancy.sync()
    assert [probe["spec"]["name"] for probe in tenancy.probes()] == ["config"]


def test_an_object_of_somebody_else_is_a_conflict() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=True)
    answer = tenancy.sync()
    assert phases(answer) == {"cfg": "Blocked/Conflict"}
    assert "delete it, set conflictPolicy: Force" in message(answer, "cfg")


def test_where_there_is_nothing_the_api_server_refuses_it() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=False)
    tenancy.wait(30)
    assert phases(tenancy.sync()) == {"cfg": "Blocked/NotApplied"}


def test_a_probe_goes_on_looking_while_the_api_server_refuses_the_object() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=False)
    tenancy.wait(30)
    tenancy.settle(3)
    assert phases(tenancy.ask()) == {"cfg": "Blocked/NotApplied"}, "it goes on to be so"
    tenancy.find(exists=True)
    assert phases(tenancy.sync()) == {"cfg": "Blocked/Conflict"}


def test_an_object_that_is_no_conflict_any_more_has_all_its_time_again() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=True)
    tenancy.sync()
    tenancy.wait(300)
    tenancy.find(exists=False)
    assert phases(tenancy.sync()) == {"cfg": "Progressing/Applying"}


def test_an_object_that_is_ours_already_is_no_conflict() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=True, tenant="shops.acme", controller="Tenant shops.acme")
    assert phases(tenancy.sync()) == {"cfg": "Progressing/Applying"}


def test_an_object_that_may_be_taken_is_no_conflict() -> None:
    tenancy = one(conflictPolicy="Force")
    tenancy.until_probed()
    tenancy.find(exists=True)
    assert phases(tenancy.sync()) == {"cfg": "Progressing/Applying"}


def test_a_conflict_lasts_as_long_as_the_object() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=True)
    tenancy.settle(20)
    assert phases(tenancy.sync()) == {"cfg": "Blocked/Conflict"}
    assert returned(tenancy.ask())[0] == "config", "it is asked for all the same"


def test_a_conflict_ends_when_the_object_is_gone_and_so_does_the_probe() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.find(exists=True)
    tenancy.sync()
    tenancy.find(exists=False)
    tenancy.refused.clear()
    assert phases(tenancy.sync()) == {"cfg": "Progressing/Applying"}
    assert phases(tenancy.settle()) == {"cfg": "Ready"}
    assert tenancy.probes() == []


def test_a_tenant_that_is_deleted_takes_its_probes_along() -> None:
    tenancy = one()
    tenancy.until_probed()
    tenancy.delete()
    tenancy.finalize()
    assert (tenancy.probes(), tenancy.finalize().finalized) == ([], True)


def test_a_probe_is_no_object_of_the_tenant() -> None:
    tenancy = one()
    tenancy.until_probed()
    assert tenancy.ask().status["counts"]["total"] == 1
    assert [listed["id"] for listed in tenancy.ask().status["resources"]] == ["shop/cfg"]


def test_force_is_written_on_the_object() -> None:
    annotations = child(one(conflictPolicy="Force").sync(), "config")["metadata"]["annotations"]
    assert annotations[CONFLICT_POLICY_ANNOTATION] == "Force"


def test_stuck_is_not_written_on_the_object() -> None:
    assert CONFLICT_POLICY_ANNOTATION not in child(one().sync(), "config")["metadata"]["annotations"]


def test_a_policy_that_changes_reaches_an_object_that_is_made_once() -> None:
    tenancy = one(creationPolicy="Once", conflictPolicy="Force")
    tenancy.settle()
    tenancy.use(shop=[entry("cfg", config(in_="default"), creationPolicy="Once")])
    assert CONFLICT_POLICY_ANNOTATION not in child(tenancy.sync(), "config")["metadata"]["annotations"]


def test_an_object_that_may_be_taken_says_so_while_it_cannot_be_rendered() -> None:
    tenancy = one(conflictPolicy="Force")
    tenancy.settle()
    tenancy.use(shop=[entry("cfg", config(in_="default", v="{{ missing }}"), conflictPolicy="Force")])
    assert child(tenancy.sync(), "config")["metadata"]["annotations"][CONFLICT_POLICY_ANNOTATION] == "Force"


def test_an_object_of_somebody_else_stays_as_it_is_while_the_entry_of_its_name_cannot_be_rendered() -> None:
    tenancy = Watched(entry("cfg", config(in_="default", v="{{ missing }}")))
    tenancy.adopt(config(in_="default", secret="x"))
    assert set(child(tenancy.ask(), "config")) == {"apiVersion", "kind", "metadata"}


def test_an_object_of_another_tenant_that_somebody_labels_as_ours_is_foreign() -> None:
    tenancy = one()
    tenancy.settle()
    marks = {OWNER_ANNOTATION: "shops.bravo", RESOURCE_ID_ANNOTATION: "shop/cfg"}
    theirs = config("theirs", in_="default")
    theirs["metadata"]["annotations"] = marks
    tenancy.adopt(theirs)
    answer = tenancy.settle()
    assert phases(answer) == {"cfg": "Ready", "theirs": "Foreign/NotOurs"}
    tenancy.delete()
    tenancy.finalize()
    assert "theirs" in tenancy.names()


def test_an_anchor_that_somebody_strips_from_a_foreign_object_comes_back() -> None:
    tenancy = one()
    tenancy.settle()
    tenancy.adopt(config("theirs", in_="default"))
    tenancy.settle()
    before = child(tenancy.ask(), "theirs")
    live = tenancy.live("theirs")
    live["metadata"]["ownerReferences"] = []
    live["metadata"]["resourceVersion"] = "77"
    entry_ = live["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]
    entry_.pop("f:ownerReferences", None)
    after = child(tenancy.ask(), "theirs")
    assert after["metadata"]["ownerReferences"] == before["metadata"]["ownerReferences"]
    assert after != before, "Metacontroller skips an apply of what it applied last"
