"""What a template asks of the rollouts of its revisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from tenantry.kinds.rollout import Rollout
from tenantry.protocol import JSONObject

UNREADABLE = Rollout(paused=True)
"""Settings that cannot be read move nobody. The API server lets none pass."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The revision that tenants of a template shall get, and how."""

    template: str
    settings: Rollout
    latest: str
    """The template's latest revision; empty until the first is stored."""
    stored: frozenset[str]
    """All its revisions."""

    @property
    def revision(self) -> str:
        """The revision asked for; empty if there is none that can be had."""
        if not self.settings.revision:
            return self.latest
        return "" if self.problem else self.settings.revision

    @property
    def pinned(self) -> bool:
        """Whether the revision is named rather than the latest."""
        return bool(self.settings.revision)

    @property
    def problem(self) -> str:
        """Why a revision that is named cannot be had, as a sentence; empty if it can."""
        named = self.settings.revision
        if not named or named in self.stored or named == self.latest:
            return ""
        return (
            f"spec.rollout.revision of TenantTemplate {self.template} is {named!r}, which is not there: name one of "
            "its status.revisions, or none."
        )


def asked_of(templates: Iterable[JSONObject]) -> dict[str, Asked]:
    """What each template asks, by its name."""
    return {template["metadata"]["name"]: _asked(template) for template in templates}


def _asked(template: JSONObject) -> Asked:
    status: JSONObject = template.get("status") or {}
    return Asked(
        template=template["metadata"]["name"],
        settings=_settings(template["spec"].get("rollout")),
        latest=status.get("latestRevision") or "",
        stored=frozenset(status.get("revisions") or ()),
    )


def _settings(rollout: object) -> Rollout:
    try:
        return Rollout.model_validate(rollout or {})
    except ValidationError:
        return UNREADABLE
