"""GIF, RIFF (WebP, WAV, AVI), BMP, icons, PSD, EPS with a preview: where their words and their ends are."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from dlp.extract.media.exif import tiff_pieces
from dlp.extract.media.iptc import photoshop_pieces
from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Damaged, Piece, Window, decoded, inner, strings
from dlp.model import Blob, Provenance, Reason, Skipped

_MAX_BLOCKS = 2_000_000
_MAX_PIECE = 1 << 26
_MAX_DEPTH = 5
_RIFF_LISTS = (b"LIST", b"RIFF")
_LAYER = re.compile(rb"8B(?:IM|64)luni")
_INFO = {b"IART": "artist", b"ICMT": "comment", b"ICOP": "copyright", b"INAM": "name", b"ISFT": "software"}


def gif_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Comments, plain texts, application extensions."""
    head = window.at(0, 13)
    if len(head) < 13:
        raise Damaged("GIF: cut short")
    at = 13 + _colours(head[10])
    left = [_MAX_BLOCKS]
    for _ in range(_MAX_BLOCKS):
        start = window.at(at, 2)
        if start[:1] == b";":
            end.append(at + 1)
            return
        if start[:1] == b"!" and len(start) == 2:
            data, at, xmp = _blocks(window, at + 2, left, start[1] == 0xFF)
            if xmp:
                yield from xmp_pieces(data)
            elif start[1] in (0xFE, 0x01, 0xFF):
                place = {0xFE: "GIF comment", 0x01: "GIF text", 0xFF: "GIF application data"}[start[1]]
                yield place, decoded(data) if start[1] != 0xFF else strings(data)
        elif start[:1] == b",":
            flags = window.at(at + 9, 1)
            _, at, _ = _blocks(window, at + 11 + _colours(flags[0] if flags else 0), left, False, keep=False)
        else:
            raise Damaged("GIF: cut short, or no block where one should begin")
    raise Damaged(f"GIF: more than {_MAX_BLOCKS} blocks")


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(window: Window, at: int, left: list[int], application: bool, keep: bool = True) -> tuple[bytes, int, bool]:
    """The joined sub-blocks from `at` on, where they end, and whether they are XMP, which stands there as it is.
    `left`: how many more there may be in the file. Raises Damaged."""
    parts: list[bytes] = []
    have = 0
    while size := window.at(at, 1):
        length = size[0]
        at += 1
        left[0] -= 1
        if left[0] < 0:
            raise Damaged(f"GIF: more than {_MAX_BLOCKS} blocks")
        if not length:
            break
        if keep or application:
            part = window.at(at, length)
            if application and not parts and part.startswith(b"XMP DataXMP"):
                return _xmp_in_gif(window, at + length)
            if have < _MAX_PIECE:
                parts.append(part)
                have += length
        at += length
    return b"".join(parts), at, False


def _xmp_in_gif(window: Window, at: int) -> tuple[bytes, int, bool]:
    """Up to the trailer whose bytes lead any reader of sub-blocks to the end."""
    data = window.at(at, _MAX_PIECE)
    stop = data.find(b"\x01\xff\xfe\xfd")
    if stop < 0:
        raise Damaged("GIF: XMP without an end")
    return data[:stop], at + stop + 258, True


def riff_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """EXIF and XMP of WebP; INFO, broadcast and ID3 chunks of WAV and AVI."""
    size = int.from_bytes(window.at(4, 4), "little")
    end.append(8 + size + (size & 1))
    yield from _chunks(provenance, window.part(12, size - 4), 0, [_MAX_BLOCKS])
    if 8 + size > window.size:
        yield Skipped(provenance, Reason.CORRUPT, "RIFF: cut short")


def _chunks(provenance: Provenance, window: Window, depth: int, left: list[int]) -> Iterator[Piece]:
    at = 0
    while len(head := window.at(at, 8)) == 8:
        left[0] -= 1
        if left[0] < 0:
            raise Damaged(f"RIFF: more than {_MAX_BLOCKS} chunks")
        kind, size = head[:4], int.from_bytes(head[4:], "little")
        part = window.part(at + 8, size)
        if kind in _RIFF_LISTS and depth < _MAX_DEPTH:
            if part.at(0, 4) != b"movi":
                yield from _chunks(provenance, part.part(4, size), depth + 1, left)
        elif kind == b"EXIF":
            data = part.at(0, _MAX_PIECE)
            yield from tiff_pieces(provenance, Window.of(data.removeprefix(b"Exif\0\0")))
        elif kind in (b"XMP ", b"_PMX"):
            yield from xmp_pieces(part.at(0, _MAX_PIECE))
        elif kind in (b"id3 ", b"ID3 "):
            from dlp.extract.media.id3 import id3_pieces

            yield from id3_pieces(provenance, part)
        elif kind in _INFO or kind in (b"bext", b"iXML", b"IDIT", b"ISMP") or kind.startswith(b"I"):
            data = part.at(0, _MAX_PIECE)
            yield (
                f"RIFF {_INFO.get(kind) or decoded(kind).strip()}",
                strings(data) if b"\0" in data[:-2] else decoded(data),
            )
        at += 8 + size + (size & 1)


def bmp_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """No words; its header says where it ends."""
    size = int.from_bytes(window.at(2, 4), "little")
    if size >= 26:
        end.append(size)
    yield from ()


def icon_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Pictures in PNG inside an icon, as blobs of their own."""
    (count,) = struct.unpack("<H", window.at(4, 2) or b"\0\0")
    ends = [6 + 16 * count]
    left = 2 * window.size
    for number in range(min(count, 256)):
        entry = window.at(6 + 16 * number, 16)
        if len(entry) < 16:
            raise Damaged("icon: cut short")
        size, offset = struct.unpack_from("<8xII", entry)
        ends.append(offset + size)
        data = window.at(offset, min(size, _MAX_PIECE, left))
        left -= len(data)
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            yield Blob((*provenance, f"picture {number + 1}"), io.BytesIO(data), len(data))
    end.append(max(ends))


def psd_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """Image resources, and the names of layers. What layers of text say stands as UTF-16 in the plain bytes."""
    at = 26
    at += 4 + int.from_bytes(window.at(at, 4), "big")
    size = int.from_bytes(window.at(at, 4), "big")
    yield from photoshop_pieces(provenance, window.at(at + 4, min(size, _MAX_PIECE)))
    at += 4 + size
    number = 0
    while piece := window.at(at, 1 << 20):
        for found in _LAYER.finditer(piece):
            (length,) = struct.unpack(">I", window.at(at + found.end() + 4, 4).rjust(4, b"\0"))
            name = window.at(at + found.end() + 8, min(2 * length, 1024))
            number += 1
            yield f"layer {number} name", name.decode("utf-16-be", "replace")
        if len(piece) < 1 << 20:
            break
        at += len(piece) - 7


def eps_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """The PostScript and the previews that the header points to."""
    head = window.at(0, 28)
    if len(head) < 28:
        raise Damaged("EPS: cut short")
    fields = struct.unpack_from("<6I", head, 4)
    for name, offset, size in zip(
        ("PostScript", "WMF preview", "TIFF preview"), fields[::2], fields[1::2], strict=True
    ):
        if size:
            yield from inner(provenance, name, window.at(offset, min(size, _MAX_PIECE)))
    end.append(max(map(sum, zip(fields[::2], fields[1::2], strict=True))))
