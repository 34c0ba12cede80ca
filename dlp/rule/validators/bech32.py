"""Bech32 and bech32m (BIP-173, BIP-350): a prefix, a 1, digits to the base 32, six more to check them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BECH32: Final = 1
"""What the checksum leaves."""
BECH32M: Final = 0x2BC830A3

DIGITS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM: Final = 6
_LONGEST: Final = 1_200


def bech32(value: str) -> tuple[str, list[int], int]:
    """(what is in front, in small letters; the digits without their checksum; what the checksum leaves); empty where
    it is none."""
    if len(value) > _LONGEST or value not in (value.lower(), value.upper()):
        return "", [], 0
    prefix, _, data = value.lower().rpartition("1")
    values = [DIGITS.find(each) for each in data]
    if not prefix or not prefix.isascii() or len(values) < _CHECKSUM + 2 or min(values) < 0:
        return "", [], 0
    spread = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    return prefix, values[:-_CHECKSUM], _polymod(spread + values)


def _polymod(values: Iterable[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            total ^= generator if top >> place & 1 else 0
    return total
