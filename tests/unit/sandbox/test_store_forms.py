from __future__ import annotations

import pytest

from tenantry.sandbox.store.notation import Structures
from tenantry.sandbox.store.quantities import canonical_quantity
from tenantry.sandbox.store.resources import built_in_resources
from tenantry.sandbox.store.selectors import parse_selector


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000k", "1M"),
        ("1e3", "1e3"),
        ("1e6", "1e6"),
        ("100", "100"),
        ("0", "0"),
        ("0.0000000001", "1n"),
        ("-2000m", "-2"),
    ],
)
def test_a_quantity_has_one_form(given: str, stored: str) -> None:
    assert canonical_quantity(given) == stored


@pytest.mark.parametrize("text", ["", "x", "1Xi", "1 Gi", "--1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        canonical_quantity(text)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("tier=web", True),
        ("tier==web,app", True),
        ("tier!=web", False),
        ("other!=web", True),
        ("tier in (db, web)", True),
        ("tier notin (db,web)", False),
        ("other notin (db)", True),
        ("!other", True),
        ("! tier", False),
        ("example.com/key=value", True),
        ("tier=web,app=x", False),
    ],
)
def test_a_label_selector_selects(selector: str, *, matches: bool) -> None:
    labels = {"tier": "web", "app": "shop", "example.com/key": "value"}
    assert parse_selector(selector)(labels) is matches


def test_every_structure_of_the_tables_can_be_read() -> None:
    assert len(built_in_resources()) == 29


def test_the_notation_knows_lists_by_key() -> None:
    ports = Structures("Spec: ports:[Port]port+protocol\nPort: port!:int protocol:string")["Spec"].fields["ports"]
    assert (ports.keys, ports.atomic) == (("port", "protocol"), False)


def test_the_notation_knows_atomic_structures() -> None:
    assert Structures("Selector#: matchLabels:{string}")["Selector"].atomic
