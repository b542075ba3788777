"""Pieces of ``tenantry doctor`` that need no cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.cli.doctor.check import missing_from
from tenantry.cli.doctor.metacontroller import flags_of
from tenantry.cli.doctor.webhooks import Service, service_of


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["--client-go-qps=200"], {"client-go-qps": "200"}),
        (["--client-go-qps", "200", "--leader-election"], {"client-go-qps": "200", "leader-election": "true"}),
        (["-client-go-qps=-1"], {"client-go-qps": "-1"}),
        (["--client-go-qps", "-1"], {"client-go-qps": "-1"}),
        (["/usr/bin/metacontroller", "--workers=1=2"], {"workers": "1=2"}),
    ],
)
def test_flags_are_read_as_go_programs_read_them(words: list[str], flags: dict[str, str]) -> None:
    assert flags_of(words) == flags


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("http://tenantry.tenantry-system.svc:8080", Service("tenantry", "tenantry-system")),
        ("https://tenantry.prod.svc.cluster.local:443", Service("tenantry", "prod")),
        ("http://tenantry.prod", Service("tenantry", "prod")),
        ("http://127.0.0.1:8080", None),
        ("http://localhost:8080", None),
    ],
)
def test_an_address_in_the_cluster_names_a_service(address: str, service: Service | None) -> None:
    assert service_of(address) == service


@pytest.mark.parametrize(
    ("found", "wanted", "paths"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, []),
        ({"a": 1}, {"a": 1, "b": 2}, [".b"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [".a.b"]),
        ({"a": [1]}, {"a": [1, 2]}, [".a"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [".a[0].b"]),
        ({}, {"a": {}, "b": [], "c": False}, []),
    ],
)
def test_what_is_missing_is_told_by_its_path(found: Any, wanted: Any, paths: list[str]) -> None:
    assert list(missing_from(found, wanted)) == paths
