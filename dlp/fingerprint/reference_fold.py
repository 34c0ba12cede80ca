"""The part of the reference that folds: from the bytes of a text to symbols, the bytes of the folded text."""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files


@cache
def _table() -> tuple[tuple[int, ...], tuple[int, ...], bytes]:
    data = files("dlp.fingerprint").joinpath("fold_table.bin").read_bytes()
    _, first, second, _ = struct.unpack_from("<4I", data)
    stage1 = struct.unpack_from(f"<{first}H", data, 16)
    stage2 = struct.unpack_from(f"<{second}I", data, 16 + 2 * first)
    return stage1, stage2, data[16 + 2 * first + 4 * second :]


@cache
def symbols_of(character: int) -> bytes:
    """What one character folds to; see `kernel/fold.c` for the table's layout."""
    stage1, stage2, expansions = _table()
    kind = stage1[character >> 7]
    if kind == 0:
        return b""
    if kind == 1:
        return chr(character).encode()
    if kind == 2:
        syllable = character - 0xAC00
        jamo = chr(0x1100 + syllable // 588) + chr(0x1161 + syllable % 588 // 28)
        return jamo.encode() + (symbols_of(0x11A7 + syllable % 28) if syllable % 28 else b"")
    entry = stage2[(kind - 3) << 7 | character & 127]
    if entry & 255 == 255:
        at = entry >> 8
        return expansions[at + 1 : at + 1 + expansions[at]]
    return (entry >> 8).to_bytes(3, "little")[: entry & 255]


def length_at(data: bytes, at: int) -> int:
    """Bytes of the character that begins at `at`: 1 for a byte that begins none, 0 where it is cut off."""
    lead = data[at]
    length = 1 if lead < 0xC2 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4 if lead < 0xF5 else 1
    for i in range(1, length):
        if at + i == len(data):
            return 0
        if data[at + i] & 0xC0 != 0x80:
            return 1
    return length


def decode(data: bytes) -> int:
    """The character of a whole sequence; 0, which folds to nothing, where it is overlong, a lone byte or too large."""
    if len(data) == 1:
        return data[0] if data[0] < 0x80 else 0
    value = data[0] & (0xFF >> (len(data) + 1))
    for byte in data[1:]:
        value = value << 6 | byte & 0x3F
    smallest = {2: 0x80, 3: 0x800, 4: 0x10000}[len(data)]
    return value if smallest <= value <= 0x10FFFF else 0


def fold(data: bytes | bytearray | memoryview) -> bytes:
    """The symbols of a text in UTF-8. Bytes that are not UTF-8 fold to nothing."""
    data, at, out = bytes(data), 0, bytearray()
    while at < len(data):
        length = length_at(data, at) or 1
        out += symbols_of(decode(data[at : at + length]))
        at += length
    return bytes(out)
