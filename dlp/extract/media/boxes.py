"""ISO media files (HEIC, AVIF, MP4, QuickTime, M4A) and JPEG 2000: boxes inside boxes. Their EXIF, XMP, XML, tags and
user data."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.extract.media.exif import tiff_pieces
from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Damaged, Piece, Window, behind, decoded, inner, strings
from dlp.model import Provenance, Reason, Skipped

_MAX_BOXES = 200_000
_MAX_DEPTH = 20
_MAX_PIECE = 1 << 26
_MAX_BEHIND = 1 << 28
_BRANCHES = frozenset(
    {b"moov", b"udta", b"ilst", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"moof", b"traf", b"tref"}
    | {b"jp2h", b"asoc", b"res ", b"uinf", b"mvex", b"iprp", b"ipco", b"gmhd", b"----"}
)
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_UUID = b"JpgTiffExif->JP2"
_IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_ITEM_TYPES = (b"Exif", b"mime", b"uri ")
_DULL = (b"mdat", b"free", b"skip", b"wide", b"jp2c", b"stsz", b"stco", b"co64", b"stts", b"stsc", b"ctts", b"stss")


def box_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Raises Damaged."""
    boxes = _Boxes(provenance, window)
    yield from boxes.pieces(window, 0, b"")
    if boxes.short:
        yield Skipped(provenance, Reason.CORRUPT, "media file: a box is cut short")


class _Boxes:
    def __init__(self, provenance: Provenance, window: Window) -> None:
        self._provenance = provenance
        self._file = window
        self._count = 0
        self._left = 2 * window.size
        """Bytes of items that may still be read: they may all stand at one place."""
        self.short = False

    def pieces(self, window: Window, depth: int, parent: bytes) -> Iterator[Piece]:
        """The words of the boxes that `window` holds in a row."""
        if depth > _MAX_DEPTH:
            raise Damaged(f"media file: more than {_MAX_DEPTH} boxes inside one another")
        at = 0
        while len(head := window.at(at, 16)) >= 8:
            self._count += 1
            if self._count > _MAX_BOXES:
                raise Damaged(f"media file: more than {_MAX_BOXES} boxes")
            size, kind, begin = int.from_bytes(head[:4], "big"), head[4:8], 8
            if size == 1 and len(head) == 16:
                size, begin = int.from_bytes(head[8:], "big"), 16
            elif size == 0:  # up to the end; inside a box of QuickTime's user data, the end of a list
                if parent == b"udta":
                    return
                size = window.size - at
            if depth == 0 and at and (size < begin or (size > window.size - at and kind != b"mdat")):
                yield from behind(self._provenance, "data behind the file", window.at(at, _MAX_BEHIND))
                self.short = self.short or (size >= begin and kind.isalnum())
                return
            if size < begin:
                return
            self.short = self.short or size > window.size - at
            yield from self._box(kind, window.part(at + begin, size - begin), depth, parent)
            at += size

    def _box(self, kind: bytes, part: Window, depth: int, parent: bytes) -> Iterator[Piece]:
        if kind in _DULL:
            return
        if kind in _BRANCHES or parent == b"ilst":
            yield from self.pieces(part, depth + 1, kind)
        elif kind == b"meta":
            # A version stands before the boxes, but not in QuickTime's own.
            skip = 0 if part.at(4, 4) in (b"hdlr", b"keys", b"mhdr") else 4
            yield from self._items(part.part(skip, part.size))
            yield from self.pieces(part.part(skip, part.size), depth + 1, kind)
        elif kind == b"data":
            yield from self._tag(part)
        elif kind in (b"XMP_", b"xml ") or (kind == b"uuid" and part.at(0, 16) == _XMP_UUID):
            data = part.at(16 if kind == b"uuid" else 0, _MAX_PIECE)
            yield from xmp_pieces(data[4:] if data[:4] == b"\0\0\0\0" else data)
        elif kind == b"uuid":
            yield from self._unknown(part)
        elif kind[:1] == b"\xa9":  # QuickTime: size, language, words
            data = part.at(0, _MAX_PIECE)
            while len(data) >= 4:
                size = int.from_bytes(data[:2], "big")
                yield f"tag {kind[1:].decode('latin-1')}".strip(), decoded(data[4 : 4 + size])
                data = data[4 + size :]
        elif parent == b"udta" or kind in (b"keys", b"name", b"mean", b"titl", b"auth", b"cprt", b"dscp", b"chpl"):
            yield f"user data {_shown(kind)}", strings(part.at(0, _MAX_PIECE))

    def _tag(self, part: Window) -> Iterator[Piece]:
        head = part.at(0, 8)
        data = part.at(8, _MAX_PIECE)
        kind = int.from_bytes(head[1:4], "big")
        if kind == 2:
            yield "tag", data.decode("utf-16-be", "replace")
        elif kind in (13, 14, 27):
            yield from inner(self._provenance, "cover", data)
        elif kind in (0, 1):
            yield "tag", decoded(data) if kind else strings(data)

    def _unknown(self, part: Window) -> Iterator[Piece]:
        name = part.at(0, 16)
        data = part.at(16, _MAX_PIECE)
        if name == _EXIF_UUID:
            yield from tiff_pieces(self._provenance, Window.of(data))
        elif name == _IPTC_UUID:
            from dlp.extract.media.iptc import iptc_pieces

            yield from iptc_pieces(data)
        else:
            yield "user data", strings(data)

    def _items(self, meta: Window) -> Iterator[Piece]:
        """EXIF and XMP of a picture: items that one box names and another one places in the file."""
        children = dict(_children(meta))
        kinds = dict(_item_kinds(children.get(b"iinf"), self._provenance))
        if not kinds:
            return
        stored = children.get(b"idat")
        for number, method, extents in _item_places(children.get(b"iloc")):
            if number not in kinds:
                continue
            source = self._file if method == 0 else stored
            if source is None or method > 1:
                yield Skipped(self._provenance, Reason.UNSUPPORTED, f"media file: an item placed by method {method}")
                continue
            parts = []
            for offset, size in extents[:64]:
                parts.append(source.at(offset, min(size or source.size, _MAX_PIECE, self._left)))
                self._left -= len(parts[-1])
            data = b"".join(parts)
            if kinds[number] == b"Exif":
                skip = 4 + int.from_bytes(data[:4], "big")
                yield from tiff_pieces(self._provenance, Window.of(data[skip:]))
            else:
                yield from xmp_pieces(data) if b"<" in data[:200] else iter([("item", strings(data))])


