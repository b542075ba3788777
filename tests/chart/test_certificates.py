"""The certificates that the chart makes, or has cert-manager make."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.chart import values
from tests.chart.helm import RELEASE, Helm, of_kind

BY_CERT_MANAGER: dict[str, Any] = {"tls": {"enabled": True, "source": "certManager"}}


def issuer_of(rendered: list[JSONObject], certificate: JSONObject) -> JSONObject:
    """The issuer of the chart that signs a certificate."""
    reference = certificate["spec"]["issuerRef"]
    assert reference["kind"] == "Issuer"
    return of_kind(rendered, "Issuer")[reference["name"]]


def test_certificates_of_cert_manager_have_an_authority_that_stays_when_they_are_renewed(helm: Helm) -> None:
    """Metacontroller reads the authority once: after a renewal under another one, no hook would be answered."""
    rendered = helm.template(BY_CERT_MANAGER)
    certificates = of_kind(rendered, "Certificate")
    signed_by = issuer_of(rendered, certificates[RELEASE])["spec"]["ca"]["secretName"]
    (authority,) = [one for one in certificates.values() if one["spec"]["secretName"] == signed_by]
    assert authority["spec"]["isCA"] is True
    assert authority["spec"]["privateKey"]["rotationPolicy"] == "Never"
    assert authority["spec"]["duration"] == f"{10 * 365 * 24}h"
    assert issuer_of(rendered, authority)["spec"] == {"selfSigned": {}}


def test_an_issuer_of_the_company_needs_no_authority_of_the_chart(helm: Helm) -> None:
    rendered = helm.template(values.OWN_ISSUER)
    assert of_kind(rendered, "Issuer") == {}
    (certificate,) = of_kind(rendered, "Certificate").values()
    assert certificate["spec"]["issuerRef"] == values.OWN_ISSUER["tls"]["issuerRef"]


def test_a_certificate_is_for_the_name_that_metacontroller_calls(helm: Helm) -> None:
    rendered = helm.template({**BY_CERT_MANAGER, "clusterDomain": "cluster.local"})
    names = of_kind(rendered, "Certificate")[RELEASE]["spec"]["dnsNames"]
    (url, *_) = [
        hook["webhook"]["url"]
        for controller in of_kind(rendered, "CompositeController").values()
        for hook in controller["spec"]["hooks"].values()
    ]
    assert url.partition("://")[2].partition(":")[0] in names
