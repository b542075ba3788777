"""Answers to the API server, which asks about templates and registries before it stores them.

An answer is made of the question alone: no cluster, no database, no clock. What is wrong is told at once, each problem
with its path; what is merely risky is a warning, which kubectl shows. In doubt the object is let in: its status tells
of mistakes as it does anyway, and an object that is about to go, or whose spec stays as it is, must never be held up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tenantry.protocol import JSONObject, ProtocolError
from tenantry.validation import Finding, findings_of

API_VERSION: Final = "admission.k8s.io/v1"
KIND: Final = "AdmissionReview"
LONGEST_WARNING: Final = 256
"""Characters; API servers cut what is longer (Kubernetes API, AdmissionResponse)."""
MOST_WARNINGS: Final = 12
"""API servers drop all warnings beyond 4,096 characters."""
INVALID: Final = 422


def review(body: object) -> JSONObject:
    """The AdmissionReview that answers one. Raises ``ProtocolError`` if the body is none."""
    if not isinstance(body, dict) or body.get("kind") != KIND or body.get("apiVersion") != API_VERSION:
        raise ProtocolError(f"the body is not an {KIND} of {API_VERSION}")
    request = body.get("request")
    if not isinstance(request, dict) or not isinstance(request.get("uid"), str):
        raise ProtocolError("request.uid is not a string")
    return {"apiVersion": API_VERSION, "kind": KIND, "response": {"uid": request["uid"], **_verdict(request)}}


def _verdict(request: JSONObject) -> JSONObject:
    obj = request.get("object")
    if not isinstance(obj, dict) or _is_settled(obj, request.get("oldObject")):
        return {"allowed": True}
    found = findings_of(_named(obj))
    warnings = [finding for finding in found if finding.warning]
    problems = [finding for finding in found if not finding.warning]
    verdict: JSONObject = {"allowed": not problems}
    if problems:
        verdict["status"] = _failure(obj, problems)
    if warnings:
        verdict["warnings"] = _warnings(warnings)
    return verdict


def _is_settled(obj: JSONObject, old: object) -> bool:
    """Whether nothing of the object's meaning changes, or it is about to go."""
    metadata = obj.get("metadata")
    if isinstance(metadata, dict) and metadata.get("deletionTimestamp") is not None:
        return True
    return isinstance(old, dict) and obj.get("spec") == old.get("spec")


def _named(obj: JSONObject) -> JSONObject:
    """The object with the kind of name that the API server will give it if it has none."""
    metadata = obj.get("metadata")
    if isinstance(metadata, dict) and not metadata.get("name") and isinstance(metadata.get("generateName"), str):
        return {**obj, "metadata": {**metadata, "name": f"{metadata['generateName']}00000"}}
    return obj


def _failure(obj: JSONObject, problems: Sequence[Finding]) -> JSONObject:
    """A Status as the API server makes one of an invalid object: kubectl lists its causes."""
    metadata: Any = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    lines = [str(problem) for problem in problems]
    message = lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} problems:", *(f"- {line}" for line in lines)])
    causes = [
        {"reason": "FieldValueInvalid", "field": problem.path, "message": problem.message} for problem in problems
    ]
    details = {"group": "tenantry.io", "kind": str(obj.get("kind")), "name": str(name or ""), "causes": causes}
    return {"status": "Failure", "reason": "Invalid", "code": INVALID, "message": message, "details": details}


def _warnings(found: Sequence[Finding]) -> list[str]:
    texts = [_cut(" ".join(str(finding).split())) for finding in found]
    if len(texts) <= MOST_WARNINGS:
        return texts
    rest = len(texts) - MOST_WARNINGS + 1
    return [*texts[: MOST_WARNINGS - 1], f"and {rest} more warnings: tenantry validate shows them all"]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WARNING else f"{text[: LONGEST_WARNING - 1]}…"
