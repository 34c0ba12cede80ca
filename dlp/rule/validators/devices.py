"""Secrets of devices, of hosted services and of secret stores whose value can be checked: scrambled passwords that
decode, tokens with a checksum, tokens that are JSON inside."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from dlp.rule.validators.bech32 import BECH32, bech32
from dlp.rule.validators.encodings import base64_of, base64_of_either, json_object

MAX_VALUE: Final = 4_096
"""Characters of a match; no validator looks at more."""

_FAMILIES: Final = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_PLACE: Final = {char: place for place, char in enumerate("".join(_FAMILIES))}
_FILLERS: Final = {char: 3 - number for number, family in enumerate(_FAMILIES) for char in family}
_WEIGHTS: Final = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))

_GRAFANA: Final = re.compile(r"(gl[a-z]{2}_[A-Za-z0-9]{32})_([0-9a-f]{8})")
_TYPE6: Final = re.compile(r"[A-Z\[\\\]^_`a-i]{3,}")
_COMMUNITIES: Final = frozenset(
    """
    public private community read write readonly readwrite none default snmp string secret password version view ipv4
    ipv6 trap traps host name removed redacted hidden group user access encrypted allow index strings your
    """.split()  # noqa: SIM905 - a list of quoted words is harder to keep
)
_MASKED: Final = re.compile(r"(.)\1*|X+.*|x+.*|\*+.*")


def _bytes(value: str, *, url: bool = False) -> bytes | None:
    """Base64 that is not too long; None if it is none."""
    return base64_of(value, url=url) if len(value.rstrip("=")) <= MAX_VALUE else None


def _holds(value: str, prefix: str, names: Iterable[str]) -> bool:
    """Whether what follows the prefix is a JSON object in base64 with these fields."""
    if not value.startswith(prefix):
        return False
    found = json_object(base64_of_either(value[len(prefix) : MAX_VALUE]))
    return found is not None and all(found.get(name) not in (None, "") for name in names)


def juniper_type9(value: str) -> bool:
    """A `$9$` secret of Junos: each character is what its neighbours differ by."""
    if not value.startswith("$9$") or len(value) > MAX_VALUE:
        return False
    text = value[3:]
    if not text or any(char not in _PLACE for char in text):
        return False
    before, at, size = text[0], 1 + _FILLERS[text[0]], 0
    while at < len(text):
        weights = _WEIGHTS[size % len(_WEIGHTS)]
        part = text[at : at + len(weights)]
        if len(part) < len(weights):
            return False
        code = 0
        for weight, char in zip(weights, part, strict=True):
            code += weight * ((_PLACE[char] - _PLACE[before]) % len(_PLACE) - 1)
            before = char
        if not 0x20 <= code % 256 < 0x7F:
            return False
        at += len(weights)
        size += 1
    return size >= 1


def cisco_type6(value: str) -> bool:
    """A `key 6` secret: base 41, three characters for two bytes; a salt of eight bytes, the text, a MAC of four."""
    text = value[:MAX_VALUE]
    if not _TYPE6.fullmatch(text) or len(text) < 20:
        return False
    for at in range(0, len(text) - 2, 3):
        first, second, third = (ord(char) - 0x41 for char in text[at : at + 3])
        if (first * 41 + second) * 41 + third > 0xFFFF:
            return False
    return len(text) % 3 != 1


def grafana_token(value: str) -> bool:
    """A token that ends in the CRC-32 of the rest, lowest byte first."""
    found = _GRAFANA.fullmatch(value)
    return found is not None and zlib.crc32(found[1].encode()).to_bytes(4, "little").hex() == found[2]


def grafana_cloud_token(value: str) -> bool:
    """`glc_` and a JSON object with organisation, name and key."""
    return _holds(value, "glc_", ("o", "k"))


def grafana_api_key(value: str) -> bool:
    """The older key: a JSON object with key and name."""
    return _holds(value, "", ("k", "n"))


def onepassword_service_token(value: str) -> bool:
    """`ops_` and a JSON object that says where to sign in, and with what."""
    return _holds(value, "ops_", ("signInAddress",))


def sentry_org_token(value: str) -> bool:
    """`sntrys_`, a JSON object with the server's address, and a random part."""
    head, _, rest = value.rpartition("_")
    return len(rest) >= 40 and _holds(head, "sntrys_", ("iat",))


def neptune_token(value: str) -> bool:
    """A JSON object with the server's address and a key."""
    return _holds(value, "", ("api_key",))


def _claims(value: str) -> Mapping[str, object]:
    """What a JSON Web Token claims, unverified."""
    parts = value.split(".")
    return (json_object(_bytes(parts[1], url=True)) or {}) if len(parts) == 3 and len(value) <= MAX_VALUE else {}


def supabase_service_role(value: str) -> bool:
    """A project's key that passes by row level security."""
    return _claims(value).get("role") == "service_role"


def supabase_anon(value: str) -> bool:
    """A project's key for browsers."""
    return _claims(value).get("role") == "anon"


def elastic_api_key(value: str) -> bool:
    """Base64 of an id and a key, 20 and 22 characters of base64 for URLs, joined by a colon."""
    data = _bytes(value) or b""
    return re.fullmatch(rb"[A-Za-z0-9_-]{20}:[A-Za-z0-9_-]{22}", data) is not None


def age_key(value: str) -> bool:
    """An identity of age: Bech32, its checksum right."""
    prefix, digits, left = bech32(value)
    return prefix == "age-secret-key-" and len(digits) == 52 and left == BECH32


def key_of_32_bytes(value: str) -> bool:
    """Base64 of 32 bytes that look like chance."""
    data = _bytes(value) if len(value) in (43, 44) else None
    return data is not None and len(data) == 32 and len(set(data)) >= 20


def fortinet_password(value: str) -> bool:
    """What FortiOS writes behind `ENC`: base64 of whole blocks and what goes with them, never short."""
    data = _bytes(value)
    return data is not None and len(data) >= 20 and len(set(data)) >= 12


def paloalto_secret(value: str) -> bool:
    """What PAN-OS scrambles: the version, a SHA-1 sum and AES blocks, each in base64."""
    head, text = value[:5], value[5:]
    digest, rest = _bytes(text[:28]), _bytes(text[28:])
    return head == "-AQ==" and len(digest or b"") == 20 and rest is not None and len(rest) % 16 == 0 and len(rest) > 0


def paloalto_api_key(value: str) -> bool:
    """The same in base64 once more, as the API hands it out."""
    data = _bytes(value)
    return data is not None and data.isascii() and paloalto_secret(data.decode("ascii"))


def community(value: str) -> bool:
    """A community of SNMP that is not the one that every device comes with, nor masked."""
    return 4 <= len(value) <= 64 and value.lower() not in _COMMUNITIES and not _MASKED.fullmatch(value)


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "age-key": age_key,
    "cisco-type6": cisco_type6,
    "community": community,
    "elastic-api-key": elastic_api_key,
    "fortinet-password": fortinet_password,
    "grafana-api-key": grafana_api_key,
    "grafana-cloud-token": grafana_cloud_token,
    "grafana-token": grafana_token,
    "juniper-type9": juniper_type9,
    "key-of-32-bytes": key_of_32_bytes,
    "neptune-token": neptune_token,
    "onepassword-service-token": onepassword_service_token,
    "paloalto-api-key": paloalto_api_key,
    "paloalto-secret": paloalto_secret,
    "sentry-org-token": sentry_org_token,
    "supabase-anon": supabase_anon,
    "supabase-service-role": supabase_service_role,
}
