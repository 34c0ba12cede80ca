"""ID3v2 tags of audio files: text frames in any of their charsets, comments, lyrics, links, private data, pictures."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from dlp.extract.media.xmp import xmp_pieces
from dlp.extract.pieces import Piece, Window, bounded, decoded, strings
from dlp.model import Blob, Provenance, Reason, Skipped

_MAX_TAG = 1 << 26
_CODECS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_WITH_LANGUAGE = (b"COMM", b"USLT", b"COM", b"ULT")
_PICTURES = (b"APIC", b"PIC")


def id3_pieces(provenance: Provenance, window: Window) -> Iterator[Piece]:
    """The frames of the tag that `window` begins with. Raises Damaged."""
    head = window.at(0, 10)
    if len(head) < 10 or not head.startswith(b"ID3"):
        return
    version, flags = head[3], head[5]
    size = bounded(_synchsafe(head[6:10]), _MAX_TAG, "ID3 tag")
    data = window.at(10, size)
    if flags & 0x80 and version < 4:
        data = data.replace(b"\xff\0", b"\xff")
    at = 0
    if flags & 0x40 and version >= 3:  # an extended header
        at = _synchsafe(data[:4]) if version == 4 else 4 + int.from_bytes(data[:4], "big")
    width = 3 if version == 2 else 4
    while at + 2 * width + 2 * (version > 2) <= len(data) and data[at]:
        name = data[at : at + width]
        field = data[at + width : at + 2 * width]
        length = _synchsafe(field) if version == 4 else int.from_bytes(field, "big")
        at += 2 * width
        frame_flags = data[at + 1] if version > 2 else 0
        at += 2 * (version > 2)
        yield from _frame(provenance, name, data[at : at + length], version, frame_flags)
        at += length
    if at > len(data) or len(data) < size:
        yield Skipped(provenance, Reason.CORRUPT, "ID3: cut short")


def _frame(provenance: Provenance, name: bytes, data: bytes, version: int, flags: int) -> Iterator[Piece]:
    place = f"ID3 {name.decode('latin-1')}" if name.isalnum() else "ID3"
    packed, sealed = (0x08, 0x04) if version == 4 else (0x80, 0x40)
    if flags & sealed:
        yield Skipped(provenance, Reason.ENCRYPTED, "ID3: an encrypted frame")
        return
    if version == 4 and flags & 0x02:
        data = data.replace(b"\xff\0", b"\xff")
    if version == 4 and flags & 0x01:
        data = data[4:]
    if flags & packed:
        try:
            data = zlib.decompressobj().decompress(data[0 if version == 4 else 4 :], _MAX_TAG)
        except zlib.error:
            yield Skipped(provenance, Reason.CORRUPT, "ID3: a packed frame is damaged")
            return
    codec = _CODECS.get(data[0] if data else 0, "latin-1")
    if name in _PICTURES:
        begin = max(data.find(magic) for magic in (b"\xff\xd8\xff", b"\x89PNG"))
        yield place, strings(data[: begin if begin > 0 else 0])
        if begin >= 0:
            yield Blob((*provenance, "cover"), io.BytesIO(data[begin:]), len(data) - begin)
    elif name in _WITH_LANGUAGE:
        yield place, _words(data[4:], codec)
    elif name[:1] == b"T" or name in (b"WXXX", b"WXX", b"USER", b"OWNE", b"COMR"):
        yield place, _words(data[1:], codec)
    elif data.startswith(b"XMP\0"):
        yield from xmp_pieces(data[4:])
    else:
        yield place, strings(data)


def _words(data: bytes, codec: str) -> str:
    """A description and words, or several words, parted by zeros."""
    if codec == "latin-1":
        return decoded(data).replace("\0", "\n")
    if codec == "utf-16":
        wide = data.replace(b"\xfe\xff", b"\xff\xfe")
        big = b"\xfe\xff" in data[:2]
        text = wide.replace(b"\xff\xfe", b"").decode("utf-16-be" if big else "utf-16-le", "replace")
        return text.replace("\0", "\n")
    return data.decode(codec, "replace").replace("\0", "\n")


def _synchsafe(data: bytes) -> int:
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value
