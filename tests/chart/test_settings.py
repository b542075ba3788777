"""Everything that the server can be told, the chart can tell it."""

from __future__ import annotations

from typing import Any, Final

from tenantry.settings import Settings
from tests.chart.helm import RELEASE, Helm, of_kind
from tests.chart.values import CLIENT_CERTIFICATES

OF_THE_POD: Final = {"TENANTRY_BIND"}
"""What the rest of the chart relies on."""
OF_ITS_SIZE: Final = {"TENANTRY_WORKERS"}
"""What follows from the machine outside of a container, and from the limits of one in it."""
ALL_FILES: Final[dict[str, Any]] = CLIENT_CERTIFICATES | {"authorization": {"enabled": True}}


def environment(helm: Helm, given: dict[str, Any]) -> dict[str, str]:
    """The variables of our container."""
    (container,) = of_kind(helm.template(given), "Deployment")[RELEASE]["spec"]["template"]["spec"]["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def test_every_setting_has_a_value(helm: Helm) -> None:
    names = {f"TENANTRY_{name.upper()}" for name in Settings.model_fields}
    assert set(environment(helm, ALL_FILES)) == names - OF_THE_POD


def test_the_chart_gives_what_the_server_would_take_by_itself(helm: Helm) -> None:
    given = {name.removeprefix("TENANTRY_").lower(): value for name, value in environment(helm, {}).items()}
    taken, alone = Settings.model_validate(given), Settings.model_validate({})
    differs = {name for name in given if getattr(taken, name) != getattr(alone, name)}
    assert {f"TENANTRY_{name.upper()}" for name in differs} == OF_ITS_SIZE
