"""Addresses: parts of URLs, subnets and hosts."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from tenantry.engine.functions.arguments import integer_of, shown, text_of
from tenantry.engine.values import ValueRefused

_LONGEST_URL: Final = 8192
_LONGEST_NETWORK: Final = 64
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")
"""Characters that no URL has, and that programs read differently from one another."""
_ABSOLUTE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//")
_PARTS: Final = ("scheme", "user", "password", "host", "port", "path", "query", "fragment")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def to_host(value: Any) -> str:
    """The host of a URL, or of ``host:port``, in small letters and without brackets."""
    text = text_of(value, "to_host")
    host = _split(text, "to_host")[0].hostname
    if not host:
        raise ValueRefused(f"to_host: {shown(text)} names no host")
    return host


def url_part(value: Any, part: Any) -> str | int | None:
    """One part of a URL. The port is an integer, null if there is none; any other part that is not there is empty."""
    if part not in _PARTS:
        raise ValueRefused(f"url_part: {shown(part)} is no part of a URL: choose one of {', '.join(_PARTS)}")
    url, port = _split(text_of(value, "url_part"), "url_part")
    if part == "port":
        return port
    if part in ("user", "password", "host"):
        found: str | None = getattr(url, {"user": "username", "host": "hostname"}.get(part, part))
    else:
        found = getattr(url, part)
    return found or ""


def cidr_subnet(value: Any, bits: Any, index: Any) -> str:
    """One of the subnets that a network has when its prefix is longer by so many bits; the first has index 0."""
    network = _network(value, "cidr_subnet")
    more = integer_of(bits, "cidr_subnet", "the number of bits")
    number = integer_of(index, "cidr_subnet", "the index")
    if not 0 <= more <= network.max_prefixlen - network.prefixlen:
        raise ValueRefused(f"cidr_subnet: a prefix of {network} cannot be longer by {shown(more)} bits")
    if not 0 <= number < 2**more:
        raise ValueRefused(
            f"cidr_subnet: {network} has {2**more} such subnets: {shown(number)} is not one of 0 to {2**more - 1}"
        )
    prefix = network.prefixlen + more
    first = int(network.network_address) + (number << (network.max_prefixlen - prefix))
    return f"{_address(network, first)}/{prefix}"


def cidr_host(value: Any, index: Any) -> str:
    """The address with this index in a network; the network itself has index 0, and -1 is the last one."""
    network = _network(value, "cidr_host")
    number = integer_of(index, "cidr_host", "the index")
    count = 2 ** (network.max_prefixlen - network.prefixlen)
    if not -count <= number < count:
        raise ValueRefused(f"cidr_host: {network} has {count} addresses: there is none with the index {shown(number)}")
    return str(_address(network, int(network.network_address) + number % count))


def _address(network: _Network, number: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # Not ip_address(number), which takes every small number for one of version 4.
    return ipaddress.IPv4Address(number) if network.version == 4 else ipaddress.IPv6Address(number)


def _network(value: Any, function: str) -> _Network:
    text = text_of(value, function)
    if "/" not in text or len(text) > _LONGEST_NETWORK:
        raise ValueRefused(f"{function}: {shown(text)} is not a network, as 10.0.0.0/8")
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueRefused(f"{function}: {shown(text)} is not a network: {error}") from error


def _split(text: str, function: str) -> tuple[SplitResult, int | None]:
    """A URL, and its port, which may be none that exists."""
    if len(text) > _LONGEST_URL or _UNSAFE.search(text):
        raise ValueRefused(f"{function}: {shown(text)} is not a URL")
    try:
        url = urlsplit(text if _ABSOLUTE.match(text) else f"//{text}")
        return url, url.port
    except ValueError as error:
        raise ValueRefused(f"{function}: {shown(text)} is not a URL: {error}") from error
