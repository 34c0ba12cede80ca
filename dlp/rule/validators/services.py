"""Tokens of services for payments, chat, mail and office work that prove themselves: by a checksum, or by what they
decode to."""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.bech32 import BECH32, bech32
from dlp.rule.validators.encodings import base64_of_either, in_base, json_object

_LONGEST: Final = 4_096
_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CRC_62: Final = 6
_SNOWFLAKE: Final = re.compile(rb"[1-9][0-9]{16,19}")
_INTERCOM: Final = re.compile(rb"tok:[0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}:\d:\d")
_HUBSPOT: Final = re.compile(rb"\n.(?:na|eu|ap|ca)\d-[0-9a-f]{4}", re.DOTALL)
_CALENDLY: Final = "https://auth.calendly.com"
_MONDAY: Final = frozenset({"tid", "aai", "uid", "iad"})
_MORALIS: Final = frozenset({"nonce", "orgId", "userId"})


def _decoded(value: str) -> bytes:
    return base64_of_either(value[:_LONGEST]) or b""


def _claims(value: str) -> Mapping[str, object]:
    """The payload of a JSON Web Token; nothing if it is none."""
    parts = value[:_LONGEST].split(".")
    if len(parts) != 3 or not _decoded(parts[0]).startswith(b"{"):
        return {}
    return json_object(_decoded(parts[1])) or {}


def matrix_token(value: str) -> bool:
    """A token of Synapse or of Matrix Authentication Service: all of it is followed by its CRC-32 to the base 62."""
    head, _, crc = value.rpartition("_")
    if not head or not head.isascii():
        return False
    return crc == in_base(zlib.crc32(head.encode()), _BASE62, _CRC_62)


def discord_token(value: str) -> bool:
    """The first part is base64 of the number of the bot's account."""
    number = _decoded(value.partition(".")[0])
    return _SNOWFLAKE.fullmatch(number) is not None and int(number) < 2**63


def intercom_token(value: str) -> bool:
    """Base64 of `tok:`, an identifier, and two figures."""
    return _INTERCOM.fullmatch(_decoded(value)) is not None


def hubspot_personal_key(value: str) -> bool:
    """A message whose first field is an identifier that begins with a region."""
    return _HUBSPOT.match(_decoded(value)) is not None


def nostr_secret(value: str) -> bool:
    """Bech32 (BIP-173) over 32 bytes, as NIP-19 has it."""
    _, digits, left = bech32(value)
    return value.islower() and len(digits) == 52 and left == BECH32


def calendly_jwt(value: str) -> bool:
    """A JSON Web Token that Calendly issued."""
    return _claims(value).get("iss") == _CALENDLY


def monday_jwt(value: str) -> bool:
    """A JSON Web Token with monday.com's own claims."""
    return _claims(value).keys() >= _MONDAY


def moralis_jwt(value: str) -> bool:
    """A JSON Web Token with Moralis' own claims."""
    return _claims(value).keys() >= _MORALIS


def pinata_jwt(value: str) -> bool:
    """A JSON Web Token that holds a key of Pinata and its secret."""
    return "scopedKeySecret" in _claims(value)


def printify_jwt(value: str) -> bool:
    """A JSON Web Token whose scopes are those of Printify."""
    scopes = _claims(value).get("scopes")
    return isinstance(scopes, list) and any(scope in ("shops.read", "shops.manage") for scope in scopes)


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "calendly-jwt": calendly_jwt,
    "discord-token": discord_token,
    "hubspot-personal-key": hubspot_personal_key,
    "intercom-token": intercom_token,
    "matrix-token": matrix_token,
    "monday-jwt": monday_jwt,
    "moralis-jwt": moralis_jwt,
    "nostr-secret": nostr_secret,
    "pinata-jwt": pinata_jwt,
    "printify-jwt": printify_jwt,
}
