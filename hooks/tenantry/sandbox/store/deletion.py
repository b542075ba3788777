"""How an object is marked as being deleted ("Finalizers", "Use Cascading Deletion" in the Kubernetes documentation)."""

from __future__ import annotations

from typing import Final

from tenantry.sandbox.cluster import Propagation
from tenantry.sandbox.store.index import Stored

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"
CRD_FINALIZER: Final = "customresourcecleanup.apiextensions.k8s.io"

_FINALIZERS: Final[dict[Propagation, tuple[str, ...]]] = {
    "Background": (),
    "Foreground": (FOREGROUND,),
    "Orphan": (ORPHAN,),
}


def is_namespace(stored: Stored) -> bool:
    """Whether it is a namespace, which goes by rules of its own."""
    return stored.resource.type.kind == "Namespace" and not stored.resource.is_custom


def is_definition(stored: Stored) -> bool:
    """Whether it is a CustomResourceDefinition."""
    return stored.resource.qualified_plural == "customresourcedefinitions.apiextensions.k8s.io"


def may_go(stored: Stored) -> bool:
    """Whether nothing holds an object any more that is being deleted."""
    held = stored.finalizers or (is_namespace(stored) and stored.body["spec"].get("finalizers"))
    return stored.deleting and not held


def marked(stored: Stored, propagation: Propagation, *, now: str) -> Stored:
    """The object as its deletion begins; ``stored`` itself if that has begun already, in the same way.

    Whether it then may go at once is for ``may_go`` to say.
    """
    finalizers = [item for item in stored.finalizers if item not in (FOREGROUND, ORPHAN)]
    finalizers += _FINALIZERS[propagation]
    if is_definition(stored) and CRD_FINALIZER not in finalizers:
        finalizers.append(CRD_FINALIZER)
    metadata = {key: value for key, value in stored.body["metadata"].items() if key != "finalizers"}
    if finalizers:
        metadata["finalizers"] = finalizers
    if not stored.deleting:
        metadata["deletionTimestamp"] = now
        if not is_namespace(stored):
            metadata["deletionGracePeriodSeconds"] = 0
        if "generation" in metadata:
            metadata["generation"] += 1
    body = {**stored.body, "metadata": metadata}
    if is_namespace(stored):
        body["status"] = {**body["status"], "phase": "Terminating"}
    return stored if body == stored.body else Stored(stored.resource, body, stored.managers)
