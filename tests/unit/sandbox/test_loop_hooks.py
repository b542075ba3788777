from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tenantry.sandbox.loop.errors import HookFailed
from tenantry.sandbox.loop.hooks import decode_customize, decode_sync, retry_after


def test_a_complete_answer_is_decoded() -> None:
    body = b'{"status": {"a": 1}, "children": [{"kind": "Pod"}], "resyncAfterSeconds": 1.5, "finalized": true}'
    answer = decode_sync(body, "sync")
    assert (answer.status, answer.children, answer.resync_after_seconds, answer.finalized) == (
        {"a": 1},
        [{"kind": "Pod"}],
        1.5,
        True,
    )


@pytest.mark.parametrize("body", [b"null", b"{}", b'{"children": null, "status": null, "finalized": null}'])
def test_an_answer_that_says_nothing_wants_no_children(body: bytes) -> None:
    assert decode_sync(body, "sync").children == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "can't unmarshal"),
        (b"<html>", "can't unmarshal"),
        (b"[]", "not an object"),
        (b'{"resyncAfterSeconds": NaN}', "can't unmarshal"),
        (b'{"Children": []}', 'unknown field "Children"'),
        (b'{"attachments": []}', 'unknown field "attachments"'),
        (b'{"children": {}}', "children is not of type list"),
        (b'{"status": []}', "status is not of type dict"),
        (b'{"finalized": 1}', "finalized is not of type bool"),
        (b'{"resyncAfterSeconds": "5"}', "resyncAfterSeconds is not a number"),
        (b'{"resyncAfterSeconds": true}', "resyncAfterSeconds is not a number"),
        (b'{"children": [null]}', r"children\[0\] is null"),
        (b'{"children": [5]}', r"children\[0\] is not an object"),
        (b'{"children": [{"apiVersion": "v1"}]}', "Object 'Kind' is missing"),
        (b'{"children": [{"kind": ""}]}', "Object 'Kind' is missing"),
    ],
)
def test_an_answer_is_decoded_strictly(body: bytes, message: str) -> None:
    with pytest.raises(HookFailed, match=message):
        decode_sync(body, "sync")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("5", "not an object"),
        ('{"apiVersion": "v1", "resources": "pods"}', 'unknown field "relatedResources.resources"'),
        ('{"names": ["a"], "labelSelector": {"matchLabels": {"a": "b"}}}', "cannot have both names and"),
        ('{"namespace": "a", "namespaceSelector": {}}', "cannot have both namespace and"),
        ('{"labelSelector": {"matchLabel": {}}}', "unknown field 'matchLabel'"),
    ],
)
def test_related_rules_are_decoded_strictly(rule: str, message: str) -> None:
    with pytest.raises(HookFailed, match=message):
        decode_customize(f'{{"relatedResources": [{rule}]}}'.encode())


@pytest.mark.parametrize(("value", "seconds"), [("3", 3), ("", 0), ("soon", 0), ("1.5", 0), ("-4", -4)])
def test_retry_after_is_a_whole_number_of_seconds_or_nothing(value: str, seconds: int) -> None:
    assert retry_after(value) == seconds


def test_retry_after_may_be_a_date() -> None:
    then = datetime.now(UTC) + timedelta(hours=1)
    assert 3590 < retry_after(format_datetime(then, usegmt=True)) <= 3600
