"""Values of rows, objects and templates as nobody would write them by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tenantry.protocol import JSONObject
from tests.support.tenancy import config, entry, namespace, widget

HOSTILE_TEXTS = (
    *("{{ uid }}", "{{ 7 * 7 }}", "{% for x in range(9999) %}x{% endfor %}", "{# x #}", "}}", "{{", "{%", "%}"),
    *(
        "'",
        '"',
        "\\",
        "`",
        "'; DROP TABLE shops; --",
        "${HOME}",
        "$(X)",
        "%s%n",
        "{0.__class__}",
        "\x00",
        "\x7f",
        "\u2028",
    ),
    *(
        "null",
        "None",
        "true",
        "1e309",
        "NaN",
        "007",
        "-0",
        "[1]",
        "{'a': 1}",
        "__import__('os')",
        "\U0001f600",
        "e\u0301",
    ),
    *("", " ", "\n", "\r\n", "\ufeff", "x" * 10_240, "\U0001f600" * 2_560, "{{ '" + "x" * 10_000 + "' }}"),
)


def texts() -> st.SearchStrategy[str]:
    """Text that a database may hold: anything but half surrogate pairs, which no UTF-8 has."""
    return st.one_of(st.sampled_from(HOSTILE_TEXTS), st.text(st.characters(codec="utf-8"), max_size=200))


def scalars() -> st.SearchStrategy[Any]:
    """Values of a column, after JSON had them."""
    floats = st.floats(allow_nan=False, allow_infinity=False)
    return st.one_of(texts(), st.integers(-(2**63), 2**63 - 1), floats, st.booleans())


def json_values() -> st.SearchStrategy[Any]:
    """Values of a column of JSON."""
    return st.recursive(
        st.one_of(scalars(), st.none()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4),
        max_leaves=12,
    )


def uids() -> st.SearchStrategy[str]:
    return texts().filter(bool)


@st.composite
def templates(draw: st.DrawFn, *, largest: int = 8) -> list[JSONObject]:
    """Entries that depend on each other without a circle, some of them in a Namespace of the tenant, in any order."""
    count = draw(st.integers(1, largest))
    resources = [entry("ns", namespace())] if draw(st.booleans()) else []
    for number in range(count):
        needs = draw(st.lists(st.integers(0, number - 1), unique=True, max_size=3)) if number else []
        in_namespace = bool(resources) and resources[0]["id"] == "ns" and draw(st.booleans())
        obj = config(f"c{number}", v="{{ v }}") if in_namespace else widget(f"w{number}", x="{{ v }}", n=number)
        options: JSONObject = {"dependsOn": [f"e{need}" for need in needs]}
        if draw(st.integers(0, 4)) == 0:
            options["creationPolicy"] = "Once"
        resources.append(entry(f"e{number}", obj, **options))
    shuffled: list[JSONObject] = draw(st.permutations(resources))
    return shuffled


def depth_of(resources: list[JSONObject]) -> int:
    """Entries on the longest path of dependencies, Namespaces included."""
    needs = {one["id"]: list(one.get("dependsOn") or ()) for one in resources}
    for one in resources:
        if "namespace" in one["object"]["metadata"]:
            needs[one["id"]].append("ns")
    depths: dict[str, int] = {}

    def depth(id_: str) -> int:
        if id_ not in depths:
            depths[id_] = 1 + max((depth(need) for need in needs[id_]), default=0)
        return depths[id_]

    return max(depth(id_) for id_ in needs)
