"""JPEG files: EXIF, XMP (also over several segments), IPTC, comments, and what stands behind the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.media.exif import tiff_pieces
from dlp.extract.media.iptc import photoshop_pieces
from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Damaged, Piece, Window, decoded
from dlp.model import Provenance, Reason, Skipped

_EXIF = b"Exif\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAX_SEGMENTS = 100_000
_MAX_GATHERED = 1 << 26
_PIECE = 1 << 18


def jpeg_pieces(provenance: Provenance, window: Window, end: list[int], inside: bool = False) -> Iterator[Piece]:
    """The words of all segments; `end` gets where the picture ends. `inside`: of a thumbnail, whose own thumbnails are
    not looked for. Raises Damaged."""
    at = 2
    photoshop = bytearray()
    xmp: dict[bytes, dict[int, bytes]] = {}
    gathered = 0
    for _ in range(_MAX_SEGMENTS):
        head = window.at(at, 4)
        while head[:2] == b"\xff\xff":
            at += 1
            head = window.at(at, 4)
        if len(head) < 2 or head[0] != 0xFF:
            yield Skipped(provenance, Reason.CORRUPT, "JPEG: cut short, or no segment where one should begin")
            break
        marker = head[1]
        if marker == 0xD9:
            end.append(at + 2)
            break
        if marker in (0x01, *range(0xD0, 0xD9)):
            at += 2
            continue
        size = int.from_bytes(head[2:4], "big")
        data = window.at(at + 4, max(0, size - 2))
        at += 2 + max(2, size)
        if marker == 0xE1 and data.startswith(_EXIF):
            yield from _exif(provenance, data[6:], inside)
        elif marker == 0xE1 and data.startswith(_XMP):
            yield from xmp_pieces(data[len(_XMP) :])
        elif marker == 0xE1 and data.startswith(_MORE_XMP) and gathered < _MAX_GATHERED:
            begin = len(_MORE_XMP)
            offset = int.from_bytes(data[begin + 36 : begin + 40], "big")
            xmp.setdefault(data[begin : begin + 32], {})[offset] = data[begin + 40 :]
            gathered += len(data)
        elif marker == 0xED and data.startswith(_PHOTOSHOP) and len(photoshop) < _MAX_GATHERED:
            photoshop += data[len(_PHOTOSHOP) :]
        elif marker == 0xFE:
            yield "JPEG comment", decoded(data)
        elif marker == 0xDA:
            at = _behind_scan(window, at)
    else:
        raise Damaged(f"JPEG: more than {_MAX_SEGMENTS} segments")
    for parts in xmp.values():
        yield from xmp_pieces(b"".join(parts[offset] for offset in sorted(parts)))
    if photoshop and not inside:
        yield from photoshop_pieces(provenance, bytes(photoshop))


def _exif(provenance: Provenance, data: bytes, inside: bool) -> Iterator[Piece]:
    """Broken EXIF keeps the other segments from nothing."""
    try:
        yield from tiff_pieces(provenance, Window.of(data), inside=inside)
    except Damaged as error:
        yield Skipped(provenance, Reason.CORRUPT, str(error))


def _behind_scan(window: Window, at: int) -> int:
    """Where the next marker stands: in entropy-coded data a zero or a restart follows every 0xFF."""
    while piece := window.at(at, _PIECE):
        if found := _MARKER.search(piece):
            return at + found.start()
        if len(piece) < 2:
            break
        at += len(piece) - 1
    return window.size
