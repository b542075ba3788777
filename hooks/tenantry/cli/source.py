"""The rows that a registry would have, read from its table by a person's own command.

What a poll does, without a cluster: the same query, the same rules for what a row must be. Secret columns are read and
forgotten: what mentions ``secrets`` waits in previews.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from tenantry.cli.output import visible
from tenantry.cli.reading import Unreadable, called, objects_in
from tenantry.kinds import TENANT_REGISTRY, TenantRegistrySpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.protocol import JSONObject, ObjectMap
from tenantry.registry.credentials import SECRETS, credentials_of
from tenantry.registry.polling import Errand, NotPossible, PollFailed
from tenantry.registry.rows import InvalidRow, UsableRow, sort_rows
from tenantry.registry.source import poll
from tenantry.words import counted

SHOWN: Final = 20


def rows_of_source(file: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Values and labels of every active row. Rows that cannot be used are told on standard error.

    Raises ``Unreadable`` if the file names no registry, or the table gives no rows.
    """
    documents = [obj for obj in objects_in(file) if isinstance(obj, dict)]
    registry = _registry(documents, file)
    name = str(registry["metadata"]["name"])
    try:
        spec = parse_spec(TenantRegistrySpec, registry)
        fetched = poll(Errand(name, spec, credentials_of(spec.source, _secrets(documents))))
    except InvalidSpec as error:
        raise Unreadable(called(file), f"TenantRegistry {name}: run tenantry validate on it: {error}") from error
    except NotPossible as error:
        raise Unreadable(
            called(file), f"{error} It is looked for in this file: kubectl get secret prints it."
        ) from error
    except PollFailed as error:
        raise Unreadable(called(file), f"TenantRegistry {name}: {error}") from error
    found = sort_rows(spec, fetched.rows, ())
    _tell(name, found.invalid, active=len(found.usable))
    return (_row(row) for _, row in sorted(found.usable.items()))


def _registry(documents: Iterable[JSONObject], file: Path) -> JSONObject:
    found = [obj for obj in documents if obj.get("kind") == TENANT_REGISTRY.name]
    if len(found) != 1:
        raise Unreadable(called(file), f"holds {counted(len(found), 'object')} of kind TenantRegistry: one is needed.")
    if not isinstance(found[0].get("metadata"), dict) or not found[0]["metadata"].get("name"):
        raise Unreadable(called(file), "TenantRegistry: metadata.name is required.")
    return found[0]


def _secrets(documents: Iterable[JSONObject]) -> ObjectMap:
    """The Secrets among these, as a cluster has them."""
    secrets = {}
    for obj in documents:
        if obj.get("kind") == "Secret" and isinstance(obj.get("metadata"), dict):
            metadata, texts = obj["metadata"], obj.get("stringData") or {}
            data = {key: b64encode(str(text).encode()).decode() for key, text in texts.items()}
            place = f"{metadata.get('namespace', 'default')}/{metadata.get('name', '')}"
            secrets[place] = {**obj, "data": {**(obj.get("data") or {}), **data}}
    return {SECRETS: secrets}


def _row(row: UsableRow) -> tuple[dict[str, Any], dict[str, str]]:
    return {"uid": row.uid, **row.values, **dict.fromkeys(row.nulls)}, dict(row.labels.labels)


def _tell(registry: str, invalid: tuple[InvalidRow, ...], *, active: int) -> None:
    for one in invalid[:SHOWN]:
        click.echo(visible(f"{registry}: row {one.uid or 'without a uid'} cannot be used: {one.message}"), err=True)
    if len(invalid) > SHOWN:
        click.echo(f"{registry}: and {counted(len(invalid) - SHOWN, 'other row')}", err=True)
    if not active:
        click.echo(f"{registry}: the table has no active row.", err=True)
