"""Names, labels and annotations: the frozen vocabulary by which Tenantry recognises its objects.

Everything here is part of the API: a change would orphan what earlier versions made. Each rule has test vectors.
"""

from __future__ import annotations

import re
import zlib
from hashlib import sha256
from typing import Final

import orjson

from tenantry.protocol import JSONObject, ObjectMap

GROUP: Final = "tenantry.io"
VERSION: Final = "v1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"
MANAGED_BY: Final = "tenantry"
TENANT_LABEL: Final = f"{GROUP}/tenant"
"""Name of the Tenant, on every object of a tenant: the selector by which a Tenant finds and adopts its objects."""
REGISTRY_LABEL: Final = f"{GROUP}/registry"
BUCKET_LABEL: Final = f"{GROUP}/bucket"
SHARD_LABEL: Final = f"{GROUP}/shard"
TENANT_CONTROLLER: Final = "tenantry-tenants"
"""The permanent CompositeController of Tenants; that of a shard has the shard's name behind it."""
SLICE_CONTROLLER: Final = "tenantry-slices"
"""The CompositeController of TenantSlices."""
CONTROLLER_FINALIZER: Final = "metacontroller.io/compositecontroller-"
"""How the finalizers begin that Metacontroller puts on parents of CompositeControllers: the controller's name follows.
"""
ORPHANED_LABEL: Final = f"{GROUP}/orphaned"
"""``"true"`` on a retained object that has no place any more."""
TEMPLATE_LABEL: Final = f"{GROUP}/template"

RESOURCE_ID_ANNOTATION: Final = f"{GROUP}/resource-id"
CONTENT_HASH_ANNOTATION: Final = f"{GROUP}/content-hash"
DEPENDS_ON_ANNOTATION: Final = f"{GROUP}/depends-on"
OWNER_ANNOTATION: Final = f"{GROUP}/owner"
DELETION_POLICY_ANNOTATION: Final = f"{GROUP}/deletion-policy"
"""``RETAIN`` on an object that stays when it loses its place; absent from one that goes then."""
RETAIN: Final = "Retain"
CONFLICT_POLICY_ANNOTATION: Final = f"{GROUP}/conflict-policy"
"""``FORCE`` on an object that takes the place of one that somebody else made; the guard policy goes by it."""
FORCE: Final = "Force"
REAPPLY_ANNOTATION: Final = f"{GROUP}/reapply"
"""The resourceVersion at which something of ours was found stripped: its only purpose is to change the answer."""
SEQUENCE_ANNOTATION: Final = f"{GROUP}/sequence"
"""On row Secrets: grows by one with each change."""
POLL_NOW_ANNOTATION: Final = f"{GROUP}/poll-now"
SKIP_PRE_DELETE_ANNOTATION: Final = f"{GROUP}/skip-pre-delete"
"""``"true"`` on a Tenant that shall go although its PreDelete entries did not complete."""
DATASOURCE_LABEL: Final = f"{GROUP}/datasource"
"""``"true"`` on a Secret that sources may use."""
APPROVE_DELETIONS_ANNOTATION: Final = f"{GROUP}/approve-deletions"
PAUSED_ANNOTATION: Final = f"{GROUP}/paused"
"""``"true"`` on a Tenant that is frozen: its objects stay as they are, and it is not deleted either."""

FIELD_MANAGER: Final = "metacontroller"
"""The field manager under which Metacontroller applies; its Apply entry tells what was applied last."""

ANCHOR_NAMESPACE: Final = "kube-system"

_PLAIN_SLUG = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,36}[a-z0-9])?(?<!-[0-9a-f]{8})")
"""A DNS label that does not end like a hashed slug."""
_OTHER_CHARACTERS = re.compile(r"[^a-z0-9]+")
_NOT_IN_KEYS = re.compile(r"[\x00-\x20\x7f%,\[\]]")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def slug(uid: str) -> str:
    """A DNS label of at most 38 characters for a uid: the uid itself where it is one, else a cleaned part and a hash.

    A uid that already ends like a hashed slug is hashed too, so that it cannot take another uid's slug on purpose.
    """
    if _PLAIN_SLUG.fullmatch(uid):
        return uid
    cleaned = _OTHER_CHARACTERS.sub("-", uid.translate(_ASCII_LOWER)).strip("-")[:29]
    digits = sha256(uid.encode()).hexdigest()[:8]
    return f"{cleaned}-{digits}" if cleaned else digits


