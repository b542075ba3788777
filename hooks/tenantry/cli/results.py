"""What commands print with ``-o json`` and ``-o yaml``: every key, what it holds, and what it means.

Keys are there always, empty where there is nothing to say. They stay as they are; new ones may come.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class Key(NamedTuple):
    """A value that is no mapping and no list of them."""

    type: str
    means: str


class Maybe(NamedTuple):
    """A mapping, or null."""

    shape: dict[str, Any]


class Named(NamedTuple):
    """A mapping whose keys are names of the user's."""

    key: Key


Shape = Key | Maybe | Named | dict[str, Any] | list[Any]


def _text(means: str) -> Key:
    return Key("text", means)


def _number(means: str) -> Key:
    return Key("number", means)


def _flag(means: str) -> Key:
    return Key("true or false", means)


def _time(means: str) -> Key:
    return Key("time", f"{means} RFC 3339; empty if that was never.")


def _texts(means: str) -> Key:
    return Key("texts", means)


def _object(means: str) -> Key:
    return Key("object", means)


_EVENTS: Final = [
    {
        "kind": _text("Kind of the object that it is about."),
        "namespace": _text("Its namespace; empty for objects that have none."),
        "name": _text("Its name."),
        "type": _text("`Normal` or `Warning`."),
        "reason": _text("Why, in one word."),
        "message": _text("What happened."),
        "count": _number("How often."),
        "last": _time("When it happened last."),
    }
]
_FAILING: Final = [
    {
        "name": _text("Name of the Tenant."),
        "uid": _text("Its uid."),
        "reason": _text("Reason of its condition."),
        "message": _text("Why, and what to do about it."),
        "since": _time("Since when."),
    }
]
_PLACE: Final = {
    "id": _text("`template/id` of the entry, with `[key]` for an item."),
    "kind": _text("Kind of its object."),
    "namespace": _text("Namespace of its object; empty if it has none."),
    "name": _text("Name of its object; empty while there is none."),
    "phase": _text("Phase of the entry."),
    "reason": _text("Why, in one word; empty if there is nothing to say."),
    "message": _text("Why, and what to do about it."),
}

