"""Encodings and digests of texts, always of their UTF-8."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from tenantry.engine.functions.arguments import shown, text_of
from tenantry.engine.values import ValueRefused


def sha1(value: Any) -> str:
    """40 hexadecimal digits. For names that others derive in the same way; it protects nothing."""
    return hashlib.sha1(text_of(value, "sha1").encode(), usedforsecurity=False).hexdigest()


def sha256(value: Any) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(text_of(value, "sha256").encode()).hexdigest()


def b64encode(value: Any) -> str:
    """Base64 (RFC 4648, section 4) of a text."""
    return base64.b64encode(text_of(value, "b64encode").encode()).decode()


def b64decode(value: Any) -> str:
    """The text of which this is the Base64. Line breaks and spaces are passed over."""
    found = text_of(value, "b64decode")
    try:
        return base64.b64decode("".join(found.split()), validate=True).decode()
    except UnicodeDecodeError as error:
        raise ValueRefused(f"b64decode: {shown(found)} stands for bytes that are not UTF-8 text") from error
    except (binascii.Error, ValueError) as error:
        raise ValueRefused(f"b64decode: {shown(found)} is not Base64") from error
