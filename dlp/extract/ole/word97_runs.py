"""Which stretches of a Word 97 document are hidden or struck out, by the formats of its runs ([MS-DOC], CHPX)."""

from __future__ import annotations

import struct

_PAGE = 512
_HIDES = frozenset({0x0800, 0x083C})
"""Properties that hide a run: deleted while changes are tracked, and hidden."""
_OPERAND = (1, 1, 2, 4, 2, 2, -1, 3)
"""Bytes behind a property's code, by its upper three bits; -1: a byte says how many."""


def hidden_runs(data: bytes, table: bytes, formats: tuple[int, int]) -> list[tuple[int, int]]:
    """(start, end) in bytes of the document's stream, in order and apart; empty where the tables are broken."""
    at, size = formats
    count = (min(size, len(table) - at) - 4) // 8
    if count <= 0:
        return []
    pages = struct.unpack_from(f"<{count}I", table, at + 4 * (count + 1))
    found: list[tuple[int, int]] = []
    for number in dict.fromkeys(page & 0x3FFFFF for page in pages):  # each once: a forged table may name one for ever
        page = data[number * _PAGE : (number + 1) * _PAGE]
        if len(page) == _PAGE:
            found += _page(page)
    found.sort()
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _page(page: bytes) -> list[tuple[int, int]]:
    count = page[_PAGE - 1]
    if count * 5 + 4 > _PAGE:
        return []
    places = struct.unpack_from(f"<{count + 1}I", page)
    found = []
    for index in range(count):
        where = page[4 * (count + 1) + index] * 2
        if where and where < _PAGE and places[index] < places[index + 1]:
            length = page[where]
            if _hides(page[where + 1 : where + 1 + length]):
                found.append((places[index], places[index + 1]))
    return found


def _hides(properties: bytes) -> bool:
    at = 0
    while at + 2 < len(properties):
        (code,) = struct.unpack_from("<H", properties, at)
        at += 2
        if code in _HIDES and properties[at] & 1:
            return True
        size = _OPERAND[code >> 13]
        at += 1 + properties[at] if size < 0 else size
    return False