def tenant_name(registry: str, uid: str) -> str:
    """Name of the Tenant of a row: at most 63 characters, since a registry's name has at most 24."""
    return f"{registry}.{slug(uid)}"


def controller_of(shard: str) -> str:
    """Name of the CompositeController that serves a shard; the empty shard is the permanent one's."""
    return f"{TENANT_CONTROLLER}-{shard}" if shard else TENANT_CONTROLLER


def finalizer_of(controller: str) -> str:
    """The finalizer of a CompositeController that has a finalize hook, on each of its parents."""
    return CONTROLLER_FINALIZER + controller


def bucket_of(uid: str, buckets: int) -> int:
    """The bucket, 0 to ``buckets - 1``, in which a uid lives for as long as the number of buckets stays."""
    return zlib.crc32(uid.encode()) % buckets


def bucket_label(buckets: int, bucket: int) -> str:
    """Value of the bucket label. It names the number of buckets too: bucket 3 of 8 is not bucket 3 of 16."""
    return f"{buckets}-{bucket}"


def slice_name(registry: str, buckets: int, bucket: int) -> str:
    """Name of the TenantSlice of one bucket."""
    return f"{registry}-{buckets}-{bucket:04d}"


def row_secret_name(slice_: str) -> str:
    """Name of the Secret with the secret columns of a slice's rows."""
    return f"{slice_}-rows"


def may_read_row_secret(name: str, *, registry: str, uid: str) -> bool:
    """Whether this is the name of a tenant's own row Secret, whatever the number of buckets."""
    found = re.fullmatch(rf"{re.escape(registry)}-(\d{{1,4}})-(\d{{4}})-rows", name) if registry else None
    if found is None:
        return False
    buckets = int(found[1])
    return buckets > 0 and row_secret_name(slice_name(registry, buckets, bucket_of(uid, buckets))) == name


def revision_name(template: str, canonical: JSONObject) -> str:
    """Name of the revision of a template whose content, defaults left out, is ``canonical``."""
    digest = sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{template}-{digest[:10]}"


def content_hash(rendered: JSONObject) -> str:
    """Ten hex digits that tell one rendered content of an object from another."""
    return content_hash_of(canonical_json(rendered))


def canonical_json(rendered: JSONObject) -> bytes:
    """The text by which contents are compared: JSON with sorted keys."""
    return orjson.dumps(rendered, option=orjson.OPT_SORT_KEYS)


def content_hash_of(canonical: bytes) -> str:
    """``content_hash`` of content that is canonical JSON already."""
    return sha256(canonical).hexdigest()[:10]


def resource_id(template: str, entry: str) -> str:
    """How an entry of a template is called in annotations and in a Tenant's status."""
    return f"{template}/{entry}"


def item_id(entry: str, key: str) -> str:
    """How one item of an entry with ``forEach`` is called. Ids are listed with commas between them."""
    return f"{entry}[{_NOT_IN_KEYS.sub(lambda found: f'%{ord(found[0]):02X}', key)}]"


def entry_of(id_: str) -> str:
    """The entry of an item; any other id is that of an entry already."""
    return id_.partition("[")[0]


def anchor(kube_system_uid: str) -> JSONObject:
    """An owner reference to Namespace kube-system, which nobody deletes: what carries it is never garbage-collected."""
    return {"apiVersion": "v1", "kind": "Namespace", "name": ANCHOR_NAMESPACE, "uid": kube_system_uid}


def is_paused(tenant: JSONObject) -> bool:
    """Whether somebody froze a Tenant by annotation."""
    return (tenant["metadata"].get("annotations") or {}).get(PAUSED_ANNOTATION) == "true"


def anchor_uid(related: ObjectMap) -> str:
    """uid of Namespace kube-system among related objects; empty while it is not known."""
    namespace = related.get("Namespace.v1", {}).get(ANCHOR_NAMESPACE)
    return str(namespace["metadata"].get("uid") or "") if namespace else ""
