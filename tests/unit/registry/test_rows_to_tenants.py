"""The whole way of a row: through registry and slice to its Tenant."""

from __future__ import annotations

from tenantry.names import bucket_of, slice_name
from tenantry.protocol import SyncRequest
from tenantry.registry import hook
from tests.unit.registry.world import World, settled, shop, template


def test_a_row_becomes_a_tenant_pinned_to_the_latest_revision() -> None:
    world = settled(shop("acme"))
    assert world.tenants["shops.acme"]["spec"] == {
        "uid": "acme",
        "registry": "shops",
        "selector": {"matchLabels": {"tenantry.io/tenant": "shops.acme"}},
        "active": True,
        "values": {"url": "https://acme.example", "plan": "basic"},
        "nulls": [],
        "templates": [{"name": "webapp", "revision": "webapp-1"}],
    }


def test_there_are_exactly_as_many_slices_as_buckets_with_or_without_rows() -> None:
    assert sorted(settled().slices) == ["shops-4-0000", "shops-4-0001", "shops-4-0002", "shops-4-0003"]


def test_a_row_lives_in_the_slice_of_its_bucket() -> None:
    world = settled(*(shop(f"shop-{n}") for n in range(20)))
    for name, found in world.slices.items():
        assert all(slice_name("shops", 4, bucket_of(row["uid"], 4)) == name for row in found["spec"]["rows"])


def test_new_slices_get_no_rows_before_they_have_reported() -> None:
    world = World(rows=[shop("acme")])
    world.sync()
    assert (world.polls, world.rows_written()) == (0, {})


def test_slices_that_never_report_do_not_stop_the_polls() -> None:
    world = World(rows=[shop("acme")])
    world.sync()
    world.pass_time(11)
    world.sync()
    assert world.polls == 1
    assert world.condition("Ready")["reason"] == "SlicesPending"


def test_an_inactive_row_makes_no_tenant() -> None:
    assert settled(shop("acme"), shop("closed", active=0)).tenant_uids().keys() == {"acme"}


def test_a_changed_row_changes_its_tenant_and_no_other() -> None:
    world = settled(shop("acme"), shop("beta"))
    before = {name: tenant["metadata"]["generation"] for name, tenant in world.tenants.items()}
    world.rows[0]["plan"] = "pro"
    world.next_poll()
    assert world.tenants["shops.acme"]["spec"]["values"]["plan"] == "pro"
    assert world.tenants["shops.beta"]["metadata"]["generation"] == before["shops.beta"]


def test_a_null_is_named_instead_of_written() -> None:
    world = settled(shop("acme", plan=None))
    spec = world.tenants["shops.acme"]["spec"]
    assert (spec["values"], spec["nulls"]) == ({"url": "https://acme.example"}, ["plan"])


def test_an_integer_uid_is_a_string_from_the_row_on() -> None:
    assert settled(shop(17)).tenants["shops.17"]["spec"]["uid"] == "17"


def test_braces_in_a_value_arrive_as_text() -> None:
    assert settled(shop("acme", plan="{{ 1 + 1 }}")).tenants["shops.acme"]["spec"]["values"]["plan"] == "{{ 1 + 1 }}"


def test_a_removed_row_removes_its_tenant_and_the_removal_is_forgotten() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows.pop(0)
    world.next_poll()
    assert world.tenant_uids().keys() == {"beta"}
    assert world.removals_written() == {}


def test_a_removal_stays_as_long_as_the_tenant_does() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows.pop(0)
    world.pass_time(30)
    world.sync()
    for name in world.slices:
        world.slices[name]["status"].update(
            observedSequence=world.slices[name]["spec"]["sequence"],
            removing=[entry["uid"] for entry in world.slices[name]["spec"]["removals"]],
        )
    world.pass_time(600)
    world.sync()
    assert world.removals_written().keys() == {"acme"}


def test_a_removal_is_not_believed_done_in_the_moment_it_was_decided() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows.pop(0)
    world.pass_time(30)
    world.let_go()
    for name in world.slices:
        world.slices[name]["status"]["observedSequence"] = world.slices[name]["spec"]["sequence"]
    world.sync()
    assert world.removals_written().keys() == {"acme"}
    assert world.answer["resyncAfterSeconds"] == 2.0


def test_a_row_that_is_back_leaves_the_removals() -> None:
    world = settled(shop("acme"), shop("beta"))
    gone = world.rows.pop(0)
    world.pass_time(30)
    world.let_go()
    assert world.removals_written().keys() == {"acme"}
    world.rows.append(gone)
    world.pass_time(30)
    world.sync()
    assert world.removals_written() == {}
    assert world.rows_written().keys() == {"acme", "beta"}


def test_a_failed_poll_changes_no_slice() -> None:
    world = settled(shop("acme"), shop("beta"))
    before = [found["spec"] for found in world.slices.values()]
    world.failure = "the file is gone"
    world.pass_time(30)
    world.sync()
    assert [found["spec"] for found in world.slices.values()] == before
    reachable = world.condition("SourceReachable")
    assert (reachable["status"], reachable["reason"], reachable["message"]) == (
        "False",
        "PollFailed",
        "The file is gone",
    )


def test_a_registry_without_tenants_is_ready() -> None:
    ready = settled().condition("Ready")
    assert (ready["status"], ready["reason"]) == ("True", "NoResources")


