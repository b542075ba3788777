"""Do the webhooks answer, and are they of this version?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from tenantry import __version__
from tenantry.cli.cluster import CONTROLLERS, FORBIDDEN, Cluster, ClusterError, Refused, Resource
from tenantry.cli.connecting import inside_a_pod
from tenantry.cli.doctor.check import Check, ok, problem, warning
from tenantry.cli.doctor.metacontroller import WORKLOADS
from tenantry.cli.parents import controllers_of
from tenantry.protocol import JSONObject

NAME: Final = "webhooks"
SERVICES: Final = Resource("v1", "services", "Service", namespaced=True)
READY: Final = "/readyz"
SECONDS: Final = 5.0
NOT_FOUND: Final = 404
_NOBODY: Final = "no endpoints available"
"""What the API server says of a Service without a ready pod."""
_SERVICE: Final = re.compile(r"([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\..*)?)?")
_VERSION_LABEL: Final = "app.kubernetes.io/version"


class Service(NamedTuple):
    """The Service of an address inside the cluster."""

    name: str
    namespace: str


def check_webhooks(cluster: Cluster) -> Iterator[Check]:
    """Every address that the controllers name."""
    if cluster.resource(CONTROLLERS.api_version, plural=CONTROLLERS.plural) is None:
        return
    addresses = sorted({address for controller in controllers_of(cluster) for address in _addresses(controller)})
    if len(addresses) > 1:
        yield warning(
            NAME,
            f"The controllers call several addresses: {', '.join(addresses)}.",
            "Apply all of them from one installation.",
        )
    for address in addresses:
        service = service_of(address)
        deployments = list(_deployments(cluster, service)) if service else []
        ready = any((found.get("status") or {}).get("readyReplicas") for found in deployments)
        yield _reached(cluster, address, service, ready=ready)
        for deployment in deployments:
            yield from _check_deployment(deployment)


def _addresses(controller: JSONObject) -> Iterator[str]:
    for hook in controller["spec"]["hooks"].values():
        webhook = hook.get("webhook") or {}
        if webhook.get("url"):
            url = urlsplit(webhook["url"])
            yield f"{url.scheme}://{url.netloc}"
        elif service := webhook.get("service"):
            scheme, port = service.get("protocol", "http"), service.get("port", 80)
            yield f"{scheme}://{service['name']}.{service['namespace']}:{port}"


def service_of(address: str) -> Service | None:
    """The Service that an address names; none for one outside of the cluster."""
    host = urlsplit(address).hostname or ""
    found = _SERVICE.fullmatch(host)
    return Service(found[1], found[2]) if found and not host.replace(".", "").isdigit() else None


def _reached(cluster: Cluster, address: str, service: Service | None, *, ready: bool) -> Check:
    try:
        if service is None or inside_a_pod():
            _ask(address)
        else:
            _ask_through(cluster, urlsplit(address), service)
    except Refused as refusal:
        if refusal.code == FORBIDDEN:
            return warning(NAME, f"{address} may not be asked: {refusal.message}", "Allow get on services/proxy.")
        lost = refusal.code == NOT_FOUND or _NOBODY in refusal.message
        return _unreachable(address, refusal.message, ready=ready and not lost)
    except ClusterError as error:
        return _unreachable(address, error.message, ready=ready)
    return ok(NAME, f"{address} answers.")


def _unreachable(address: str, why: str, *, ready: bool) -> Check:
    if ready:
        return warning(
            NAME,
            f"{address} does not answer from here, but its pods are ready: {why}",
            "A network policy that lets in Metacontroller alone does this. If there is none, look at the Service.",
        )
    return problem(
        NAME,
        f"{address} does not answer: {why}",
        "Look at the pods and the Service of the webhooks, and at their logs.",
    )


def _ask_through(cluster: Cluster, url: SplitResult, service: Service) -> None:
    """Ask through the API server: a name of the cluster means nothing outside of it."""
    scheme, port = ("https:", url.port or 443) if url.scheme == "https" else ("", url.port or 80)
    place = SERVICES.path(f"{scheme}{service.name}:{port}", service.namespace)
    cluster.text(f"{place}/proxy{READY}")


def _ask(address: str) -> None:
    """Ask the webhooks themselves. Whom they are is Metacontroller's question: their CA is in a Secret of its own."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    with urllib3.PoolManager(cert_reqs="CERT_NONE", retries=False, timeout=SECONDS) as pool:
        try:
            answer = pool.request("GET", f"{address}{READY}")
        except urllib3.exceptions.HTTPError as error:
            raise ClusterError(f"{error}".rpartition(">: ")[2]) from error
    if answer.status != 200:
        raise ClusterError(f"{READY} answers {answer.status}.")


def _deployments(cluster: Cluster, service: Service) -> Iterator[JSONObject]:
    """The Deployments behind a Service."""
    found = cluster.get(SERVICES, service.name, service.namespace)
    selector = (found or {}).get("spec", {}).get("selector") or {}
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    if labels:
        yield from cluster.items(WORKLOADS[0], namespace=service.namespace, labels=labels)


def _check_deployment(deployment: JSONObject) -> Iterator[Check]:
    metadata = deployment["metadata"]
    called = f"Deployment {metadata['namespace']}/{metadata['name']}"
    if not (deployment.get("status") or {}).get("readyReplicas"):
        yield problem(
            NAME,
            f"No pod of {called} is ready.",
            f"kubectl describe pods --namespace {metadata['namespace']} tells why.",
        )
    version = (metadata.get("labels") or {}).get(_VERSION_LABEL, __version__)
    if version != __version__:
        yield warning(
            NAME,
            f"{called} is of version {version}, and this command of {__version__}.",
            "Use a command of the same version: what it says about definitions and controllers is about its own.",
        )
