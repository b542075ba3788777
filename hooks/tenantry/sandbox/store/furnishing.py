"""What the controller-manager puts into every namespace."""

from __future__ import annotations

from tenantry.protocol import JSONObject


def furnishings(namespace: str) -> tuple[JSONObject, ...]:
    """The service account ``default`` and the ConfigMap with the root certificate, which is empty here."""
    account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    why = {"kubernetes.io/description": "Stands for the root certificate, which an in-process cluster has not."}
    metadata = {"name": "kube-root-ca.crt", "namespace": namespace, "annotations": why}
    certificate = {"kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": ""}}
    return account, certificate
