"""Binary property lists: every string and every piece of data, by our own walk over the table of objects."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract.binary import plain_bytes, raw_strings
from dlp.extract.pieces import Damaged, Piece, Window, inner, told
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_MAX_FILE = 1 << 28
_TRAILER = 32
_DATA, _ASCII, _UTF16, _UTF8 = 4, 5, 6, 7


class PlistExtractor:
    """Reads property lists of the form `bplist0`."""

    types = frozenset({"plist"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text of all strings (marks `object N`, from 0), blobs that are files; then the plain bytes. Raises
        OSError."""
        yield from told(blob, _objects(blob), limits)
        yield plain_bytes(blob)
        yield from raw_strings(blob)


def _objects(blob: Blob) -> Iterator[Piece]:
    """Each object once, in the table's order; containers only point to others."""
    window = Window(blob.stream)
    data = window.at(0, _MAX_FILE)
    if len(data) < window.size:
        yield Skipped(blob.provenance, Reason.LIMIT, f"property list: more than {_MAX_FILE} bytes")
    trailer = data[-_TRAILER:]
    if len(data) < _TRAILER + 8:
        raise Damaged("property list: cut short")
    width = trailer[6]
    count = int.from_bytes(trailer[8:16], "big")
    table = int.from_bytes(trailer[24:32], "big")
    if not 1 <= width <= 8 or count * width > len(data) or table + count * width > len(data):
        raise Damaged("property list: its table of objects lies outside")
    lost = 0
    left = 2 * len(data)
    for number in range(count):
        at = int.from_bytes(data[table + number * width : table + (number + 1) * width], "big")
        kind, begin, size = _header(data, at)
        unit = 2 if kind == _UTF16 else 1
        if kind not in (_DATA, _ASCII, _UTF16, _UTF8):
            continue
        content = data[begin : begin + unit * size]
        left -= len(content)
        if left < 0:
            raise Damaged("property list: objects overlap")
        lost += len(content) < unit * size
        place = f"object {number}"
        if kind == _DATA:
            yield from inner(blob.provenance, place, content)
        else:
            yield place, content.decode("utf-16-be" if kind == _UTF16 else "utf-8", "replace")
    if lost:
        yield Skipped(blob.provenance, Reason.CORRUPT, f"property list: {lost} objects are cut short")


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Kind, where the content begins, and how many units it has; kind -1 for an object outside the data."""
    if at >= len(data):
        return -1, 0, 0
    kind, size = data[at] >> 4, data[at] & 15
    if size < 15:
        return kind, at + 1, size
    if at + 1 >= len(data) or data[at + 1] >> 4 != 1:
        return -1, 0, 0
    width = 1 << (data[at + 1] & 15)
    if width > 8:
        return -1, 0, 0
    return kind, at + 2 + width, int.from_bytes(data[at + 2 : at + 2 + width], "big")
