from __future__ import annotations

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.spec import ControllerSpec, ControllerSpecError
from tests.unit.sandbox.loop_world import composite_controller


def parsed(webhook: JSONObject, *, base_url: str = "") -> ControllerSpec:
    controller = composite_controller("things", ["sync"])
    controller["spec"]["hooks"]["sync"]["webhook"] = webhook
    return ControllerSpec.parse(controller, base_url=base_url)


def test_the_url_of_a_hook_is_the_one_in_the_object() -> None:
    assert parsed({"url": "https://a.b:1/c?d=e"}).sync.url == "https://a.b:1/c?d=e"


def test_a_base_url_replaces_scheme_host_and_port_alone() -> None:
    assert parsed({"url": "https://a.b:1/c?d=e"}, base_url="http://127.0.0.1:5").sync.url == "http://127.0.0.1:5/c?d=e"


def test_a_service_and_a_path_make_a_url() -> None:
    webhook = {"service": {"name": "hooks", "namespace": "system"}, "path": "/sync"}
    assert parsed(webhook).sync.url == "http://hooks.system:80/sync"


@pytest.mark.parametrize(("timeout", "seconds"), [("60s", 60), ("1m30s", 90), ("500ms", 0.5), (None, 10), ("0s", 10)])
def test_the_timeout_is_a_go_duration_of_ten_seconds_by_default(timeout: str | None, seconds: float) -> None:
    assert parsed({"url": "http://a/", "timeout": timeout}).sync.timeout == seconds


@pytest.mark.parametrize("method", ["Recreate", "RollingInPlace", "RollingRecreate"])
def test_an_update_method_that_the_loop_does_not_know_is_refused(method: str) -> None:
    with pytest.raises(ControllerSpecError, match=f"configmaps have the update method {method}"):
        ControllerSpec.parse(composite_controller("things", ["sync"], method=method))


def test_a_hook_of_another_version_is_refused() -> None:
    controller = composite_controller("things", ["sync"])
    del controller["spec"]["hooks"]["sync"]["version"]
    with pytest.raises(ControllerSpecError, match="hook sync is not version v2"):
        ControllerSpec.parse(controller)


def test_a_controller_without_a_sync_hook_is_refused() -> None:
    with pytest.raises(ControllerSpecError, match=r"spec\.hooks\.sync is missing"):
        ControllerSpec.parse(composite_controller("things", ["finalize"]))


def test_a_hook_without_an_address_is_refused() -> None:
    with pytest.raises(ControllerSpecError, match="neither url nor service"):
        parsed({"path": "/sync"})
