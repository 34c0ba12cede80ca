"""Cells of a workbook before xlsx: their names and their numbers."""

from __future__ import annotations

import struct
from functools import lru_cache


@lru_cache(maxsize=1 << 12)
def _column(number: int) -> str:
    name = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(65 + digit) + name
    return name


def cell_name(row: int, column: int) -> str:
    """`B7`; both count from 0."""
    return f"{_column(column)}{row + 1}"


def number_text(value: float) -> str:
    """As a cell shows it without a format: whole numbers without a point, 15 digits at most."""
    if value.is_integer() and abs(value) < 1e20:
        return str(int(value))
    return f"{value:.15g}"


def packed_number(value: int) -> float:
    """What a number of 30 bits stands for: the upper half of a double, or a whole number; a hundredth of it, or not."""
    if value & 2:
        number: float = float((value - (1 << 32) if value >> 31 else value) >> 2)
    else:
        (number,) = struct.unpack("<d", b"\0\0\0\0" + struct.pack("<I", value & ~3))
    return number / 100 if value & 1 else number
