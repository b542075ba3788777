"""Whatever happens, in whatever order: nothing retained ever goes, and neither does the Namespace that holds it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry.protocol import JSONObject, ObjectKey
from tests.support.tenancy import Tenancy, config, deployment, entry, namespace, widget

CANDIDATES = (
    ("ns", namespace("{{ home }}"), False),
    ("data", config("data-{{ v }}", in_="{{ home }}", v="{{ v }}"), True),
    ("same", config("data-{{ v }}", in_="{{ home }}", v="{{ v }}"), True),
    ("store", config("store", in_="{{ place }}", v="{{ v }}"), True),
    ("base", namespace("{{ place }}"), False),
    ("kept", widget("kept-{{ v }}", v="{{ v }}"), True),
    ("web", deployment("web-{{ v }}", in_="{{ home }}"), False),
    ("other", config("other", in_="{{ home }}", v="{{ v }}"), False),
)
"""Entries: id, object, and whether it is retained."""
RETAINED = frozenset(f"shop/{id_}" for id_, _, retained in CANDIDATES if retained)
STEPS = ("sync", "sync", "template", "value", "home", "ill", "refuse", "delete", "return", "blind", "invalid")


@st.composite
def resources(draw: st.DrawFn) -> list[JSONObject]:
    """A template with some of the candidates, in any order, with any options."""
    entries = []
    for id_, obj, retained in draw(st.permutations(CANDIDATES)):
        if not draw(st.booleans()):
            continue
        options: JSONObject = {"deletionPolicy": "Retain"} if retained else {}
        options["onRename"] = draw(st.sampled_from(["Block", "Replace"]))
        options["creationPolicy"] = draw(st.sampled_from(["WhenNeeded", "Once"]))
        options["when"] = draw(st.sampled_from(["", "{{ v == '1' }}", "{{ missing }}"]))
        entries.append(entry(id_, obj, **options))
    return entries


def retained_in(tenancy: Tenancy) -> set[ObjectKey]:
    """What must never go from now on."""
    keys = {
        key
        for key, obj in tenancy.objects.items()
        if obj["metadata"]["annotations"]["tenantry.io/resource-id"] in RETAINED
    }
    homes = {key.key.partition("/")[0] for key in keys if "/" in key.key}
    return keys | {key for key in tenancy.objects if key.type_key == "Namespace.v1" and key.key in homes}


def take(step: str, tenancy: Tenancy, draw: st.DataObject) -> None:
    """Something happens to a tenant."""
    deleting = "deletionTimestamp" in tenancy.parent["metadata"]
    if step == "sync":
        tenancy.finalize() if deleting else tenancy.sync()
    elif step == "template":
        tenancy.use(shop=draw.draw(resources()))
    elif step == "value":
        tenancy.change(v=draw.draw(st.sampled_from(["1", "2"])))
    elif step == "home":
        tenancy.change(**{draw.draw(st.sampled_from(["home", "place"])): draw.draw(st.sampled_from(["old", "new"]))})
    elif step == "ill":
        tenancy.health = {"web-1": draw.draw(st.sampled_from([{}, {"observedGeneration": 1, "updatedReplicas": 1}]))}
    elif step == "refuse":
        tenancy.refused = draw.draw(st.sampled_from([set(), {"data-1"}, {"old", "new"}, {"store", "web-2"}]))
    elif step == "delete":
        tenancy.delete()
    elif step == "return" and deleting:
        tenancy.parent["metadata"].pop("deletionTimestamp")
        tenancy.parent.pop("status", None)
    elif step == "blind":
        tenancy.related = []
    elif step == "invalid":
        tenancy.spec["nulls"] = draw.draw(st.sampled_from([[], 1]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), steps=st.lists(st.sampled_from(STEPS), max_size=25))
def test_nothing_retained_ever_goes(data: st.DataObject, steps: list[str]) -> None:
    tenancy = Tenancy(values={"v": "1", "home": "old", "place": "new"})
    tenancy.use(shop=data.draw(resources()))
    seen: set[ObjectKey] = set()
    for step in ("sync", "sync", *steps, "sync", "delete", *["sync"] * 6):
        take(step, tenancy, data)
        seen |= retained_in(tenancy)
        assert seen <= tenancy.objects.keys()
