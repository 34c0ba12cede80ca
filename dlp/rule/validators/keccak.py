"""The hash of Ethereum and Monero, which the standard library does not have."""

from __future__ import annotations

from functools import cache
from typing import Final

_ROUNDS: Final = 24
_MASK: Final = (1 << 64) - 1


@cache
def _round_constants() -> tuple[int, ...]:
    """FIPS 202, 3.2.5: bits of a shift register."""
    out, register = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for place in range(7):
            if register & 1:
                constant |= 1 << (1 << place) - 1
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        out.append(constant)
    return tuple(out)


def _turned(value: int, by: int) -> int:
    by %= 64
    return (value << by | value >> (64 - by)) & _MASK if by else value


def keccak256(data: bytes) -> bytes:
    """Keccak with the padding from before FIPS 202, as Ethereum and Monero have it. For short data."""
    rate = 136
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % rate))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), rate):
        for place in range(rate // 8):
            lanes[place] ^= int.from_bytes(padded[start + 8 * place : start + 8 * place + 8], "little")
        for constant in _round_constants():
            lanes = _keccak_round(lanes, constant)
    return b"".join(each.to_bytes(8, "little") for each in lanes[:4])


def _keccak_round(lanes: list[int], constant: int) -> list[int]:
    columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
    mixed = [columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
    lanes = [each ^ mixed[place % 5] for place, each in enumerate(lanes)]
    moved, x, y = list(lanes), 1, 0
    current = lanes[1]
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, moved[x + 5 * y] = lanes[x + 5 * y], _turned(current, (step + 1) * (step + 2) // 2)
    out = [
        moved[place]
        ^ (~moved[place - place % 5 + (place + 1) % 5] & _MASK & moved[place - place % 5 + (place + 2) % 5])
        for place in range(25)
    ]
    out[0] ^= constant
    return out