def _shown(kind: bytes) -> str:
    name = kind.decode("latin-1").strip()
    return name if name.isprintable() else kind.hex()


def _children(window: Window) -> Iterator[tuple[bytes, Window]]:
    at = 0
    for _ in range(1000):
        head = window.at(at, 8)
        size = int.from_bytes(head[:4], "big")
        if len(head) < 8 or size < 8:
            return
        yield head[4:], window.part(at + 8, size - 8)
        at += size


def _item_kinds(box: Window | None, provenance: Provenance) -> Iterator[tuple[int, bytes]]:
    """Items by number that may hold words: their kinds."""
    if box is None:
        return
    skip = 6 if box.at(0, 1) == b"\0" else 8
    for kind, entry in _children(box.part(skip, box.size)):
        data = entry.at(0, 64)
        if kind != b"infe" or len(data) < 12 or data[0] < 2:
            continue
        number = int.from_bytes(data[4:6] if data[0] == 2 else data[4:8], "big")
        name = data[8:12] if data[0] == 2 else data[10:14]
        if name in _ITEM_TYPES:
            yield number, name


def _item_places(box: Window | None) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(number, method, extents as offset and size) of each item."""
    if box is None:
        return
    data = box.at(0, 1 << 22)
    if len(data) < 8:
        return
    version = data[0]
    offset_size, length_size, base_size, index_size = data[4] >> 4, data[4] & 15, data[5] >> 4, data[5] & 15
    wide = version >= 2
    count = int.from_bytes(data[6:10] if wide else data[6:8], "big")
    at = 10 if wide else 8

    def number(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(data[at - size : at], "big")

    for _ in range(min(count, 100_000)):
        if at >= len(data):
            return
        item = number(4 if wide else 2)
        method = number(2) & 15 if version in (1, 2) else 0
        number(2)
        base = number(base_size)
        extents = []
        for _ in range(number(2)):
            if at >= len(data):
                break
            if version in (1, 2):
                number(index_size)
            offset = base + number(offset_size)
            extents.append((offset, number(length_size)))
        yield item, method, extents
