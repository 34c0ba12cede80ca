"""Base64, JSON and numbers to a base, as tokens have them."""

from __future__ import annotations

import base64
import binascii
import json


def base64_of(value: str, *, url: bool = False) -> bytes | None:
    """Base64, with or without its padding; None if it is none, or of nothing. `url`: - and _ for + and /."""
    text = value.rstrip("=")
    if not text or len(text) % 4 == 1:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if url else None, validate=True)
    except (binascii.Error, ValueError):
        return None


def base64_of_either(value: str) -> bytes | None:
    """Base64 of either alphabet, mixed even; otherwise as `base64_of`."""
    return base64_of(value.replace("-", "+").replace("_", "/"))


def json_object(data: bytes | None) -> dict[str, object] | None:
    """A JSON object; None if it is none."""
    if not data or not data.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def in_base(number: int, digits: str, width: int) -> str:
    """A number of 0 or more, with zeros in front up to the width."""
    out = ""
    while number:
        number, rest = divmod(number, len(digits))
        out = digits[rest] + out
    return out.rjust(width, digits[0])
