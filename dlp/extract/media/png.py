"""PNG files (and JNG, MNG, which are chunks as well): text chunks, packed or not, EXIF, colour profiles, and what
stands behind the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.media.exif import tiff_pieces
from dlp.extract.media.iptc import iptc_pieces, photoshop_pieces
from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Damaged, Piece, Window, decoded, inflated, strings
from dlp.model import Provenance, Reason, Skipped

_MAX_CHUNKS = 1_000_000
_MAX_TEXT = 1 << 25
"""Bytes of one text chunk, packed or unpacked; XMP of a large picture has some hundred thousand."""

_MAX_ALL = 4 * _MAX_TEXT
"""Bytes of all of them; `room` says how many are left."""

_PROFILE = re.compile(rb"Raw profile type (\w+)")
_ENDS = (b"IEND", b"MEND")


def png_pieces(provenance: Provenance, window: Window, end: list[int]) -> Iterator[Piece]:
    """The words of all chunks; `end` gets where the picture ends. Raises Damaged."""
    at = 8
    room = [_MAX_ALL]
    for _ in range(_MAX_CHUNKS):
        head = window.at(at, 8)
        if len(head) < 8:
            yield Skipped(provenance, Reason.CORRUPT, "PNG: cut short")
            return
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in _READERS:
            data = window.at(at + 8, min(size, _MAX_TEXT))
            yield from _READERS[kind](provenance, data, room)
            if room[0] < 0:
                yield Skipped(provenance, Reason.LIMIT, f"PNG: more than {_MAX_ALL} bytes in its text chunks")
                return
        at += 12 + size
        if kind in _ENDS:
            end.append(at)
            return
    raise Damaged(f"PNG: more than {_MAX_CHUNKS} chunks")


def _plain(provenance: Provenance, data: bytes, room: list[int]) -> Iterator[Piece]:
    room[0] -= len(data)
    keyword, _, words = data.partition(b"\0")
    yield from _words(provenance, keyword, words)


def _packed(provenance: Provenance, data: bytes, room: list[int]) -> Iterator[Piece]:
    keyword, _, rest = data.partition(b"\0")
    yield from _unpacked(provenance, keyword, rest[1:], room)


def _international(provenance: Provenance, data: bytes, room: list[int]) -> Iterator[Piece]:
    room[0] -= len(data)
    keyword, _, rest = data.partition(b"\0")
    parts = rest[2:].split(b"\0", 2)
    if len(parts) < 3:
        yield Skipped(provenance, Reason.CORRUPT, "PNG: a text chunk is cut short")
        return
    language, translated, words = parts
    yield "PNG text keyword", decoded(b" ".join((keyword, language, translated)))
    if rest[:1] == b"\1":
        yield from _unpacked(provenance, keyword, words, room)
    else:
        yield from _words(provenance, keyword, words)


def _unpacked(provenance: Provenance, keyword: bytes, data: bytes, room: list[int]) -> Iterator[Piece]:
    try:
        words, whole = inflated(data, _MAX_TEXT)
    except Damaged:
        words, whole = b"", False
    room[0] -= len(words)
    yield from _words(provenance, keyword, words)
    if not whole:
        full = len(words) >= _MAX_TEXT
        reason = Reason.LIMIT if full else Reason.CORRUPT
        detail = f"unpacks to more than {_MAX_TEXT} bytes" if full else "is damaged"
        yield Skipped(provenance, reason, f"PNG: a packed text chunk {detail}")


def _words(provenance: Provenance, keyword: bytes, words: bytes) -> Iterator[Piece]:
    place = f"PNG text {decoded(keyword[:79])}"
    place = place if place.isprintable() else "PNG text"
    profile = _PROFILE.match(keyword)
    if keyword == b"XML:com.adobe.xmp":
        yield from xmp_pieces(words)
    elif profile:
        yield from _profile(provenance, place, profile[1].lower(), words)
    else:
        yield place, decoded(words)


def _profile(provenance: Provenance, place: str, kind: bytes, words: bytes) -> Iterator[Piece]:
    """A block of another format in hexadecimal digits, behind its name and its size, as ImageMagick writes it."""
    lines = words.split(None, 2)
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", lines[2] if len(lines) == 3 else words)
    data = bytes.fromhex(digits[: len(digits) & ~1].decode())
    try:
        if kind in (b"exif", b"app1") and data.startswith(b"Exif\0\0"):
            yield from tiff_pieces(provenance, Window.of(data[6:]))
        elif kind == b"iptc" and data.startswith(b"8BIM"):
            yield from photoshop_pieces(provenance, data)
        elif kind == b"iptc":
            yield from iptc_pieces(data)
        elif kind == b"xmp" or data.startswith(b"http://ns.adobe.com/xap"):
            yield from xmp_pieces(data.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
        else:
            yield place, strings(data)
    except Damaged as error:
        yield Skipped(provenance, Reason.CORRUPT, str(error))


def _exif(provenance: Provenance, data: bytes, room: list[int]) -> Iterator[Piece]:
    room[0] -= 4 * len(data)
    try:
        yield from tiff_pieces(provenance, Window.of(data.removeprefix(b"Exif\0\0")))
    except Damaged as error:
        yield Skipped(provenance, Reason.CORRUPT, str(error))


def _colours(provenance: Provenance, data: bytes, room: list[int]) -> Iterator[Piece]:
    """A profile's strings: everybody's, but for those of one that carries something else."""
    name, _, rest = data.partition(b"\0")
    yield "PNG colour profile", decoded(name)
    try:
        profile, _ = inflated(rest[1:], _MAX_TEXT)
        room[0] -= len(profile)
        yield "PNG colour profile", strings(profile)
    except Damaged:
        yield Skipped(provenance, Reason.CORRUPT, "PNG: the colour profile is damaged")


_READERS = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _international, b"eXIf": _exif, b"iCCP": _colours}
