"""What the chart lets the webhooks do, which is little."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.settings import Settings
from tests.chart import values
from tests.chart.helm import Helm, of_kind

EACH = pytest.mark.parametrize("given", values.BY_NAME.values(), ids=values.BY_NAME.keys())


def deployment(helm: Helm, given: dict[str, Any]) -> JSONObject:
    (found,) = of_kind(helm.template(given), "Deployment").values()
    return found


def pod(helm: Helm, given: dict[str, Any]) -> JSONObject:
    spec: JSONObject = deployment(helm, given)["spec"]["template"]["spec"]
    return spec


@EACH
def test_pods_fulfil_the_restricted_pod_security_standard(helm: Helm, given: dict[str, Any]) -> None:
    spec = pod(helm, given)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    for container in spec["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert not any("hostPort" in port for port in container["ports"])


@EACH
def test_pods_have_no_token_for_the_api_server(helm: Helm, given: dict[str, Any]) -> None:
    assert pod(helm, given)["automountServiceAccountToken"] is False


@EACH
def test_nothing_gives_the_webhooks_permissions(helm: Helm, given: dict[str, Any]) -> None:
    objects = helm.template(given)
    own = deployment(helm, given)["spec"]["template"]["spec"]["serviceAccountName"]
    bindings = [*of_kind(objects, "ClusterRoleBinding").values(), *of_kind(objects, "RoleBinding").values()]
    assert [subject for binding in bindings for subject in binding["subjects"] if subject["name"] == own] == []


def test_the_network_policy_lets_out_names_and_databases_alone(helm: Helm) -> None:
    (policy,) = of_kind(helm.template({"networkPolicy": {"enabled": True}}), "NetworkPolicy").values()
    assert set(policy["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == {53, 3306, 5432}


def test_the_network_policy_lets_in_metacontroller_alone(helm: Helm) -> None:
    (policy,) = of_kind(helm.template({"networkPolicy": {"enabled": True}}), "NetworkPolicy").values()
    (rule,) = policy["spec"]["ingress"]
    assert [peer["namespaceSelector"]["matchLabels"] for peer in rule["from"]] == [
        {"kubernetes.io/metadata.name": "metacontroller"}
    ]


@EACH
def test_the_webhooks_know_every_setting_that_the_chart_gives_them(helm: Helm, given: dict[str, Any]) -> None:
    known = {f"TENANTRY_{name.upper()}" for name in Settings.model_fields}
    (container,) = pod(helm, given)["containers"]
    ours = {variable["name"] for variable in container["env"] if variable["name"].startswith("TENANTRY_")}
    assert ours <= known


def test_files_of_credentials_are_where_the_settings_look_for_them(helm: Helm) -> None:
    for given in (values.EVERYTHING, values.CLIENT_CERTIFICATES):
        (container,) = pod(helm, given)["containers"]
        mounts = tuple(f"{mount['mountPath']}/" for mount in container["volumeMounts"] if mount.get("readOnly"))
        files = [variable["value"] for variable in container["env"] if variable.get("value", "").startswith("/etc/")]
        assert files
        assert all(file.startswith(mounts) for file in files)
