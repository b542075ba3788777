"""What the demo holds against what happened."""

from __future__ import annotations

import pytest

from tenantry.cli.demo.checks import TouchedTenants, Unexpected, expect, expect_ready, expect_untouched, is_ready
from tenantry.cli.demo.snapshot import Difference, ObjectName
from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop import Write

CONFIG = ObjectName("shops.acme", "ConfigMap", "acme", "web")
SECRET = ObjectName("shops.acme", "Secret", "acme", "web")
CONFIG_MAPS = ResourceType("v1", "ConfigMap", "configmaps", namespaced=True)


def config(version: str, tenant: str = "shops.acme") -> JSONObject:
    metadata = {"name": "web", "namespace": "acme", "resourceVersion": version, "labels": {TENANT_LABEL: tenant}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def tenant(status: str = "True", *, observed: int = 2) -> JSONObject:
    ready = {"type": "Ready", "status": status, "reason": "Why", "message": "Because.", "observedGeneration": observed}
    return {"metadata": {"name": "shops.acme", "generation": 2}, "status": {"conditions": [ready]}}


def test_what_was_wanted_is_fine() -> None:
    expect(Difference(created=frozenset([CONFIG])), Difference(created=frozenset([CONFIG])))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Unexpected, match=r"^deleted should have been also Secret acme/web\.$"):
        expect(Difference(deleted=frozenset([CONFIG])), Difference(deleted=frozenset([CONFIG, SECRET])))


def test_what_is_too_much_is_named() -> None:
    with pytest.raises(Unexpected, match=r"^changed was also Secret acme/web\.$"):
        expect(Difference(changed=frozenset([SECRET])), Difference())


def test_of_many_objects_a_few_are_named() -> None:
    many = frozenset(ObjectName("", "ConfigMap", "acme", f"c{number}") for number in range(8))
    with pytest.raises(Unexpected, match="ConfigMap acme/c4 and 3 more"):
        expect(Difference(created=many), Difference())


def test_a_tenant_that_the_change_does_not_concern_must_not_be_touched() -> None:
    with pytest.raises(Unexpected, match=r"written to: shops\.books\.$"):
        expect_untouched(frozenset(["shops.acme", "shops.books"]), Difference(changed=frozenset([CONFIG])))


def test_a_write_touches_the_tenant_of_its_object() -> None:
    touched = TouchedTenants()
    touched.observe(Write("apply", CONFIG_MAPS, config("1"), config("2")))
    assert touched.names() == {"shops.acme"}


def test_a_deletion_touches_too() -> None:
    touched = TouchedTenants()
    touched.observe(Write("delete", CONFIG_MAPS, config("1"), None))
    assert touched.names() == {"shops.acme"}


def test_a_write_without_effect_does_not_touch() -> None:
    touched = TouchedTenants()
    touched.observe(Write("apply", CONFIG_MAPS, config("1"), config("1")))
    assert touched.names() == set()


def test_bookkeeping_does_not_touch() -> None:
    touched = TouchedTenants()
    slices = ResourceType(API_VERSION, "TenantSlice", "tenantslices", namespaced=False)
    touched.observe(Write("apply", slices, None, config("1")))
    assert touched.names() == set()


def test_a_new_step_forgets_the_one_before() -> None:
    touched = TouchedTenants()
    touched.observe(Write("apply", CONFIG_MAPS, None, config("1")))
    touched.forget()
    assert touched.names() == set()


def test_a_tenant_is_ready_when_it_says_so_of_its_present_spec() -> None:
    assert is_ready(tenant())


@pytest.mark.parametrize("unready", [tenant("False"), tenant(observed=1), {"metadata": {"generation": 1}}])
def test_a_tenant_is_not_ready_otherwise(unready: JSONObject) -> None:
    assert not is_ready(unready)


def test_a_tenant_that_is_not_ready_is_named_with_its_reason() -> None:
    with pytest.raises(Unexpected, match=r"Tenant shops\.acme is not ready: Why: Because\."):
        expect_ready([tenant(), tenant("False")])
