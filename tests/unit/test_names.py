"""The frozen vocabulary: a test that fails here means that objects of earlier versions would be lost."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry import names


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        (names.API_VERSION, "tenantry.io/v1"),
        (names.MANAGED_BY_LABEL, "app.kubernetes.io/managed-by"),
        (names.MANAGED_BY, "tenantry"),
        (names.TENANT_LABEL, "tenantry.io/tenant"),
        (names.REGISTRY_LABEL, "tenantry.io/registry"),
        (names.BUCKET_LABEL, "tenantry.io/bucket"),
        (names.SHARD_LABEL, "tenantry.io/shard"),
        (names.TEMPLATE_LABEL, "tenantry.io/template"),
        (names.RESOURCE_ID_ANNOTATION, "tenantry.io/resource-id"),
        (names.CONTENT_HASH_ANNOTATION, "tenantry.io/content-hash"),
        (names.DEPENDS_ON_ANNOTATION, "tenantry.io/depends-on"),
        (names.OWNER_ANNOTATION, "tenantry.io/owner"),
        (names.POLL_NOW_ANNOTATION, "tenantry.io/poll-now"),
        (names.APPROVE_DELETIONS_ANNOTATION, "tenantry.io/approve-deletions"),
        (names.FIELD_MANAGER, "metacontroller"),
    ],
)
def test_a_key_is_never_renamed(constant: str, value: str) -> None:
    assert constant == value


SLUGS = [
    ("acme", "acme"),
    ("a", "a"),
    ("7", "7"),
    ("acme-eu", "acme-eu"),
    ("a" * 38, "a" * 38),
    ("a" * 39, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa-@"),
    ("Acme", "acme-@"),
    ("acme corp", "acme-corp-@"),
    ("acme_corp", "acme-corp-@"),
    ("-acme-", "acme-@"),
    ("Ünal & Söhne", "nal-s-hne-@"),
    ("株式会社", "@"),
    ("{{ uid }}", "uid-@"),
    ("acme-deadbeef", "acme-deadbeef-@"),
    ("deadbeef", "deadbeef"),
]


@pytest.mark.parametrize(("uid", "expected"), SLUGS)
def test_slug(uid: str, expected: str) -> None:
    digits = sha256(uid.encode()).hexdigest()[:8]
    assert names.slug(uid) == expected.replace("@", digits)


def test_a_hashed_slug_never_changes() -> None:
    assert names.slug("Acme") == "acme-37036cd8"


@given(st.text(min_size=1))
def test_a_slug_is_a_dns_label_of_at_most_38_characters(uid: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,36}[a-z0-9])?", names.slug(uid))


@given(st.text(min_size=1))
def test_no_uid_can_be_written_that_takes_the_slug_of_a_hashed_one(uid: str) -> None:
    taken = names.slug(uid)
    assert taken == uid or names.slug(taken) != taken or re.fullmatch("[0-9a-f]{8}", taken)


@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?", fullmatch=True), st.text(min_size=1))
def test_a_tenants_name_fits_into_a_label(registry: str, uid: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?", names.tenant_name(registry, uid))


def test_a_tenant_is_named_after_registry_and_uid() -> None:
    assert names.tenant_name("shops", "acme") == "shops.acme"


@pytest.mark.parametrize(
    ("uid", "buckets", "bucket"), [("acme", 64, 62), ("7", 64, 2), ("株式会社", 64, 34), ("acme", 1, 0)]
)
def test_a_uid_stays_in_its_bucket(uid: str, buckets: int, bucket: int) -> None:
    assert names.bucket_of(uid, buckets) == bucket


@given(st.text(), st.integers(min_value=1, max_value=4096))
def test_a_bucket_is_one_of_those_there_are(uid: str, buckets: int) -> None:
    assert 0 <= names.bucket_of(uid, buckets) < buckets


def test_a_slice_is_named_after_registry_number_of_buckets_and_bucket() -> None:
    assert names.slice_name("shops", 64, 3) == "shops-64-0003"


def test_a_bucket_label_tells_the_number_of_buckets() -> None:
    assert names.bucket_label(64, 3) == "64-3"


def test_a_revision_never_changes_its_name() -> None:
    content = {"resources": [{"id": "namespace", "object": {"apiVersion": "v1", "kind": "Namespace"}}]}
    assert names.revision_name("webapp", content) == "webapp-4b98c6475f"


def test_a_revisions_name_does_not_depend_on_the_order_of_keys() -> None:
    assert names.revision_name("webapp", {"a": 1, "b": 2}) == names.revision_name("webapp", {"b": 2, "a": 1})


def test_a_content_hash_never_changes() -> None:
    assert names.content_hash({"kind": "ConfigMap", "data": {"plan": "pro"}}) == "79788736a7"


def test_a_content_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert names.content_hash({"a": 1, "b": 2}) == names.content_hash({"b": 2, "a": 1})


def test_content_that_differs_in_the_order_of_a_list_has_another_hash() -> None:
    assert names.content_hash({"a": [1, 2]}) != names.content_hash({"a": [2, 1]})


def test_a_resource_is_called_by_template_and_entry() -> None:
    assert names.resource_id("webapp", "config") == "webapp/config"


def test_the_marks_of_a_retained_object_never_change() -> None:
    marks = (names.ORPHANED_LABEL, names.DELETION_POLICY_ANNOTATION, names.RETAIN)
    assert marks == ("tenantry.io/orphaned", "tenantry.io/deletion-policy", "Retain")


def test_the_anchor_is_no_controller() -> None:
    assert names.anchor("7d1f") == {"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": "7d1f"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a", "shop/site[a]"),
        ("shop.example.com", "shop/site[shop.example.com]"),
        ("ä/ö", "shop/site[ä/ö]"),
        ("a, b[c]%\n", "shop/site[a%2C%20b%5Bc%5D%25%0A]"),
    ],
)
def test_ids_of_items(key: str, name: str) -> None:
    assert names.item_id("shop/site", key) == name


@pytest.mark.parametrize("id_", ["shop/site", "shop/site[a]", "shop/site[%5B]"])
def test_the_entry_of_an_item(id_: str) -> None:
    assert names.entry_of(id_) == "shop/site"


def test_a_row_secret_is_named_after_its_slice() -> None:
    assert names.row_secret_name(names.slice_name("shops", 64, 3)) == "shops-64-0003-rows"


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("shops-4-0002-rows", True),
        ("shops-1-0000-rows", True),
        ("shops-4-0003-rows", False),
        ("shops-0-0000-rows", False),
        ("shops-4-2-rows", False),
        ("shops-4-0002", False),
        ("other-4-0001-rows", False),
        ("shops-4-0002-rows\n", False),
    ],
)
def test_a_tenant_may_read_the_row_secret_of_its_bucket_alone(name: str, may: bool) -> None:
    assert names.bucket_of("acme", 4) == 2
    assert names.may_read_row_secret(name, registry="shops", uid="acme") is may


def test_a_tenant_without_a_registry_may_read_no_row_secret() -> None:
    assert not names.may_read_row_secret("-1-0000-rows", registry="", uid="acme")
