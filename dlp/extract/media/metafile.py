"""The words that Windows metafiles draw: records of text in WMF and EMF.

Programs draw a line in several records, sometimes letter by letter: those of one line are joined.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlp.extract.pieces import Damaged, Piece, Window, decoded, strings
from dlp.model import Provenance, Reason, Skipped

_MAX_RECORDS = 5_000_000
_MAX_WORDS = 1 << 16
_GLYPHS = 0x10
"""The option that a string holds a font's numbers of its letters, not letters."""

_Run = tuple[int, str]
"""The line's height on the page, and its words."""


def emf_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Raises Damaged."""
    head = window.at(0, 88)
    if len(head) < 88:
        raise Damaged("EMF: cut short")
    count, start = struct.unpack_from("<II", head, 60)
    if 0 < count < 1024 and start:
        yield "description", window.at(start, 2 * count).decode("utf-16-le", "replace").replace("\0", "\n")
    lines = _Lines()
    at = 0
    for _ in range(_MAX_RECORDS):
        record = window.at(at, 8)
        if len(record) < 8:
            break
        kind, size = struct.unpack("<II", record)
        if size < 8 or size % 4:
            raise Damaged("EMF: a record of an impossible size")
        if kind in (83, 84):
            lines.add(_drawn(window.at(at, min(size, _MAX_WORDS)), wide=kind == 84))
        elif kind in (96, 97):
            data = window.at(at, min(size, _MAX_WORDS))
            yield "drawn text", data.decode("utf-16-le", "ignore") if kind == 97 else strings(data)
        elif kind == 108:
            lines.add(_small(window.at(at, min(size, _MAX_WORDS))))
        elif kind == 70:
            yield "comment", strings(window.at(at + 12, min(size - 12, _MAX_WORDS)))
        at += size
        if kind == 14:
            end.append(at)
            break
    yield from lines.pieces(provenance)


def _drawn(data: bytes, wide: bool) -> _Run | None:
    """EMR_EXTTEXTOUT: where the words stand, how many letters, where in the record, and the options."""
    if len(data) < 56:
        return None
    _, y, count, offset, options = struct.unpack_from("<iiIII", data, 36)
    if options & _GLYPHS:
        return None
    words = data[offset : offset + (2 * count if wide else count)]
    return y, words.decode("utf-16-le", "replace") if wide else decoded(words, "cp1252")


def _small(data: bytes) -> _Run | None:
    """EMR_SMALLTEXTOUT; its option 0x200 says that letters are bytes, 0x100 that no rectangle stands before them."""
    if len(data) < 36:
        return None
    _, y, count, options = struct.unpack_from("<iiII", data, 8)
    words = data[36 if options & 0x100 else 52 :]
    if options & _GLYPHS:
        return None
    return y, decoded(words[:count], "cp1252") if options & 0x200 else words[: 2 * count].decode("utf-16-le", "replace")


def wmf_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Raises Damaged."""
    at = 22 if window.at(0, 4) == b"\xd7\xcd\xc6\x9a" else 0
    at += 2 * int.from_bytes(window.at(at + 2, 2), "little")
    lines = _Lines()
    for _ in range(_MAX_RECORDS):
        record = window.at(at, 6)
        if len(record) < 6:
            break
        words, kind = struct.unpack("<IH", record)
        if words < 3:
            raise Damaged("WMF: a record of an impossible size")
        data = window.at(at + 6, min(2 * words - 6, _MAX_WORDS))
        if kind == 0x0521 and len(data) >= 2:
            (count,) = struct.unpack_from("<H", data)
            y = struct.unpack_from("<h", data, len(data) - 4)[0] if len(data) >= 6 else 0
            lines.add((y, decoded(data[2 : 2 + count], "cp1252")))
        elif kind == 0x0A32 and len(data) >= 8:
            y, _, count, options = struct.unpack_from("<hhHH", data)
            begin = 16 if options & 6 else 8
            lines.add(None if options & _GLYPHS else (y, decoded(data[begin : begin + count], "cp1252")))
        elif kind == 0x0626:
            yield "comment", strings(data[4:])
        at += 2 * words
        if kind == 0:
            end.append(at)
            break
    yield from lines.pieces(provenance)


class _Lines:
    """Joins the runs of one height. Letters drawn one by one make words; words drawn one by one, sentences."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, list[str]]] = []
        self._lost = 0

    def add(self, run: _Run | None) -> None:
        """None: a record that is too short, or holds the numbers of glyphs."""
        if run is None:
            self._lost += 1
        elif self._lines and self._lines[-1][0] == run[0]:
            self._lines[-1][1].append(run[1])
        else:
            self._lines.append((run[0], [run[1]]))

    def pieces(self, provenance: Provenance) -> Iterator[Piece]:
        for _, runs in self._lines:
            letters = sum(len(run.strip()) for run in runs)
            yield "drawn text", ("" if letters <= 2 * len(runs) else " ").join(runs)
        if self._lost:
            detail = f"{self._lost} records of text without letters, only numbers of a font: not read"
            yield Skipped(provenance, Reason.UNSUPPORTED, detail)
