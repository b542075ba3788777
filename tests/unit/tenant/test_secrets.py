"""Secret columns in templates: they are waited for, they reach objects, and no status quotes them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import orjson
import pytest

from tenantry import tenant
from tenantry.engine.compile import compile_content
from tenantry.engine.compiled import TemplateError
from tenantry.names import REGISTRY_LABEL, bucket_of
from tenantry.protocol import CustomizeRequest, JSONObject
from tests.support.tenancy import Tenancy, child, config, entry, message, phases, returned

VALUE = "tr0ub4dor"
NAME = f"shops-4-{bucket_of('acme', 4):04d}-rows"


def login(text: str = "{{ secrets.password }}") -> JSONObject:
    metadata = {"name": "login", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": text}}


def row_secret(name: str = NAME, *, registry: str = "shops", **keys: Any) -> JSONObject:
    data = {key: b64encode(orjson.dumps(value)).decode() for key, value in keys.items()}
    metadata = {"name": name, "namespace": "vault", "labels": {REGISTRY_LABEL: registry}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


def shop(*resources: JSONObject, secret: JSONObject | None = None, name: str = NAME) -> Tenancy:
    """A Tenant of a registry with secret columns, which sees this Secret."""
    tenancy = Tenancy(*(resources or (entry("login", login()),)))
    tenancy.spec.update(registry="shops", secret={"name": name, "namespace": "vault"})
    if secret is not None:
        tenancy.related.append(secret)
    return tenancy


def password(answer: Any) -> Any:
    return child(answer, "login")["data"]["password"]


def test_a_secret_reaches_the_object() -> None:
    answer = shop(secret=row_secret(acme={"password": VALUE}, bravo={"password": "other"})).settle()
    assert password(answer) == b64encode(VALUE.encode()).decode()


def test_the_status_shows_no_secret() -> None:
    answer = shop(secret=row_secret(acme={"password": VALUE})).settle()
    shown = orjson.dumps(answer.status).decode()
    assert VALUE not in shown
    assert b64encode(VALUE.encode()).decode() not in shown


@pytest.mark.parametrize(
    "secret",
    [None, row_secret(bravo={"password": VALUE}), row_secret(acme={"other": VALUE}), row_secret(acme="text")],
    ids=["no Secret", "no row", "no column", "nonsense"],
)
@pytest.mark.parametrize("text", ["{{ secrets.password }}", "{{ secrets['password'] | default('') }}"])
def test_an_entry_waits_for_a_secret_that_is_not_there_yet(secret: JSONObject | None, text: str) -> None:
    answer = shop(entry("login", login(text)), secret=secret).sync()
    assert (returned(answer), phases(answer)["login"]) == ([], "Pending/WaitingForValue")
    assert "secrets.password" in message(answer, "login")


def test_an_object_stays_as_it_is_while_its_secret_is_away() -> None:
    tenancy = shop(secret=row_secret(acme={"password": VALUE}))
    before = password(tenancy.settle())
    tenancy.related.pop()
    assert password(tenancy.settle()) == before


def test_another_entry_does_not_wait() -> None:
    answer = shop(entry("login", login()), entry("cfg", config(in_="default"))).sync()
    assert returned(answer) == ["config"]


@pytest.mark.parametrize(
    "text", ["{{ secrets.password | int }}", "{{ secrets.password + 1 }}", "{{ secrets.password.x }}"]
)
def test_an_error_does_not_quote_a_secret(text: str) -> None:
    answer = shop(entry("login", login(text)), secret=row_secret(acme={"password": VALUE})).sync()
    assert phases(answer)["login"] == "Failed/RenderError"
    assert VALUE not in orjson.dumps(answer.status).decode()
    assert message(answer, "login") == (
        ".stringData.password: cannot be rendered with the secrets of this row; "
        "the cause is not told, since it may quote one"
    )


@pytest.mark.parametrize(
    "name",
    ["shops-4-0009-rows", "other-4-0000-rows", "admin-password", NAME.removesuffix("-rows"), f"x{NAME}"],
)
def test_a_tenant_asks_for_no_secret_that_is_not_its_own(name: str) -> None:
    request = CustomizeRequest.parse({"controller": {}, "parent": shop(name=name).parent})
    assert all(rule.resource != "secrets" for rule in tenant.customize(request).related)


def test_a_tenant_asks_for_its_own_row_secret() -> None:
    request = CustomizeRequest.parse({"controller": {}, "parent": shop().parent})
    assert tenant.customize(request).related[-1].to_json() == {
        "apiVersion": "v1",
        "resource": "secrets",
        "namespace": "vault",
        "names": [NAME],
    }


def test_a_secret_of_another_registry_is_not_read() -> None:
    answer = shop(secret=row_secret(registry="others", acme={"password": VALUE})).sync()
    assert phases(answer)["login"] == "Pending/WaitingForValue"


@pytest.mark.parametrize(
    "resource",
    [
        entry("a", config("{{ secrets.password }}", in_="default")),
        entry(
            "a",
            config(in_="default")
            | {"metadata": {"name": "a", "namespace": "b", "annotations": {"x": "{{ secrets.password }}"}}},
        ),
        entry("a", config("{{ item }}", in_="default"), forEach="{{ secrets.names }}"),
        entry("a", config(in_="default"), readyWhen="{{ secrets.password == 'x' }}"),
        entry("a", config(in_="default", x="{{ secrets }}")),
    ],
    ids=["name", "annotation", "forEach", "readyWhen", "all"],
)
def test_a_template_that_would_show_a_secret_is_refused(resource: JSONObject) -> None:
    with pytest.raises(TemplateError, match="secret"):
        compile_content(orjson.dumps([resource]), b"{}")
