"""IPTC-IIM records, and the resources of Photoshop that carry them: in JPEG, TIFF and PSD."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Piece, decoded, strings
from dlp.model import Provenance

_NAMES = {
    5: "title",
    25: "keyword",
    40: "instructions",
    80: "author",
    85: "author's position",
    90: "city",
    92: "place",
    95: "province",
    101: "country",
    103: "reference",
    105: "headline",
    110: "credit",
    115: "source",
    116: "copyright",
    118: "contact",
    120: "caption",
    122: "caption's writer",
}
_RESOURCES = {0x03F0: "caption", 0x040A: "copyright", 0x040B: "URL", 0x041A: "slices", 0x041E: "URLs"}
_IPTC, _XMP, _EXIF, _EXIF_TOO = 0x0404, 0x0424, 0x0422, 0x0423
_THUMBNAILS = (0x0409, 0x040C)
_SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")


def iptc_pieces(data: bytes) -> Iterator[Piece]:
    """Every data set with words, as far as the records hold together."""
    at = 0
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, number, size = struct.unpack_from(">BBH", data, at + 1)
        at += 5
        if size & 0x8000:  # a longer size follows, in so many bytes
            width = size & 0x7FFF
            if width > 4:
                break
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        value = data[at : at + size]
        at += size
        if record != 1:  # the envelope: charset and dates
            name = _NAMES.get(number) if record == 2 else None
            yield f"IPTC {name or f'{record}:{number}'}", decoded(value)
    if rest := data[at:].strip(b"\0"):
        yield "IPTC", strings(rest)


def photoshop_pieces(provenance: Provenance, data: bytes) -> Iterator[Piece]:
    """The words of the image resources in `data`: those known to hold words, and strings of the others. Raises
    Damaged."""
    from dlp.extract.media.exif import tiff_pieces
    from dlp.extract.pieces import Window

    at = 0
    while data[at : at + 4] in _SIGNATURES and at + 12 <= len(data):
        (number,) = struct.unpack_from(">H", data, at + 4)
        length = data[at + 6]
        name = data[at + 7 : at + 7 + length]
        at += 6 + (length + 2 & ~1)
        size = int.from_bytes(data[at : at + 4], "big")
        value = data[at + 4 : at + 4 + size]
        at += 4 + (size + 1 & ~1)
        if name:
            yield "Photoshop resource name", decoded(name)
        if number == _IPTC:
            yield from iptc_pieces(value)
        elif number == _XMP:
            yield from xmp_pieces(value)
        elif number in (_EXIF, _EXIF_TOO):
            yield from tiff_pieces(provenance, Window.of(value), inside=True)
        elif number not in _THUMBNAILS:
            yield f"Photoshop {_RESOURCES.get(number, f'resource {number:#06x}')}", strings(value)
    if rest := data[at:].strip(b"\0"):
        yield "Photoshop resources", strings(rest)