RESULTS: Final[dict[str, Shape]] = {
    "approve": {
        "registry": _text("Name of the TenantRegistry."),
        "count": _number("Tenants whose removal is blocked."),
        "digest": _text("Stands for exactly this set; empty if nothing is blocked."),
        "since": _time("Since when."),
        "uids": _texts("Their uids."),
        "complete": _flag("Whether all uids are known; they are not for a moment while the set changes."),
        "approved": _flag("Whether this command approved them."),
    },
    "doctor": [
        {
            "check": _text("What was looked at."),
            "state": _text("`OK`, `warning` or `problem`."),
            "message": _text("What was found."),
            "wayOut": _text("What to do about it; empty where nothing is to be done."),
        }
    ],
    "drain": {
        "controllers": _texts("CompositeControllers that are deleted."),
        "orphanedObjects": _number("Objects that Tenants give away, with `--orphan`."),
        "finalizers": Named(_number("By kind: objects whose finalizers come off.")),
        "probes": _number("TenantProbes that are deleted."),
        "tenantsBeingDeleted": _texts("Tenants that hold the drain up."),
        "dryRun": _flag("Whether this is all that was done."),
    },
    "migrate lynq --take-over": {
        "nodes": [
            {
                "node": _text("`namespace/name` of the LynqNode."),
                "tenant": _text("The Tenant that gets its objects."),
                "objects": _texts("Objects that it takes."),
                "absent": _texts("Objects that it will make."),
                "leftStanding": _texts("Objects that stay, and are nobody's."),
                "problems": _texts("Why the node stays with Lynq for now."),
            }
        ],
        "webhooks": _texts("Webhook configurations of Lynq that are deleted."),
        "lynqRuns": _texts("Where Lynq still runs, and how to stop it."),
        "dryRun": _flag("Whether this is only the plan."),
    },
    "render --against": [
        {
            "uid": _text("The row."),
            "id": _text("Id of the entry."),
            "before": _object("What it made; null if nothing."),
            "after": _object("What it makes; null if nothing."),
        }
    ],
    "rollout status": {
        "template": _text("Name of the TenantTemplate."),
        "registry": _text("Its TenantRegistry."),
        "latestRevision": _text("Revision of what the template says now."),
        "revisions": _texts("Revisions that are kept, the newest first."),
        "paused": _flag("Whether `spec.rollout.paused` is set."),
        "pinned": _text("`spec.rollout.revision`; empty if tenants follow the template."),
        "phase": _text("Phase of the rollout; empty until the registry knows the template."),
        "revision": _text("Revision that tenants are moved to."),
        "lastGoodRevision": _text("Revision that all tenants were Ready with last."),
        "message": _text("Why it stands where it stands."),
        "started": _time("When it began."),
        "finished": _time("When it was complete, or stopped."),
        "total": _number("Tenants that have the template."),
        "updated": _number("Tenants that have the revision."),
        "underWay": _number("Tenants that were moved and are not Ready yet."),
        "failed": _number("Tenants that failed."),
        "failing": [
            {
                "uid": _text("A tenant that failed."),
                "reason": _text("Why, in one word."),
                "message": _text("Why, and what to look at."),
            }
        ],
        "failedRevisions": _texts("Revisions that failed, and are not tried again by themselves."),
        "upToDate": _flag("Whether the registry has taken note of the last change of the template."),
    },
    "rollout pause, resume, undo": {
        "template": _text("Name of the TenantTemplate."),
        "paused": _flag("Whether it is paused now."),
        "pinned": _text("The revision that tenants stay at now; empty if they follow the template."),
    },
    "simulate": {
        "quiet": _flag("Whether it came to rest."),
        "seconds": _number("How long it was given."),
        "assumed": _texts("Kinds that were taken for granted: on a cluster, controllers must list them."),
        "problems": _texts("Why the template makes nothing."),
        "steps": [{"what": _text("`created`, `changed` or `deleted`."), "object": _text("Kind and name.")}],
        "repeated": [{"what": _text("What is done again and again."), "object": _text("Kind and name.")}],
        "tenants": [
            {
                "name": _text("Name of the Tenant."),
                "ready": _flag("Whether it is Ready."),
                "message": _text("Why it is not."),
                "objects": [_PLACE],
            }
        ],
    },
    "status": {
        "registries": [
            {
                "name": _text("Name of the TenantRegistry."),
                "source": _text("Where its rows come from."),
                "ready": _text("Its condition Ready: `True`, `False` or `Unknown`."),
                "reachable": _text("Its condition SourceReachable."),
                "polled": _time("When the table was read last."),
                "rows": _number("Rows of the table."),
                "invalidRows": _number("Rows that cannot be used."),
                "unusable": [
                    {
                        "uid": _text("The first of these rows; empty for a row without a uid."),
                        "reason": _text("Why, in one word."),
                        "message": _text("Why, and what to do about it."),
                    }
                ],
                "tenants": {
                    "desired": _number("Tenants that active rows ask for."),
                    "total": _number("Tenants that there are."),
                    "ready": _number("Of these, Ready."),
                    "degraded": _number("Of these, Degraded."),
                    "removing": _number("Of these, on their way out."),
                    "unlisted": _number("Of these, without a row, and kept."),
                },
                "deletions": {
                    "count": _number("Tenants whose removal is blocked."),
                    "digest": _text("What approves it; empty if nothing is blocked."),
                    "since": _time("Since when."),
                },
                "suspended": _flag("Whether `spec.suspend` is set."),
                "rollouts": [
                    {
                        "name": _text("Name of a TenantTemplate."),
                        "phase": _text("Phase of its rollout."),
                        "revision": _text("Revision that tenants are moved to."),
                        "updated": _number("Tenants that have it."),
                        "total": _number("Tenants that have the template."),
                        "message": _text("Why it stands where it stands."),
                    }
                ],
                "problems": _texts("What is wrong with the registry."),
                "failing": _FAILING,
            }
        ],
        "failingWithoutRegistry": _FAILING,
    },
    "test": [
        {
            "file": _text("The file of cases."),
            "case": _text("Name of the case, or the template's file if that cannot be used."),
            "complaints": _texts("What does not hold."),
            "passed": _flag("Whether all holds."),
        }
    ],
    "trace": {
        "name": _text("Name of the Tenant."),
        "uid": _text("Its uid."),
        "created": _time("When it was made."),
        "deleting": _time("When its deletion was asked for."),
        "active": _flag("Whether its row is active."),
        "registry": Maybe(
            {
                "name": _text("Its TenantRegistry."),
                "exists": _flag("Whether that is there."),
                "ready": _text("Its condition Ready: `True`, `False` or `Unknown`."),
                "reachable": _text("Its condition SourceReachable."),
                "message": _text("What that says."),
                "polled": _time("When the table was read last."),
                "suspended": _flag("Whether `spec.suspend` is set."),
            }
        ),
        "slice": Maybe(
            {
                "name": _text("Its TenantSlice."),
                "row": _flag("Whether that has its row."),
                "missingSince": _time("Since when it has no active row."),
                "deletionBlocked": _flag("Whether its removal waits for `tenantry approve`."),
                "removedSince": _time("Since when it is being removed."),
                "upToDate": _flag("Whether the slice has done what the registry wrote last."),
            }
        ),
        "templates": [
            {
                "name": _text("Name of a TenantTemplate."),
                "revision": _text("The revision that the Tenant has."),
                "readyRevision": _text("The revision that it was Ready with last."),
                "moved": _time("When it was moved to its revision."),
                "rollout": _text("Phase of the rollout."),
                "target": _text("Revision that tenants are moved to."),
            }
        ],
        "conditions": [
            {
                "type": _text("Type of the condition."),
                "status": _text("`True`, `False` or `Unknown`."),
                "reason": _text("Why, in one word."),
                "message": _text("Why, and what to do about it."),
                "lastTransitionTime": _time("Since when."),
            }
        ],
        "events": _EVENTS,
        "entries": [
            {
                **_PLACE,
                "since": _time("Since when the phase has been this."),
                "created": _time("When the object was made."),
                "deleting": _time("When the object's deletion was asked for."),
                "needs": _texts("Entries that it depends on."),
                "events": _EVENTS,
            }
        ],
        "hidden": _texts("What may not be read, and why."),
    },
    "validate": [
        {
            "file": _text("The file, or `standard input`."),
            "line": _number("The line, from 1."),
            "object": _text("Kind and name; empty for a file that cannot be read."),
            "path": _text("The field."),
            "message": _text("What is wrong, or risky."),
            "severity": _text("`error` or `warning`."),
        }
    ],
}
"""By command. What ``render``, ``crds`` and ``migrate lynq`` print as JSON is a List that kubectl applies."""
