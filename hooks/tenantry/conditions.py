"""Conditions as the Kubernetes API conventions define them, and the one list of reasons that ours may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from tenantry.protocol import JSONObject

MESSAGE_LIMIT = 1024
"""Characters that a condition's message may have; the tail of a longer one is cut."""


class ConditionType(StrEnum):
    """What a condition speaks of. Every kind has the first three."""

    READY = "Ready"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    VALID = "Valid"
    SOURCE_REACHABLE = "SourceReachable"
    DELETIONS_BLOCKED = "DeletionsBlocked"
    PRE_DELETE_COMPLETED = "PreDeleteCompleted"
    SUSPENDED = "Suspended"
    PAUSED = "Paused"


class Reason(StrEnum):
    """Why a condition is as it is."""

    # Everything is as it should be, or on its way.
    ALL_READY = "AllReady"
    NO_RESOURCES = "NoResources"
    NO_TEMPLATES = "NoTemplates"
    HEALTHY = "Healthy"
    CONVERGED = "Converged"
    RECONCILING = "Reconciling"
    RESOURCES_NOT_READY = "ResourcesNotReady"
    TENANTS_NOT_READY = "TenantsNotReady"
    DELETING = "Deleting"
    COMPLETED = "Completed"
    ROLLING_OUT = "RollingOut"
    SKIPPED = "Skipped"
    # Something needs a person.
    INVALID_SPEC = "InvalidSpec"
    INVALID_VALUES = "InvalidValues"
    BLOCKED = "Blocked"
    RESOURCES_FAILED = "ResourcesFailed"
    RESOURCES_BLOCKED = "ResourcesBlocked"
    RESOURCES_DEGRADED = "ResourcesDegraded"
    TENANTS_FAILED = "TenantsFailed"
    ROLLOUT_FAILED = "RolloutFailed"
    REVISION_MISSING = "RevisionMissing"
    REVISION_EDITED = "RevisionEdited"
    TEMPLATE_MISSING = "TemplateMissing"
    TEMPLATE_INVALID = "TemplateInvalid"
    VARIABLES_UNMAPPED = "VariablesUnmapped"
    ANCHOR_MISSING = "AnchorMissing"
    SLICES_PENDING = "SlicesPending"
    SLICE_FULL = "SliceFull"
    INVALID_ROWS = "InvalidRows"
    UNLISTED_TENANTS = "UnlistedTenants"
    TENANTS_UNSERVED = "TenantsUnserved"
    UNUSABLE_LABELS = "UnusableLabels"
    FOREIGN_FIELDS = "ForeignFields"
    UNSUPPORTED_APPLY_STRATEGY = "UnsupportedApplyStrategy"
    # Templates.
    VALIDATION_PASSED = "ValidationPassed"
    VALIDATION_FAILED = "ValidationFailed"
    # Sources.
    POLL_SUCCEEDED = "PollSucceeded"
    POLL_FAILED = "PollFailed"
    UNREACHABLE = "Unreachable"
    CONNECTION_REFUSED = "ConnectionRefused"
    TIMEOUT = "Timeout"
    AUTHENTICATION_FAILED = "AuthenticationFailed"
    TLS_FAILED = "TLSFailed"
    TOO_MANY_CONNECTIONS = "TooManyConnections"
    DATABASE_MISSING = "DatabaseMissing"
    TABLE_MISSING = "TableMissing"
    COLUMN_MISSING = "ColumnMissing"
    PERMISSION_DENIED = "PermissionDenied"
    STATEMENT_TIMEOUT = "StatementTimeout"
    DEADLOCK = "Deadlock"
    SOURCE_BUSY = "SourceBusy"
    CONNECTION_LOST = "ConnectionLost"
    QUERY_FAILED = "QueryFailed"
    SECRET_MISSING = "SecretMissing"
    SECRET_NOT_ALLOWED = "SecretNotAllowed"
    NOT_POLLED = "NotPolled"
    EMPTY_RESULT = "EmptyResult"
    TOO_MANY_DELETIONS = "TooManyDeletions"
    NONE_BLOCKED = "NoneBlocked"
    SUSPENDED = "Suspended"
    NOT_SUSPENDED = "NotSuspended"
    PAUSED = "Paused"
    TEMPLATES_WITHDRAWN = "TemplatesWithdrawn"
    TEMPLATE_IN_USE = "TemplateInUse"


def condition(
    type_: ConditionType, status: bool | None, reason: Reason, message: str = "", *, generation: int
) -> JSONObject:
    """A condition without its transition time, which ``set_conditions`` gives it. ``None`` means ``Unknown``."""
    text = {True: "True", False: "False", None: "Unknown"}[status]
    if len(message) > MESSAGE_LIMIT:
        message = message[: MESSAGE_LIMIT - 1] + "…"
    return {
        "type": type_.value,
        "status": text,
        "reason": reason.value,
        "message": message,
        "observedGeneration": generation,
    }


def set_conditions(previous: Mapping[str, Any] | None, conditions: Iterable[JSONObject], *, now: datetime) -> list[Any]:
    """The conditions list of a new status: ``conditions`` over those of ``previous`` (a status), sorted by type.

    ``lastTransitionTime`` changes with ``status`` alone, so that a status without news is byte-identical. Conditions of
    ``previous`` that are not mentioned stay as they are.
    """
    merged: dict[str, JSONObject] = {c["type"]: c for c in (previous or {}).get("conditions") or ()}
    for new in conditions:
        old = merged.get(new["type"])
        same = old is not None and old.get("status") == new["status"] and "lastTransitionTime" in old
        since = old["lastTransitionTime"] if old is not None and same else timestamp(now)
        merged[new["type"]] = {**new, "lastTransitionTime": since}
    return [merged[key] for key in sorted(merged)]


def find_condition(status: Mapping[str, Any] | None, type_: ConditionType) -> JSONObject | None:
    """The condition of this type in a status, if there."""
    for found in (status or {}).get("conditions") or ():
        if found.get("type") == type_:
            return dict(found)
    return None


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds, as Kubernetes writes times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def parse_timestamp(text: str) -> datetime:
    """A time as Kubernetes writes it, with or without fractions of a second. Raises ``ValueError``."""
    return datetime.fromisoformat(text)