def test_a_registry_whose_tenants_are_on_their_way_is_progressing() -> None:
    world = settled(shop("acme"))
    for found in world.slices.values():
        found["status"]["ready"] = 0
    world.sync()
    assert world.condition("Progressing")["reason"] == "Reconciling"
    assert world.condition("Ready")["message"] == "0 of 1 tenants are ready."


def test_tenants_that_need_a_person_degrade_the_registry() -> None:
    world = settled(shop("acme"))
    for found in world.slices.values():
        if found["spec"]["rows"]:
            found["status"].update(ready=0, degraded=1)
    world.sync()
    assert world.condition("Degraded")["reason"] == "TenantsFailed"
    assert world.condition("Progressing")["status"] == "False"


def test_an_idle_registry_changes_nothing_but_the_times_of_its_poll() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.pass_time(40)
    before = world.status
    children = {name: found["spec"] for name, found in world.slices.items()}
    answer = world.sync()
    assert {child["metadata"]["name"]: child["spec"] for child in answer["children"]} == children
    for source in (before["source"], world.status["source"]):
        del source["lastAttemptTime"], source["lastSuccessTime"]
    assert world.status == before


def test_between_polls_the_answer_stays_byte_identical() -> None:
    world = settled(shop("acme"), shop("beta"))
    first = world.sync()
    world.pass_time(1)
    second = world.sync()
    assert (first["children"], first["status"]) == (second["children"], second["status"])


def test_a_new_revision_goes_to_all_tenants() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.templates["webapp"] = template("webapp", "webapp-2")
    world.settle()
    pins = [[(pin["name"], pin["revision"]) for pin in t["spec"]["templates"]] for t in world.tenants.values()]
    assert pins == [[("webapp", "webapp-2")]] * 2
    assert world.polls == 1


def test_a_template_that_vanished_leaves_the_pins() -> None:
    world = settled(shop("acme"))
    world.templates = {"other": template("other", "other-1", registry_name="pools")}
    world.settle()
    assert world.rows_written()["acme"]["pins"] == {"webapp": "webapp-1"}


def test_a_template_without_a_stored_revision_is_not_pinned() -> None:
    world = settled(shop("acme"))
    world.templates["extra"] = template("extra", "")
    world.settle()
    assert world.rows_written()["acme"]["pins"] == {"webapp": "webapp-1"}
    world.templates["extra"] = template("extra", "extra-1")
    world.settle()
    assert world.rows_written()["acme"]["pins"] == {"extra": "extra-1", "webapp": "webapp-1"}


def test_without_the_anchor_everything_is_kept() -> None:
    world = settled(shop("acme"))
    before = [found["spec"] for found in world.slices.values()]
    world.related = False
    world.rows = []
    world.pass_time(60)
    answer = world.sync()
    assert [child["spec"] for child in answer["children"]] == before
    assert (world.condition("Degraded")["reason"], answer["resyncAfterSeconds"]) == ("AnchorMissing", 5.0)


def test_an_invalid_spec_keeps_every_slice_and_says_which_field() -> None:
    world = settled(shop("acme"))
    before = [found["spec"] for found in world.slices.values()]
    world.edit(buckets="many")
    answer = world.sync()
    assert [child["spec"] for child in answer["children"]] == before
    assert world.condition("Degraded")["reason"] == "InvalidSpec"
    assert "spec.buckets" in world.condition("Degraded")["message"]
    assert "resyncAfterSeconds" not in answer


def test_the_status_counts_what_the_slices_report() -> None:
    world = settled(shop("acme"), shop("beta"), shop("off", active="no"))
    assert world.status["source"] == {
        "failures": 0,
        "pollNow": "",
        "rows": 3,
        "active": 2,
        "invalid": 0,
        "durationMilliseconds": 0,
        "probe": "",
        "probeProblem": "",
        "unplaced": 0,
        "waiting": 0,
        "lastAttemptTime": world.status["source"]["lastAttemptTime"],
        "lastSuccessTime": world.status["source"]["lastSuccessTime"],
    }
    assert world.status["tenants"] == {
        "desired": 2,
        "total": 2,
        "ready": 2,
        "degraded": 0,
        "removing": 0,
        "unlisted": 0,
    }
    assert [(c["type"], c["status"]) for c in world.status["conditions"]] == [
        ("Degraded", "False"),
        ("DeletionsBlocked", "False"),
        ("Progressing", "False"),
        ("Ready", "True"),
        ("SourceReachable", "True"),
    ]


def test_a_slice_without_a_change_is_answered_with_the_very_rows_that_were_observed() -> None:
    world = settled(shop("acme"))
    request = SyncRequest.parse(world.request())
    answer = hook.sync(request, now=world.now, poll=world.poll)
    assert all(
        child["spec"]["rows"] is world.slices[child["metadata"]["name"]]["spec"]["rows"] for child in answer.children
    )


def test_a_number_that_becomes_a_boolean_is_a_change() -> None:
    world = settled(shop("acme", plan=1))
    world.rows[0]["plan"] = True
    world.next_poll()
    assert world.tenants["shops.acme"]["spec"]["values"]["plan"] is True


def test_a_template_that_is_not_valid_shows_in_its_registry() -> None:
    world = settled(shop("acme"))
    world.templates["webapp"]["status"]["conditions"] = [{"type": "Valid", "status": "False"}]
    world.settle()
    assert world.condition("Degraded")["reason"] == "TemplateInvalid"
    assert "webapp" in world.condition("Degraded")["message"]
