"""The health checks of the example for Flux, judged by a real API server: it evaluates CEL as Flux does.

Flux asks inProgress, failed and current in this order, and the first that is true counts. So does an admission policy
that refuses whatever one of them is true of: its refusal names the first one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from tenantry.kinds import TENANT_REGISTRY
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError
from tests.apiserver.test_crds import USER, registry, stored, type_of
from tests.chart.examples import EXAMPLES

POLICIES: Final = "admissionregistration.k8s.io/v1"
NAME: Final = "flux-health.example.com"
ORDER: Final = ("inProgress", "failed", "current")
NO_ANSWER: Final = "no answer"
READY_SECONDS: Final = 30.0


def checks() -> list[dict[str, str]]:
    """The expressions of the example, one group a kind."""
    for document in yaml.safe_load_all((EXAMPLES / "flux" / "tenantry.yaml").read_text()):
        if "healthCheckExprs" in document["spec"]:
            found: list[dict[str, str]] = document["spec"]["healthCheckExprs"]
            return found
    raise AssertionError("the example has no health checks")


def policy(check: dict[str, str]) -> list[JSONObject]:
    """A policy that refuses a status, and says by which expression."""
    said = {name: re.sub(r"\b(status|metadata)[.]", r"object.\1.", check[name]) for name in ORDER}
    validations = [{"expression": f"!({said[name]})", "message": name} for name in ORDER]
    rule = {"apiGroups": ["tenantry.io"], "apiVersions": ["v1"], "operations": ["UPDATE"]}
    rules = [{**rule, "resources": ["tenantregistries/status"]}]
    matching = {"matchConstraints": {"resourceRules": rules}, "failurePolicy": "Fail", "validations": validations}
    bound = {"policyName": NAME, "validationActions": ["Deny"]}
    return [
        {"apiVersion": POLICIES, "kind": kind, "metadata": {"name": NAME}, "spec": spec}
        for kind, spec in (("ValidatingAdmissionPolicy", matching), ("ValidatingAdmissionPolicyBinding", bound))
    ]


@pytest.fixture(scope="module")
def judged(cluster: ApiServer) -> Iterator[str]:
    """The name of a registry whose status is judged."""
    name = stored(cluster, TENANT_REGISTRY, registry("judged"))["metadata"]["name"]
    made = policy(checks()[0])
    for one in made:
        cluster.apply(cluster.resource_type(POLICIES, kind=one["kind"]), one, field_manager=USER)
    deadline = time.monotonic() + READY_SECONDS
    while (said := verdict(cluster, name, conditions(Ready="True"))) != "current":
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
    yield name
    for one in made:
        cluster.delete(cluster.resource_type(POLICIES, kind=one["kind"]), NAME)


def conditions(**given: str) -> list[JSONObject]:
    moment = "2026-01-02T03:04:05Z"
    return [
        {"type": type_, "status": status, "reason": "Reason", "message": "", "lastTransitionTime": moment}
        for type_, status in given.items()
    ]


def verdict(cluster: ApiServer, name: str, given: list[JSONObject] | None, *, observed: int | None = None) -> str:
    """The expression that is true first, if any."""
    kind = type_of(cluster, TENANT_REGISTRY)
    obj = cluster.get(kind, name)
    status: dict[str, Any] = {"observedGeneration": obj["metadata"]["generation"] if observed is None else observed}
    if given is not None:
        status["conditions"] = given
    try:
        cluster.update_status(kind, {**obj, "status": status}, field_manager=USER)
    except ApiError as refusal:
        if "resulted in error" in refusal.message:
            return NO_ANSWER
        return next((name for name in ORDER if refusal.message.endswith(f"request: {name}")), refusal.message)
    return ""


def test_all_our_kinds_are_judged_alike() -> None:
    given = checks()
    assert {check.pop("kind") for check in given} == {"TenantTemplate", "TenantRegistry", "Tenant"}
    assert given == [given[0]] * 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (conditions(Ready="True", Degraded="False"), "current"),
        (conditions(Ready="True", Degraded="False", Valid="True"), "current"),
        (conditions(Ready="False", Degraded="True"), "failed"),
        (conditions(Ready="False", Valid="False"), "failed"),
        (conditions(Ready="False", Degraded="False"), ""),
        ([], ""),
        (None, NO_ANSWER),
    ],
    ids=["ready", "ready and valid", "degraded", "invalid", "not ready", "no conditions", "no status"],
)
def test_flux_judges_our_kinds_by_their_conditions(
    cluster: ApiServer, judged: str, given: list[JSONObject] | None, expected: str
) -> None:
    assert verdict(cluster, judged, given) == expected


def test_a_status_of_before_a_change_is_no_answer_to_it(cluster: ApiServer, judged: str) -> None:
    assert verdict(cluster, judged, conditions(Ready="True"), observed=0) == "inProgress"
