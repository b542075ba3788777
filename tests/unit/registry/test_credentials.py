"""Secrets of a source: what is read of them, and why one cannot be used."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tenantry.conditions import Reason
from tenantry.kinds.source import Source
from tenantry.names import DATASOURCE_LABEL
from tenantry.protocol import JSONObject
from tenantry.registry.credentials import SECRETS, credentials_of
from tenantry.registry.polling import NotPossible

SERVER = {"host": "db.example", "username": "reader", "database": "shops", "table": "shops"}


def source(**options: Any) -> Source:
    return Source.model_validate({"mysql": {**SERVER, **options}})


def secret(data: JSONObject, **labels: str) -> dict[str, dict[str, JSONObject]]:
    """The related objects of a registry: one Secret."""
    metadata = {"name": "db", "namespace": "apps", "labels": labels or {DATASOURCE_LABEL: "true"}}
    return {SECRETS: {"apps/db": {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}}}


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


HERE = {"namespace": "apps", "name": "db"}


def test_each_part_stands_under_its_key() -> None:
    data = {"password": b"p\xff", "ca.crt": b"ca", "tls.crt": b"cert", "tls.key": b"key"}
    wanted = source(passwordRef=HERE, tls={"caRef": HERE, "clientCertificateRef": HERE})
    found = credentials_of(wanted, secret({key: encoded(content) for key, content in data.items()}))
    assert (found.password, found.authorities) == (b"p\xff", b"ca")
    assert (found.certificate, found.key) == (b"cert", b"key")


def test_a_key_of_another_name_can_be_chosen() -> None:
    wanted = source(passwordRef={**HERE, "key": "mysql-password"})
    assert credentials_of(wanted, secret({"mysql-password": encoded(b"x")})).password == b"x"


@pytest.mark.parametrize(
    ("related", "reason", "told"),
    [
        ({}, Reason.SECRET_MISSING, "Secret apps/db is not there"),
        (secret({}), Reason.SECRET_MISSING, "has no key 'password'"),
        (secret({"password": "tr0ub4dor!"}), Reason.SECRET_MISSING, "is not base64"),
        (secret({"password": encoded(b"tr0ub4dor")}, app="shop"), Reason.SECRET_NOT_ALLOWED, "needs the label"),
    ],
    ids=["missing", "no key", "not base64", "no label"],
)
def test_a_secret_that_cannot_be_used_says_why_and_not_what(related: Any, reason: Reason, told: str) -> None:
    with pytest.raises(NotPossible, match=told) as caught:
        credentials_of(source(passwordRef=HERE), related)
    assert (caught.value.reason, "tr0ub4dor" in str(caught.value)) == (reason, False)


def test_nothing_of_it_shows_when_it_is_printed() -> None:
    found = credentials_of(source(passwordRef=HERE), secret({"password": encoded(b"tr0ub4dor")}))
    assert "tr0ub4dor" not in repr(found)
