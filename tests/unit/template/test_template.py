"""Every valid content of a template becomes a revision, which stays."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from tenantry import template
from tenantry.engine.compiled import Problem
from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tenantry.kinds import TENANT_TEMPLATE_REVISION
from tenantry.protocol import CustomizeRequest, JSONObject, SyncRequest, SyncResponse
from tenantry.server.call import call
from tenantry.server.hooks import Controller
from tenantry.template import hook

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
CONTROLLER = Controller("templates", sync=template.sync, finalize=template.finalize, customize=template.customize)
KUBE_SYSTEM = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "anchor-uid"}}


def entry(id_: str, data: str = "one", **options: Any) -> JSONObject:
    metadata = {"name": id_, "namespace": "shops"}
    return {
        "id": id_,
        "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": data}},
        **options,
    }


class Cluster:
    """A template, and its revisions as an API server has them."""

    def __init__(self, *resources: JSONObject) -> None:
        self.parent: JSONObject = {
            "apiVersion": "tenantry.io/v1",
            "kind": "TenantTemplate",
            "metadata": {"name": "webapp", "uid": "template-uid", "generation": 1},
            "spec": {"registry": "shops", "resources": list(resources)},
        }
        self.revisions: dict[str, JSONObject] = {}
        self.related: JSONObject = {"Namespace.v1": {"kube-system": KUBE_SYSTEM}}

    def body(self, *, finalizing: bool = False) -> JSONObject:
        return {
            "controller": {"spec": {"childResources": []}},
            "parent": self.parent,
            "children": {TENANT_TEMPLATE_REVISION.type_key: self.revisions},
            "related": self.related,
            "finalizing": finalizing,
        }

    def sync(self) -> SyncResponse:
        """One sync, checked by the server and applied."""
        checked = call(CONTROLLER, "sync", orjson.dumps(self.body()), now=NOW)
        assert checked.status == 200, checked.body
        response = template.sync(SyncRequest.parse(deepcopy(self.body())), now=NOW)
        self.apply(response)
        return response

    def apply(self, response: SyncResponse) -> None:
        applied = {}
        for child in response.children:
            name = child["metadata"]["name"]
            annotations = {LAST_APPLIED_ANNOTATION: orjson.dumps(child).decode()}
            applied[name] = {
                **deepcopy(child),
                "metadata": {**child["metadata"], "annotations": annotations, "uid": f"uid-of-{name}"},
            }
        self.revisions = applied
        self.parent["status"] = response.status

    def edit(self, *resources: JSONObject) -> None:
        self.parent["spec"]["resources"] = list(resources)
        self.parent["metadata"]["generation"] += 1


def condition(response: SyncResponse, type_: str) -> tuple[str, str]:
    found = next(c for c in response.status["conditions"] if c["type"] == type_)
    return found["status"], found["reason"]


def test_a_valid_content_becomes_an_anchored_revision() -> None:
    (revision,) = Cluster(entry("config")).sync().children
    assert revision == {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplateRevision",
        "metadata": {
            "name": "webapp-cf1a10c54d",
            "labels": {"app.kubernetes.io/managed-by": "tenantry", "tenantry.io/template": "webapp"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": "anchor-uid"}],
        },
        "spec": {"template": "webapp", "anchor": "anchor-uid", "resources": [entry("config")]},
    }


def test_the_latest_revision_is_told_once_it_is_observed() -> None:
    cluster = Cluster(entry("config"))
    first = cluster.sync()
    assert (first.status["latestRevision"], condition(first, "Ready")) == ("", ("False", "Reconciling"))
    second = cluster.sync()
    assert second.status["latestRevision"] == second.children[0]["metadata"]["name"]
    assert condition(second, "Ready") == ("True", "AllReady")


def test_a_settled_template_has_the_same_answer_again() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    second, third = cluster.sync(), cluster.sync()
    assert (second.children, second.status) == (third.children, third.status)


def test_a_new_content_becomes_a_second_revision_and_the_first_stays() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    before = cluster.sync()
    cluster.edit(entry("config", "two"))
    changed = cluster.sync()
    assert len(changed.children) == 2
    assert before.children[0] in changed.children
    assert changed.status["latestRevision"] == before.status["latestRevision"]
    assert cluster.sync().status["latestRevision"] != before.status["latestRevision"]


def test_the_old_content_goes_back_to_its_old_revision() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    first = cluster.sync().status["latestRevision"]
    cluster.edit(entry("config", "two"))
    cluster.sync()
    cluster.sync()
    cluster.edit(entry("config"))
    back = cluster.sync()
    assert (len(back.children), back.status["latestRevision"]) == (2, first)


def test_an_option_with_its_default_value_makes_no_revision() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    cluster.edit(entry("config", waitForReady=True, creationPolicy="WhenNeeded", dependsOn=[]))
    assert len(cluster.sync().children) == 1


def test_the_order_of_entries_counts() -> None:
    cluster = Cluster(entry("one"), entry("two"))
    cluster.sync()
    cluster.edit(entry("two"), entry("one"))
    assert len(cluster.sync().children) == 2


def test_problems_make_no_revision_and_leave_the_latest_one() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    good = cluster.sync()
    cluster.edit(entry("config", "{{ plan"))
    bad = cluster.sync()
    assert bad.children == good.children
    assert bad.status["latestRevision"] == good.status["latestRevision"]
    assert (condition(bad, "Valid"), condition(bad, "Degraded")) == (
        ("False", "ValidationFailed"),
        ("True", "TemplateInvalid"),
    )


def test_all_problems_are_told() -> None:
    problems = [Problem("spec.resources[0]", "is strange"), Problem("spec.resources[1]", "is stranger")]
    request = SyncRequest.parse(Cluster(entry("config")).body())
    response = hook.sync(request, now=NOW, check=lambda *_: problems)
    message = next(c["message"] for c in response.status["conditions"] if c["type"] == "Valid")
    assert message.startswith("spec.resources[0]: is strange; spec.resources[1]: is stranger. ")


def test_a_revision_holds_the_variables_without_their_descriptions() -> None:
    cluster = Cluster(entry("config"))
    cluster.parent["spec"]["variables"] = {"plan": {"type": "string", "default": "basic", "description": "The plan."}}
    cluster.sync()
    stored = cluster.sync()
    assert stored.children[0]["spec"]["variables"] == {"plan": {"type": "string", "default": "basic"}}
    assert stored.status["latestRevision"] == stored.children[0]["metadata"]["name"]


def test_changed_variables_make_another_revision() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    cluster.parent["spec"]["variables"] = {"plan": {"type": "string"}}
    assert len(cluster.sync().children) == 2


def test_a_variable_that_contradicts_itself_is_a_problem() -> None:
    cluster = Cluster(entry("config"))
    cluster.parent["spec"]["variables"] = {"replicas": {"type": "integer", "default": "two"}}
    response = cluster.sync()
    message = next(c["message"] for c in response.status["conditions"] if c["type"] == "Valid")
    assert message.startswith('variables[replicas].default: is "two": an integer is wanted')


def test_an_id_used_twice_is_a_problem() -> None:
    response = Cluster(entry("config"), entry("config")).sync()
    assert (response.children, condition(response, "Valid")) == ([], ("False", "ValidationFailed"))


def test_a_spec_that_does_not_fit_keeps_everything() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    good = cluster.sync()
    cluster.edit(entry("config", waitForReady="maybe"))
    response = cluster.sync()
    assert response.children == good.children
    assert response.status["latestRevision"] == good.status["latestRevision"]
    assert condition(response, "Valid") == ("False", "InvalidSpec")


def test_without_the_anchor_everything_is_kept_and_asked_again() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    good = cluster.sync()
    cluster.related = {"Namespace.v1": {}}
    cluster.edit(entry("config", "two"))
    response = cluster.sync()
    assert (response.children, response.resync_after_seconds) == (good.children, 5.0)
    assert condition(response, "Degraded") == ("True", "AnchorMissing")


@pytest.mark.parametrize("spoil", [{"data": {"key": "other"}}, {"kind": "Secret"}, {"apiVersion": "v2"}])
def test_a_revision_with_another_content_is_not_handed_out(spoil: JSONObject) -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    (revision,) = cluster.revisions.values()
    revision["spec"]["resources"][0]["object"].update(spoil)
    assert cluster.sync().status["latestRevision"] == ""


def test_what_an_api_server_adds_by_default_is_the_same_content() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    (revision,) = cluster.revisions.values()
    revision["spec"]["resources"][0]["waitForReady"] = True
    assert cluster.sync().status["latestRevision"] == revision["metadata"]["name"]


def test_a_null_in_an_object_is_left_out() -> None:
    resource = entry("config")
    resource["object"]["data"]["none"] = None
    (revision,) = Cluster(resource).sync().children
    assert revision["spec"]["resources"] == [entry("config")]


@pytest.mark.parametrize("deleted", [True, False])
def test_a_template_goes_at_once_and_its_revisions_stay(deleted: bool) -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    good = cluster.sync()
    if deleted:
        cluster.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:00:00Z"
    response = template.finalize(SyncRequest.parse(cluster.body(finalizing=True)), now=NOW)
    assert (response.children, response.status, response.finalized) == (good.children, good.status, True)


def test_a_template_created_again_takes_its_revision_up_by_name() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    again = Cluster(entry("config"))
    assert again.sync().children[0]["metadata"]["name"] in cluster.revisions


def test_finalize_needs_no_valid_spec() -> None:
    cluster = Cluster()
    cluster.parent["spec"] = {"resources": "none"}
    assert template.finalize(SyncRequest.parse(cluster.body(finalizing=True)), now=NOW).finalized


def test_customize_asks_for_the_anchor_and_for_those_who_may_use_revisions() -> None:
    answer = template.customize(CustomizeRequest.parse(Cluster().body()))
    assert [rule.to_json() for rule in answer.related] == [
        {"apiVersion": "v1", "resource": "namespaces", "names": ["kube-system"]},
        {
            "apiVersion": "tenantry.io/v1",
            "resource": "tenants",
            "labelSelector": {"matchExpressions": [{"key": "tenantry.io/registry", "operator": "DoesNotExist"}]},
        },
        {"apiVersion": "tenantry.io/v1", "resource": "tenantregistries", "names": ["shops"]},
    ]


def test_a_revision_that_makes_no_sense_is_not_handed_out() -> None:
    cluster = Cluster(entry("config"))
    cluster.sync()
    (revision,) = cluster.revisions.values()
    revision["spec"]["resources"] = "none"
    assert cluster.sync().status["latestRevision"] == ""
