"""Which of the observed objects belongs to an entry whose name changes, where an orphan has the new name."""

from __future__ import annotations

from tenantry.names import ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, config, entry, phases


def data(**options: str) -> JSONObject:
    return entry("data", config("data-{{ v }}", in_="default"), deletionPolicy="Retain", **options)


def beside_an_orphan(**options: str) -> Tenancy:
    """A tenant with ``data-1`` that wants ``data-2``, which it had before its entry was gone for a while."""
    tenancy = Tenancy(data(**options), values={"v": "2"})
    tenancy.settle()
    tenancy.use(shop=[])
    tenancy.settle()
    tenancy.use(shop=[data(**options)])
    tenancy.change(v="1")
    tenancy.settle()
    tenancy.change(v="2")
    return tenancy


def is_orphan(obj: JSONObject) -> bool:
    return ORPHANED_LABEL in obj["metadata"]["labels"]


def forget(tenancy: Tenancy, name: str) -> None:
    del tenancy.objects[next(key for key in tenancy.objects if key.key.endswith(f"/{name}"))]


def test_an_entry_that_blocks_a_rename_stays_with_the_object_that_it_has() -> None:
    tenancy = beside_an_orphan()
    before = tenancy.live("data-1")
    answer = tenancy.settle()
    assert (phases(answer)["data"], tenancy.live("data-1")) == ("Blocked/IdentityChanged", before)


def test_an_orphan_of_the_new_name_stays_an_orphan_and_untouched() -> None:
    tenancy = beside_an_orphan()
    before = tenancy.live("data-2")
    tenancy.settle()
    assert (tenancy.live("data-2"), is_orphan(before)) == (before, True)


def test_the_status_tells_of_the_orphan_too() -> None:
    answer = beside_an_orphan().settle()
    assert answer.status["counts"]["retained"] == 1


def test_the_orphan_is_taken_up_when_the_object_in_its_place_is_gone() -> None:
    tenancy = beside_an_orphan()
    tenancy.settle()
    forget(tenancy, "data-1")
    answer = tenancy.settle()
    assert (phases(answer)["data"], is_orphan(tenancy.live("data-2"))) == ("Ready", False)


def test_an_entry_that_replaces_takes_the_orphan_up_and_leaves_its_former_object_as_one() -> None:
    tenancy = beside_an_orphan(onRename="Replace")
    tenancy.settle()
    assert (is_orphan(tenancy.live("data-1")), is_orphan(tenancy.live("data-2"))) == (True, False)
