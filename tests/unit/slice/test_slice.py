"""A slice maps its rows to Tenants, and decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tenantry import slice as slices
from tenantry.conditions import timestamp
from tenantry.kinds import TENANT
from tenantry.names import bucket_of
from tenantry.protocol import JSONObject, ObjectKey, SyncRequest, SyncResponse
from tenantry.server.call import call
from tenantry.server.hooks import Controller

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LABELS = {"tenantry.io/registry": "shops", "tenantry.io/bucket": "1-0"}
APPLIED = {"manager": "metacontroller", "operation": "Apply", "fieldsType": "FieldsV1"}


def row(uid: str, **fields: Any) -> JSONObject:
    return {"active": True, "nulls": [], "pins": {"web": "web-1"}, "uid": uid, "values": {}} | fields


def parent(*rows: JSONObject, removals: tuple[str, ...] = (), **status: Any) -> JSONObject:
    return {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantSlice",
        "metadata": {"name": "shops-1-0000", "uid": "slice-uid", "generation": 3},
        "spec": {
            "registry": "shops",
            "buckets": 1,
            "bucket": 0,
            "sequence": 7,
            "anchor": "anchor-uid",
            "selector": {"matchLabels": LABELS},
            "rows": list(rows),
            "removals": [{"uid": uid, "time": "2026-03-01T11:00:00Z"} for uid in removals],
        },
        "status": status,
    }


def sync(parent: JSONObject, *tenants: JSONObject, now: datetime = NOW) -> SyncResponse:
    body = {
        "controller": {"spec": {"childResources": []}},
        "parent": parent,
        "children": {TENANT.type_key: {tenant["metadata"]["name"]: tenant for tenant in tenants}},
        "related": {},
        "finalizing": False,
    }
    checked = call(Controller("slices", sync=slices.sync), "sync", orjson.dumps(body), now=now)
    assert checked.status == 200, checked.body
    return slices.sync(SyncRequest.parse(body), now=now)


def tenant(uid: str, *, ready: bool = True, degraded: bool = False, **fields: Any) -> JSONObject:
    """An observed Tenant as this slice makes it from ``row``."""
    made = sync(parent(row(uid, **fields))).children[0]
    settled = ready or degraded
    return {
        **made,
        "metadata": {**made["metadata"], "uid": f"uid-{uid}", "generation": 1, "managedFields": [_applied(made)]},
        "status": {
            "observedGeneration": 1,
            "conditions": [
                {"type": "Ready", "status": str(ready)},
                {"type": "Progressing", "status": str(not settled)},
                {"type": "Degraded", "status": str(degraded)},
            ],
        },
    }


def _applied(made: JSONObject) -> JSONObject:
    fields: JSONObject = {"f:metadata": {"f:labels": {f"f:{key}": {} for key in made["metadata"]["labels"]}}}
    fields["f:spec"] = {f"f:{key}": {} for key in made["spec"]}
    return {**APPLIED, "fieldsV1": fields}


def counts(status: JSONObject) -> tuple[int, int, int]:
    return status["tenants"], status["ready"], status["degraded"]


def condition(response: SyncResponse, type_: str) -> tuple[str, str]:
    found = next(c for c in response.status["conditions"] if c["type"] == type_)
    return found["status"], found["reason"]


def test_a_row_becomes_an_anchored_tenant_of_its_bucket() -> None:
    made = sync(parent(row("acme", values={"plan": "pro"}, nulls=["url"], pins={"web": "web-1", "db": "db-2"})))
    assert made.children == [
        {
            "apiVersion": "tenantry.io/v1",
            "kind": "Tenant",
            "metadata": {
                "name": "shops.acme",
                "labels": {"app.kubernetes.io/managed-by": "tenantry", **LABELS},
                "ownerReferences": [
                    {"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": "anchor-uid"}
                ],
            },
            "spec": {
                "uid": "acme",
                "registry": "shops",
                "selector": {"matchLabels": {"tenantry.io/tenant": "shops.acme"}},
                "active": True,
                "values": {"plan": "pro"},
                "nulls": ["url"],
                "templates": [{"name": "db", "revision": "db-2"}, {"name": "web", "revision": "web-1"}],
            },
        }
    ]


def test_a_tenant_whose_uid_is_among_the_removals_goes() -> None:
    response = sync(parent(removals=("acme",)), tenant("acme"))
    assert response.children == []
    assert response.removed == {ObjectKey(TENANT.type_key, "shops.acme")}
    assert response.status["removing"] == ["acme"]


def test_a_removal_whose_tenant_is_gone_is_not_reported() -> None:
    assert sync(parent(removals=("acme",))).status["removing"] == []


def test_a_row_wins_over_a_removal() -> None:
    response = sync(parent(row("acme"), removals=("acme",)), tenant("acme"))
    assert (len(response.children), response.removed) == (1, frozenset())


def test_a_removal_of_another_bucket_removes_nothing() -> None:
    other = parent(removals=("acme",))
    other["spec"].update(buckets=2, bucket=1 - bucket_of("acme", 2))
    response = sync(other, tenant("acme"))
    assert (response.removed, response.status["unlisted"][0]["uid"]) == (frozenset(), "acme")


def test_a_tenant_without_row_and_removal_is_kept_and_reported_with_its_pins() -> None:
    observed = tenant("acme")
    response = sync(parent(), observed)
    assert response.status["unlisted"] == [{"uid": "acme", "name": "shops.acme", "pins": {"web": "web-1"}}]
    assert response.children[0]["spec"] == observed["spec"]


def test_a_kept_tenant_is_anchored_even_if_it_was_only_adopted() -> None:
    observed = tenant("acme")
    del observed["metadata"]["managedFields"], observed["metadata"]["ownerReferences"]
    metadata = sync(parent(), observed).children[0]["metadata"]
    assert metadata["ownerReferences"][0]["uid"] == "anchor-uid"
    assert LABELS.items() <= metadata["labels"].items()


def test_a_tenant_that_no_row_can_make_is_kept_and_not_counted() -> None:
    observed = tenant("acme")
    observed["metadata"]["name"] = "by-hand"
    response = sync(parent(removals=("acme",)), observed)
    assert [child["metadata"]["name"] for child in response.children] == ["by-hand"]
    assert (counts(response.status), response.status["unlisted"]) == ((0, 0, 0), [])


def test_the_sequence_is_reported_at_once() -> None:
    assert sync(parent(row("acme"), observedSequence=6)).status["observedSequence"] == 7


def test_counts_move_at_once_when_everything_is_settled() -> None:
    status: dict[str, Any] = {"tenants": 1, "ready": 0, "degraded": 0, "countsTime": "2026-03-01T12:00:00Z"}
    response = sync(parent(row("acme"), **status), tenant("acme"), now=NOW + timedelta(seconds=0.5))
    assert (counts(response.status), response.resync_after_seconds) == ((1, 1, 0), 0.0)


def test_counts_wait_while_tenants_are_in_motion() -> None:
    status: dict[str, Any] = {"tenants": 1, "ready": 0, "degraded": 0, "countsTime": "2026-03-01T12:00:00Z"}
    moving = parent(row("acme"), row("beta"), **status)
    response = sync(moving, tenant("acme"), tenant("beta", ready=False), now=NOW + timedelta(seconds=0.5))
    assert (counts(response.status), response.status["countsTime"]) == ((1, 0, 0), "2026-03-01T12:00:00Z")
    assert 1.5 <= response.resync_after_seconds <= 1.6


def test_counts_move_again_after_two_seconds() -> None:
    status: dict[str, Any] = {"tenants": 1, "ready": 0, "degraded": 0, "countsTime": "2026-03-01T12:00:00Z"}
    moving = parent(row("acme"), row("beta"), **status)
    response = sync(moving, tenant("acme"), tenant("beta", ready=False), now=NOW + timedelta(seconds=2))
    assert (counts(response.status), response.status["countsTime"]) == ((2, 1, 0), "2026-03-01T12:00:02Z")


def test_counts_of_one_slice_of_many_wait_longer() -> None:
    status: dict[str, Any] = {"tenants": 1, "ready": 0, "degraded": 0, "countsTime": "2026-03-01T12:00:00Z"}
    moving = parent(row("acme"), row("beta"), **status)
    moving["spec"]["buckets"] = 96
    response = sync(moving, tenant("acme"), tenant("beta", ready=False), now=NOW + timedelta(seconds=2))
    assert 6.0 <= response.resync_after_seconds <= 6.1


def test_a_settled_slice_asks_for_no_resync() -> None:
    settled = sync(parent(row("acme")), tenant("acme"))
    assert settled.resync_after_seconds == 0.0
    assert sync(parent(row("acme"), **settled.status), tenant("acme")).status == settled.status


def test_a_tenant_that_is_not_yet_as_its_row_wants_it_is_not_counted_ready() -> None:
    response = sync(parent(row("acme", values={"plan": "pro"})), tenant("acme", values={"plan": "basic"}))
    assert counts(response.status) == (1, 0, 0)
    assert condition(response, "Progressing") == ("True", "Reconciling")


def test_a_status_of_an_older_generation_is_not_counted_ready() -> None:
    observed = tenant("acme")
    observed["metadata"]["generation"] = 2
    assert counts(sync(parent(row("acme")), observed).status) == (1, 0, 0)


def test_a_tenant_in_deletion_is_not_counted_ready() -> None:
    observed = tenant("acme")
    observed["metadata"]["deletionTimestamp"] = "2026-03-01T12:00:00Z"
    assert counts(sync(parent(row("acme")), observed).status) == (1, 0, 0)


def test_a_degraded_tenant_is_settled_and_told() -> None:
    response = sync(parent(row("acme")), tenant("acme", ready=False, degraded=True))
    assert counts(response.status) == (1, 0, 1)
    assert condition(response, "Degraded") == ("True", "TenantsFailed")
    assert condition(response, "Progressing") == ("False", "Converged")


@pytest.mark.parametrize(
    ("rows", "observed", "expected"),
    [
        ([], [], ("True", "NoResources")),
        (["acme"], ["acme"], ("True", "AllReady")),
        (["acme", "beta"], ["acme"], ("False", "TenantsNotReady")),
    ],
)
def test_a_slice_is_ready_when_its_tenants_are(rows: list[str], observed: list[str], expected: tuple[str, str]) -> None:
    assert condition(sync(parent(*map(row, rows)), *map(tenant, observed)), "Ready") == expected


def test_an_invalid_spec_keeps_every_tenant_and_the_status() -> None:
    broken = parent(row("acme"), tenants=3, removing=["x"])
    broken["spec"]["sequence"] = "seven"
    response = sync(broken, tenant("acme"), tenant("beta"))
    assert [child["metadata"]["name"] for child in response.children] == ["shops.acme", "shops.beta"]
    assert (response.status["tenants"], response.status["removing"]) == (3, ["x"])
    assert condition(response, "Degraded") == ("True", "InvalidSpec")


def test_tenants_come_in_the_order_of_the_rows_and_kept_ones_by_name() -> None:
    response = sync(parent(row("b"), row("c")), tenant("z"), tenant("c"), tenant("a"))
    names = [child["metadata"]["name"] for child in response.children]
    assert names == ["shops.b", "shops.c", "shops.a", "shops.z"]


def test_pins_move_templates_and_take_none_away() -> None:
    existing = tenant("acme", pins={"db": "db-1", "web": "web-1"})
    mark = "2026-03-01T11:00:00.000000Z"
    made = sync(parent(row("acme", pins={"web": "web-2"}, moved={"web": mark})), existing).children[0]
    moved = {"name": "web", "revision": "web-2", "since": mark}
    assert made["spec"]["templates"] == [{"name": "db", "revision": "db-1"}, moved]


def paused(found: JSONObject) -> JSONObject:
    """The Tenant as it is when somebody froze it."""
    return {**found, "metadata": {**found["metadata"], "annotations": {"tenantry.io/paused": "true"}}}


def test_a_paused_tenant_stays_though_it_is_to_be_removed() -> None:
    response = sync(parent(removals=("acme",)), paused(tenant("acme")))
    assert [child["metadata"]["name"] for child in response.children] == ["shops.acme"]
    assert (response.removed, response.status["removing"], response.status["paused"]) == (frozenset(), ["acme"], 1)


def test_a_tenant_that_is_to_be_removed_goes_when_it_is_not_paused_any_more() -> None:
    response = sync(parent(removals=("acme",)), tenant("acme"))
    assert response.removed == {ObjectKey(TENANT.type_key, "shops.acme")}
    assert response.status["paused"] == 0


def test_a_pause_is_no_business_of_the_slice() -> None:
    (child,) = sync(parent(row("acme")), paused(tenant("acme"))).children
    assert "annotations" not in child["metadata"]


def test_the_templates_that_tenants_run_are_told() -> None:
    done = tenant("beta", pins={"old": "old-1"})
    done["status"]["templates"] = [{"name": "old", "revision": "old-1", "withdrawn": True}]
    response = sync(parent(row("acme"), row("beta", pins={"old": "old-1"})), tenant("acme"), done)
    assert response.status["templates"] == ["web"]


def test_the_templates_of_tenants_that_are_being_made_are_told_with_them() -> None:
    new = parent(row("acme"))
    new["spec"]["written"] = timestamp(NOW)
    assert sync(new).status["templates"] == ["web"]


def test_a_tenant_that_cannot_be_made_does_not_hold_a_template() -> None:
    new = parent(row("acme"))
    new["spec"]["written"] = timestamp(NOW)
    assert sync(new, now=NOW + timedelta(minutes=1)).status["templates"] == []


def test_a_tenant_that_waits_for_its_turn_does_not_hold_a_template() -> None:
    new = parent(row("acme"))
    new["spec"] |= {"written": timestamp(NOW), "waits": True}
    assert sync(new).status["templates"] == []


def test_a_template_that_only_foreign_tenants_run_is_not_told() -> None:
    stranger = tenant("acme")
    stranger["metadata"]["name"] = "shops.other"
    assert sync(parent(), stranger).status["templates"] == []
