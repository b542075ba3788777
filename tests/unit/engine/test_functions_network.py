"""Addresses, and regular expressions that are never slow."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.engine.functions.network import cidr_host, cidr_subnet
from tests.support.rendering import refusal, render

URL = "https://Ann:p%40ss@[2001:db8::1]:8443/a/b?x=1&y=2#top"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("scheme", "https"),
        ("user", "Ann"),
        ("password", "p%40ss"),
        ("host", "2001:db8::1"),
        ("port", 8443),
        ("path", "/a/b"),
        ("query", "x=1&y=2"),
        ("fragment", "top"),
    ],
)
def test_a_url_has_parts(part: str, expected: Any) -> None:
    assert render("{{ x | url_part(y) }}", x=URL, y=part) == expected


@pytest.mark.parametrize("part", ["scheme", "user", "password", "path", "query", "fragment"])
def test_a_part_that_is_not_there_is_empty(part: str) -> None:
    assert render("{{ 'shop' | url_part(y) }}", y=part) == ""


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("shop.example.com", "shop.example.com"),
        ("SHOP:80/x", "shop"),
        ("http://user@shop/x", "shop"),
        ("//shop", "shop"),
        ("shop/login?next=http://other", "shop"),
        ("[::1]:80", "::1"),
    ],
)
def test_a_host_is_found(text: str, host: str) -> None:
    assert render("{{ x | to_host }}", x=text) == host


@pytest.mark.parametrize(
    "text",
    ["", "http://", "http://a b", "http://a\nb", "http://a:99999", "http://a:x", "http://[::1", "a\\b", "mailto://"],
)
def test_what_has_no_host_is_refused(text: str) -> None:
    assert "to_host: " in refusal("{{ x | to_host }}", x=text).message


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ '10.0.0.0' | cidr_host(1) }}", "'10.0.0.0' is not a network"),
        ("{{ '10.0.0.0/33' | cidr_host(1) }}", "'10.0.0.0/33' is not a network"),
        ("{{ '10.0.0.0/30' | cidr_host(4) }}", "has 4 addresses"),
        ("{{ '10.0.0.0/30' | cidr_host(-5) }}", "has 4 addresses"),
        ("{{ '10.0.0.0/30' | cidr_host('1') }}", "must be an integer"),
        ("{{ '10.0.0.0/30' | cidr_subnet(3, 0) }}", "cannot be longer by 3 bits"),
        ("{{ '10.0.0.0/30' | cidr_subnet(-1, 0) }}", "cannot be longer by -1 bits"),
        ("{{ '10.0.0.0/30' | cidr_subnet(1, -1) }}", "not one of 0 to 1"),
        ("{{ 'x' | url_part(1) }}", "1 is no part of a URL"),
    ],
)
def test_an_address_that_does_not_exist_is_refused(source: str, part: str) -> None:
    assert part in refusal(source).message


def test_a_small_address_of_version_6_stays_one() -> None:
    assert cidr_host("::/64", 7) == "::7"


@given(st.integers(8, 20), st.integers(0, 6), st.data())
def test_a_subnet_is_the_one_that_a_list_of_all_has_there(prefix: int, bits: int, data: st.DataObject) -> None:
    network = ipaddress.ip_network((10 << 24, prefix))
    index = data.draw(st.integers(0, 2**bits - 1))
    assert cidr_subnet(str(network), bits, index) == str(list(network.subnets(bits))[index])


@given(st.integers(24, 32), st.data())
def test_a_host_is_the_one_that_the_network_has_there(prefix: int, data: st.DataObject) -> None:
    network = ipaddress.ip_network((10 << 24, prefix))
    index = data.draw(st.integers(-network.num_addresses, network.num_addresses - 1))
    assert cidr_host(str(network), index) == str(network[index])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'ab' | regex_match('^a') }}", True),
        ("{{ 'ab' | regex_match('^b') }}", False),
        ("{{ '' | regex_match('') }}", True),
        ("{{ 12 | regex_match('^[0-9]+$') }}", True),
        ("{{ 'é' | regex_match('^.$') }}", True),
        ("{{ 'äbc' | regex_replace('b', '') }}", "äc"),
        ("{{ 'ab' | regex_replace('(a)|(b)', '[\\\\1\\\\2]') }}", "[a][b]"),
        ("{{ 'ab' | regex_replace('b', '\\\\\\\\') }}", "a\\"),
        ("{{ 'ab' | regex_replace('', '-') }}", "-a-b-"),
        ("{{ 'ab' | regex_replace('x', '-') }}", "ab"),
        ("{{ 'John Smith' | regex_replace('(\\\\w+) (\\\\w+)', '\\\\2 \\\\1 (\\\\0)') }}", "Smith John (John Smith)"),
        ("{{ ('a' * 50000 ~ 'b') | regex_match('(a+a+)+$') }}", False),
        ("{{ ('a' * 200) | regex_replace('(a*)*$', 'b') | length < 3 }}", True),
    ],
)
def test_a_pattern_finds(source: str, expected: Any) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ 'a' | regex_match('(?=a)') }}", "'(?=a)' is not a pattern of RE2"),
        ("{{ 'a' | regex_match(1) }}", "not 1"),
        ("{{ 'a' | regex_match('(a|b){1000}') }}", "too large"),
        ("{{ 'a' | regex_replace('(a)', '\\\\2') }}", "has 1 groups"),
        ("{{ 'a' | regex_replace('(a)', 'x\\\\') }}", "write"),
        ("{{ 'a' | regex_replace('(a)', none) }}", "given null"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(source: str, part: str) -> None:
    assert part in refusal(source).message
