"""Which objects are made when: Namespaces first, dependencies before dependents, existing objects always kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tenancy import (
    Tenancy,
    child,
    config,
    deployment,
    entry,
    message,
    namespace,
    phases,
    returned,
    widget,
)

DOWN = {"observedGeneration": 1}
LATE = {"observedGeneration": 1, "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}


def web_and_config(**options: Any) -> Tenancy:
    return Tenancy(
        entry("web", deployment(in_="default")),
        entry("cfg", config(in_="default", v="{{ v }}"), dependsOn=["web"], **options),
        values={"v": "1"},
    )


def test_the_namespace_goes_first_and_alone() -> None:
    assert returned(Tenancy(entry("cfg", config()), entry("ns", namespace())).sync()) == ["acme"]


def test_objects_follow_once_their_namespace_is_active() -> None:
    tenancy = Tenancy(entry("cfg", config()), entry("ns", namespace()))
    tenancy.sync()
    assert returned(tenancy.sync()) == ["acme", "config"]


def test_objects_wait_while_their_namespace_is_not_active() -> None:
    tenancy = Tenancy(entry("cfg", config()), entry("ns", namespace()))
    tenancy.health["acme"] = {"phase": "Terminating"}
    tenancy.sync()
    assert returned(tenancy.sync()) == ["acme"]


def test_a_namespace_that_the_tenant_does_not_make_is_no_dependency() -> None:
    assert returned(Tenancy(entry("cfg", config(in_="default"))).sync()) == ["config"]


def test_a_namespace_is_recognised_by_its_name_however_it_is_spelled() -> None:
    tenancy = Tenancy(entry("cfg", config(in_="{{ tenant.name[6:] }}")), entry("ns", namespace("{{ uid }}")))
    assert returned(tenancy.sync()) == ["acme"]


def test_an_entry_waits_for_what_it_depends_on() -> None:
    tenancy = web_and_config()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert phases(tenancy.sync())["cfg"] == "Pending/WaitingForDependency"


def test_an_entry_that_waits_says_for_what() -> None:
    assert "shop/web" in message(web_and_config().sync(), "cfg")


def test_an_entry_goes_on_once_its_dependency_is_ready() -> None:
    tenancy = web_and_config()
    tenancy.sync()
    assert returned(tenancy.sync()) == ["web", "config"]


def test_a_dependency_counts_only_with_the_content_that_is_returned_now() -> None:
    tenancy = Tenancy(
        entry("web", deployment(in_="default", image="{{ v }}")),
        entry("cfg", config(in_="default", v="{{ v }}"), dependsOn=["web"]),
        values={"v": "1"},
    )
    tenancy.settle()
    tenancy.change(v="2")
    assert child(tenancy.sync(), "config")["data"] == {"v": "1"}


def test_an_existing_object_is_kept_while_its_dependency_is_not_ready() -> None:
    tenancy = web_and_config()
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    tenancy.change(v="2")
    assert child(tenancy.ask(), "config")["data"] == {"v": "1"}


def test_an_existing_object_is_updated_once_its_dependency_is_ready_again() -> None:
    tenancy = web_and_config()
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    tenancy.change(v="2")
    del tenancy.live("web")["status"]
    del tenancy.health["web"]
    del tenancy.objects[next(key for key in tenancy.objects if key.key == "default/web")]
    tenancy.settle()
    assert tenancy.live("config")["data"] == {"v": "2"}


def test_an_object_with_the_wanted_content_stays_ready_while_its_dependency_is_degraded() -> None:
    tenancy = web_and_config()
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert phases(tenancy.ask()) == {"web": "Degraded/ReplicasNotReady", "cfg": "Ready"}


def test_an_entry_is_skipped_when_its_dependency_failed() -> None:
    tenancy = web_and_config()
    tenancy.health["web"] = LATE
    tenancy.sync()
    assert phases(tenancy.sync()) == {"web": "Failed/ProgressDeadlineExceeded", "cfg": "Skipped/DependencyFailed"}


def test_what_needs_a_skipped_entry_is_skipped_too() -> None:
    tenancy = Tenancy(
        entry("a", widget("a", x="{{ missing }}")),
        entry("b", widget("b"), dependsOn=["a"]),
        entry("c", widget("c"), dependsOn=["b"]),
    )
    assert phases(tenancy.sync()) == {
        "a": "Failed/RenderError",
        "b": "Skipped/DependencyFailed",
        "c": "Skipped/DependencyFailed",
    }


def failed_or(*, skip: bool) -> Tenancy:
    return Tenancy(
        entry("web", deployment(in_="default")),
        entry("cfg", config(in_="default"), dependsOn=["web"], skipOnDependencyFailure=skip),
        entry("last", widget("last"), dependsOn=["cfg"]),
    )


def test_an_entry_that_is_not_skipped_goes_on_when_its_dependency_failed() -> None:
    tenancy = failed_or(skip=False)
    tenancy.health["web"] = LATE
    assert phases(tenancy.settle()) == {"web": "Failed/ProgressDeadlineExceeded", "cfg": "Ready", "last": "Ready"}


def test_an_entry_that_is_not_skipped_goes_on_when_its_dependency_is_skipped() -> None:
    tenancy = Tenancy(
        entry("a", widget("a", x="{{ missing }}")),
        entry("b", widget("b"), dependsOn=["a"]),
        entry("c", widget("c"), dependsOn=["b"], skipOnDependencyFailure=False),
    )
    assert phases(tenancy.settle())["c"] == "Ready"


def test_an_entry_that_is_not_skipped_still_waits_for_what_is_merely_not_ready() -> None:
    tenancy = failed_or(skip=False)
    tenancy.health["web"] = DOWN
    assert phases(tenancy.settle())["cfg"] == "Pending/WaitingForDependency"


def test_an_entry_that_is_not_skipped_waits_for_one_dependency_though_another_failed() -> None:
    tenancy = Tenancy(
        entry("bad", widget("bad", x="{{ missing }}")),
        entry("web", deployment(in_="default")),
        entry("cfg", config(in_="default"), dependsOn=["bad", "web"], skipOnDependencyFailure=False),
    )
    tenancy.health["web"] = DOWN
    assert phases(tenancy.settle())["cfg"] == "Pending/WaitingForDependency"


@pytest.mark.parametrize("skip", [True, False])
def test_everything_goes_on_when_a_failed_dependency_recovers(skip: bool) -> None:
    tenancy = failed_or(skip=skip)
    tenancy.health["web"] = LATE
    tenancy.settle()
    tenancy.health["web"] = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    assert set(phases(tenancy.settle()).values()) == {"Ready"}


def test_an_object_is_not_removed_because_a_dependency_failed() -> None:
    tenancy = failed_or(skip=True)
    tenancy.settle()
    behind = (entry("cfg", config(in_="default"), dependsOn=["web"]), entry("last", widget("last"), dependsOn=["cfg"]))
    tenancy.use(shop=[entry("web", widget("web", x="{{ missing }}")), *behind])
    tenancy.settle()
    assert {"config", "last"} <= tenancy.names()


def test_objects_are_not_made_without_their_namespace_when_it_cannot_be_rendered() -> None:
    tenancy = Tenancy(entry("ns", namespace(annotations={"x": "{{ missing }}"})), entry("cfg", config()))
    assert phases(tenancy.sync())["cfg"] == "Skipped/DependencyFailed"


def test_an_entry_that_need_not_be_ready_lets_its_dependents_go_on() -> None:
    tenancy = Tenancy(
        entry("web", deployment(in_="default"), waitForReady=False),
        entry("cfg", config(in_="default"), dependsOn=["web"]),
    )
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert returned(tenancy.sync()) == ["web", "config"]


def test_dependencies_are_written_on_the_object_sorted() -> None:
    tenancy = Tenancy(
        entry("ns", namespace()),
        entry("z", config("z")),
        entry("a", config("a"), dependsOn=["z"]),
    )
    tenancy.settle()
    assert child(tenancy.ask(), "a")["metadata"]["annotations"]["tenantry.io/depends-on"] == "shop/ns,shop/z"


@pytest.mark.parametrize("depth", [1, 5, 30])
def test_a_chain_becomes_ready_one_link_a_round(depth: int) -> None:
    chain = [entry(f"e{n}", widget(f"w{n}"), dependsOn=[f"e{n - 1}"] if n else []) for n in range(depth)]
    tenancy = Tenancy(*chain)
    for _ in range(depth):
        tenancy.sync()
    assert set(phases(tenancy.ask()).values()) == {"Ready"}


def test_namespaces_that_need_objects_in_each_other_fail_and_break_nothing() -> None:
    tenancy = Tenancy(
        entry("a", namespace("{{ uid }}-a"), dependsOn=["in-b"]),
        entry("b", namespace("{{ uid }}-b"), dependsOn=["in-a"]),
        entry("in-a", config("x", in_="acme-{{ 'a' }}")),
        entry("in-b", config("y", in_="acme-{{ 'b' }}")),
    )
    assert set(phases(tenancy.settle(3)).values()) == {"Failed/DependencyCycle"}
