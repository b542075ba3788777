"""The Secrets of a source: which ones a registry reads, and what is in them.

They come as related objects. One that is missing from a request may simply not be known yet, so nothing is polled
without it, and nothing changes.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import defaultdict
from typing import Final

from tenantry.conditions import ConditionType, Reason, find_condition
from tenantry.datasource.credentials import NO_CREDENTIALS, Credentials
from tenantry.kinds.source import SecretReference, Source
from tenantry.names import DATASOURCE_LABEL
from tenantry.protocol import JSONObject, ObjectMap, RelatedRule
from tenantry.registry.polling import NotPossible

SECRETS: Final = "Secret.v1"
SECRET_REASONS: Final = frozenset({Reason.SECRET_MISSING, Reason.SECRET_NOT_ALLOWED})
"""Why a source cannot even be asked."""


def secret_rules(source: Source) -> tuple[RelatedRule, ...]:
    """The Secrets that a source names, one rule for each namespace."""
    names: dict[str, set[str]] = defaultdict(set)
    for reference in _references(source):
        names[reference.namespace].add(reference.name)
    return tuple(
        RelatedRule("v1", "secrets", names=tuple(sorted(names[namespace])), namespace=namespace)
        for namespace in sorted(names)
    )


def credentials_of(source: Source, related: ObjectMap) -> Credentials:
    """What the Secrets of a source hold. Raises ``NotPossible`` while one is missing or must not be used."""
    server = source.server
    if server is None:
        return NO_CREDENTIALS
    password, tls = server.password_ref, server.tls
    authorities, own = tls.ca_ref, tls.client_certificate_ref
    return Credentials(
        password=_value(password, password.key, related) if password else None,
        authorities=_value(authorities, authorities.key, related) if authorities else None,
        certificate=_value(own, "tls.crt", related) if own else None,
        key=_value(own, "tls.key", related) if own else None,
    )


def waits_for_secret(status: JSONObject) -> bool:
    """Whether a registry's status says that its poll waits for a Secret."""
    reachable = find_condition(status, ConditionType.SOURCE_REACHABLE)
    return reachable is not None and reachable.get("reason") in SECRET_REASONS


def _references(source: Source) -> list[SecretReference]:
    server = source.server
    if server is None:
        return []
    named = (server.password_ref, server.tls.ca_ref, server.tls.client_certificate_ref)
    return [reference for reference in named if reference is not None]


def _value(reference: SecretReference, key: str, related: ObjectMap) -> bytes:
    called = f"Secret {reference.namespace}/{reference.name}"
    secret = related.get(SECRETS, {}).get(f"{reference.namespace}/{reference.name}")
    if secret is None:
        raise NotPossible(f'{called} is not there. Create it, with the label {DATASOURCE_LABEL}: "true".')
    _refuse_unlabelled(secret, called)
    encoded = (secret.get("data") or {}).get(key)
    if encoded is None:
        raise NotPossible(f"{called} has no key {key!r}. Add it, or name another one.")
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise NotPossible(f"Key {key!r} of {called} is not base64.") from None


def _refuse_unlabelled(secret: JSONObject, called: str) -> None:
    """Without the label, whoever may write a registry could have any Secret of the cluster sent to a host of theirs."""
    if (secret["metadata"].get("labels") or {}).get(DATASOURCE_LABEL) != "true":
        raise NotPossible(
            f'{called} may not be used for sources: it needs the label {DATASOURCE_LABEL}: "true".',
            reason=Reason.SECRET_NOT_ALLOWED,
        )
