"""A template that was deleted together with its objects has no entry any more, for any tenant."""

from __future__ import annotations

from typing import Any

from tenantry.kinds.tenant import templates_run
from tenantry.protocol import JSONObject
from tests.support.tenancy import ANCHOR, Tenancy, condition, config, entry, namespace, removed, revision

NS = entry("ns", namespace())
CFG = entry("cfg", config())
DATA = entry("data", config("data"), deletionPolicy="Retain")


def withdrawn(*resources: dict[str, Any], **others: list[dict[str, Any]]) -> Tenancy:
    """A settled tenant of the template shop, and of others, of which shop was withdrawn."""
    tenancy = Tenancy()
    tenancy.use(shop=list(resources), **others)
    tenancy.settle()
    tenancy.related[0]["spec"]["withdrawn"] = True
    return tenancy


def templates(tenancy: Tenancy) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tenancy.status["templates"]
    return found


def test_its_objects_go_dependents_first() -> None:
    tenancy = withdrawn(NS, CFG)
    assert removed(tenancy.sync()) == {"config"}
    assert removed(tenancy.sync()) == {"acme"}


def test_its_retained_objects_stay_and_are_marked() -> None:
    tenancy = withdrawn(NS, CFG, DATA)
    tenancy.settle()
    assert tenancy.names() == {"acme", "data"}
    assert tenancy.live("data")["metadata"]["labels"]["tenantry.io/orphaned"] == "true"


def test_objects_of_other_templates_stay_untouched() -> None:
    tenancy = withdrawn(CFG, other=[NS, entry("more", config("more"))])
    tenancy.settle()
    assert tenancy.names() == {"acme", "more"}
    assert condition(tenancy.sync(), "Ready")["status"] == "True"


def test_a_tenant_without_any_other_template_ends_with_no_object_and_says_so() -> None:
    tenancy = withdrawn(NS, CFG)
    answer = tenancy.settle()
    assert tenancy.names() == set()
    ready = condition(answer, "Ready")
    assert (ready["status"], ready["reason"]) == ("True", "TemplatesWithdrawn")
    assert "shop" in ready["message"]


def test_the_status_tells_when_nothing_of_it_is_left() -> None:
    tenancy = withdrawn(NS, CFG)
    name = tenancy.related[0]["metadata"]["name"]
    tenancy.sync()
    assert templates(tenancy) == [{"name": "shop", "revision": name}]
    tenancy.settle()
    assert templates(tenancy) == [{"name": "shop", "revision": name, "withdrawn": True}]


def test_a_tenant_runs_a_template_until_nothing_of_it_is_left() -> None:
    tenancy = withdrawn(NS, CFG)
    tenancy.sync()
    assert templates_run(tenancy.parent) == {"shop"}
    tenancy.settle()
    assert templates_run(tenancy.parent) == set()


def test_a_tenant_that_is_pinned_anew_runs_the_template_again() -> None:
    tenancy = withdrawn(NS, CFG)
    tenancy.settle()
    tenancy.use(shop=[NS])
    assert templates_run(tenancy.parent) == {"shop"}


def test_retained_objects_do_not_hold_a_template() -> None:
    tenancy = withdrawn(NS, DATA)
    tenancy.settle()
    assert templates_run(tenancy.parent) == set()


def test_it_is_quiet_in_the_end() -> None:
    tenancy = withdrawn(NS, CFG, DATA)
    first = tenancy.settle()
    tenancy.wait(3600)
    assert tenancy.sync().status == first.status


def test_a_withdrawal_that_is_taken_back_brings_the_objects_back() -> None:
    tenancy = withdrawn(NS, CFG, DATA)
    tenancy.settle()
    del tenancy.related[0]["spec"]["withdrawn"]
    answer = tenancy.settle()
    assert tenancy.names() == {"acme", "config", "data"}
    assert condition(answer, "Ready")["reason"] == "AllReady"
    assert "tenantry.io/orphaned" not in tenancy.live("data")["metadata"]["labels"]


def test_a_revision_that_is_missing_is_no_withdrawal() -> None:
    tenancy = withdrawn(NS, CFG)
    tenancy.related = []
    tenancy.settle()
    assert tenancy.names() == {"acme", "config"}


def test_a_withdrawal_waits_while_another_template_is_missing() -> None:
    tenancy = withdrawn(CFG, other=[NS])
    tenancy.related = tenancy.related[:1]
    tenancy.settle()
    assert tenancy.names() == {"acme", "config"}


def test_a_withdrawn_revision_without_anchor_keeps_everything() -> None:
    tenancy = Tenancy()
    tenancy.use(shop=[NS, CFG])
    tenancy.settle()
    tenancy.related[0]["spec"].update(withdrawn=True, anchor="")
    assert condition(tenancy.settle(), "Ready")["reason"] == "AnchorMissing"
    assert tenancy.names() == {"acme", "config"}


def followed(policy: str) -> Tenancy:
    """A tenant that follows its template itself, which was deleted."""
    tenancy = Tenancy()
    made = revision("shop", [NS, CFG])
    template: JSONObject = {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": "shop"},
        "spec": {"resources": made["spec"]["resources"], "deletionPolicy": policy},
        "status": {"anchor": ANCHOR, "latestRevision": made["metadata"]["name"]},
    }
    tenancy.related = [template]
    tenancy.spec["templates"] = [{"name": "shop"}]
    tenancy.settle()
    template["metadata"]["deletionTimestamp"] = "2026-01-02T04:00:00Z"
    return tenancy


def test_a_tenant_that_follows_its_template_sees_it_go() -> None:
    tenancy = followed("Delete")
    tenancy.settle()
    assert tenancy.names() == set()
    assert templates_run(tenancy.parent) == set()


def test_a_template_that_retains_goes_without_its_objects() -> None:
    tenancy = followed("Retain")
    tenancy.settle()
    assert tenancy.names() == {"acme", "config"}
