"""The tags of TIFF files and of EXIF blocks, which have their form: every string in every directory, also what stands
in the maker's own notes, and the XMP, IPTC and Photoshop blocks inside."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dlp.extract.media.iptc import iptc_pieces, photoshop_pieces
from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Damaged, Piece, Window, decoded, strings
from dlp.model import Provenance

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_DIRECTORIES = frozenset({0x014A, 0x8769, 0x8825, 0xA005})
"""Tags that point to further ones: of parts, EXIF, GPS, interoperability."""

_MAX_DIRECTORIES = 2000
_MAX_ENTRIES = 4096
_MAX_ALL_ENTRIES = 500_000
_MAX_VALUE = 1 << 24

_NAMES = {
    0x010D: "document name",
    0x010E: "image description",
    0x010F: "make",
    0x0110: "model",
    0x011D: "page name",
    0x0131: "software",
    0x013B: "artist",
    0x013C: "host computer",
    0x8298: "copyright",
    0x927C: "maker note",
    0x9286: "user comment",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
    0xA430: "owner",
    0xA431: "serial number",
    0xA434: "lens model",
    0xA480: "GDAL metadata",
}
_PREFIXED = {0x9286, 0x001B, 0x001C}
_UTF16 = frozenset(range(0x9C9B, 0x9CA0))
_XMP, _IPTC, _PHOTOSHOP, _THUMBNAIL, _THUMBNAIL_SIZE = 0x02BC, 0x83BB, 0x8649, 0x0201, 0x0202
_WORDY = frozenset({1, 2, 7})
_WANTED = frozenset({*_DIRECTORIES, _XMP, _IPTC, _PHOTOSHOP, _THUMBNAIL, _THUMBNAIL_SIZE})
_WORDS = re.compile(rb"[A-Za-z]{3}")


def tiff_pieces(provenance: Provenance, window: Window, place: str = "EXIF", inside: bool = False) -> Iterator[Piece]:
    """The words in the directories of the TIFF structure in `window`. `inside`: of one that itself stands in another
    one's data, whose thumbnails and Photoshop blocks are not gone into. Raises Damaged."""
    head = window.at(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise Damaged(f"{place}: no TIFF header")
    big = head[2:4] in (b"+\0", b"\0+")
    if big and len(head) < 16:
        raise Damaged(f"{place}: no TIFF header")
    (first,) = struct.unpack_from(order + "Q", head, 8) if big else struct.unpack_from(order + "I", head, 4)
    yield from _Directories(provenance, window, order, big, place, inside).pieces(first)


class _Directories:
    def __init__(self, provenance: Provenance, window: Window, order: str, big: bool, place: str, inside: bool) -> None:
        self._provenance = provenance
        self._window = window
        self._order = order
        self._inside = inside
        self._entries = _MAX_ALL_ENTRIES
        self._left = 2 * window.size + 4096
        """Bytes of values that may still be read: entries may all point to the same ones."""
        self._count_form, self._entry_size, self._offset_form = ("Q", 20, "Q") if big else ("H", 12, "I")
        self._place = place

    def pieces(self, first: int) -> Iterator[Piece]:
        """Directory by directory, none twice."""
        seen: set[int] = set()
        waiting = [first]
        while waiting:
            at = waiting.pop()
            if not at or at in seen:
                continue
            if len(seen) >= _MAX_DIRECTORIES:
                raise Damaged(f"{self._place}: more than {_MAX_DIRECTORIES} directories")
            seen.add(at)
            yield from self._directory(at, waiting)

    def _directory(self, at: int, waiting: list[int]) -> Iterator[Piece]:
        width = struct.calcsize(self._order + self._count_form)
        head = self._window.at(at, width)
        if len(head) < width:
            raise Damaged(f"{self._place}: a directory lies outside the data")
        (count,) = struct.unpack(self._order + self._count_form, head)
        self._entries -= count
        if count > _MAX_ENTRIES or self._entries < 0:
            raise Damaged(f"{self._place}: a directory of {count} entries")
        link = struct.calcsize(self._order + self._offset_form)
        table = self._window.at(at + width, count * self._entry_size + link)
        thumbnail = {}
        for start in range(0, len(table) - self._entry_size + 1, self._entry_size)[:count]:
            tag, kind = struct.unpack_from(self._order + "HH", table, start)
            (number,) = struct.unpack_from(self._order + self._offset_form, table, start + 4)
            if kind not in _WORDY and tag not in _WANTED:
                continue
            value = self._value(table[start + 4 + link : start + self._entry_size], kind, number)
            if tag in _DIRECTORIES:
                waiting += self._numbers(value, kind)
            elif tag in (_THUMBNAIL, _THUMBNAIL_SIZE):
                thumbnail[tag] = self._numbers(value, kind)[:1]
            else:
                yield from self._entry(tag, kind, value)
        if thumbnail.get(_THUMBNAIL) and thumbnail.get(_THUMBNAIL_SIZE):
            yield from self._thumbnail(thumbnail[_THUMBNAIL][0], thumbnail[_THUMBNAIL_SIZE][0])
        behind = table[count * self._entry_size :]
        if len(behind) < link:
            raise Damaged(f"{self._place}: a directory is cut short")
        waiting += struct.unpack(self._order + self._offset_form, behind[:link])

    def _value(self, inline: bytes, kind: int, number: int) -> bytes:
        """The bytes of an entry; fewer where they reach outside the data."""
        size = _SIZES.get(kind, 0) * number
        if size <= len(inline):
            return inline[:size]
        (offset,) = struct.unpack(self._order + self._offset_form, inline)
        value = self._window.at(offset, min(size, _MAX_VALUE, self._left))
        self._left -= len(value)
        return value

    def _numbers(self, value: bytes, kind: int) -> list[int]:
        form = _NUMBERS.get(kind)
        if form is None:
            return []
        width = struct.calcsize("=" + form)
        return list(struct.unpack(f"{self._order}{len(value) // width}{form}", value[: len(value) // width * width]))

    def _entry(self, tag: int, kind: int, value: bytes) -> Iterator[Piece]:
        place = f"{self._place} {_NAMES.get(tag, f'tag {tag:#06x}')}"
        if tag == _XMP:
            yield from xmp_pieces(value)
        elif tag == _IPTC:
            yield from iptc_pieces(value)
        elif tag == _PHOTOSHOP and not self._inside:
            yield from photoshop_pieces(self._provenance, value)
        elif tag in _UTF16:
            yield place, value.decode("utf-16-le", "replace")
        elif tag in _PREFIXED:
            yield place, self._prefixed(value)
        elif kind == 2 or (kind in (1, 7) and value.isascii() and _WORDS.search(value)):
            for part in value.split(b"\0"):
                yield place, decoded(part)
        elif kind in (1, 7) and len(value) >= 6:
            yield place, strings(value)

    def _prefixed(self, value: bytes) -> str:
        """A comment behind the eight letters that name its charset."""
        name, words = value[:8].rstrip(b"\0 "), value[8:]
        if name == b"UNICODE":
            likely = "utf-16-le" if words[1:2] == b"\0" or (self._order == "<" and words[:1] != b"\0") else "utf-16-be"
            return words.decode(likely, "replace")
        if name == b"JIS":
            return words.decode("iso2022_jp", "replace")
        return decoded(words if name in (b"ASCII", b"") else value)

    def _thumbnail(self, offset: int, size: int) -> Iterator[Piece]:
        from dlp.extract.media.jpeg import jpeg_pieces

        part = self._window.part(offset, min(size, _MAX_VALUE, self._left))
        self._left -= part.size
        if part.at(0, 2) == b"\xff\xd8" and not self._inside:
            for piece in jpeg_pieces(self._provenance, part, [], inside=True):
                if isinstance(piece, tuple):
                    yield f"thumbnail {piece[0]}", piece[1]
