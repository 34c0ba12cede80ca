"""Audio and video: the words of their tags. What is heard and shown is not read, and that is said."""

from __future__ import annotations

import base64
import binascii
import io
import struct
from collections.abc import Iterator

from dlp.extract.binary import plain_bytes, raw_strings
from dlp.extract.media.boxes import box_pieces
from dlp.extract.media.id3 import id3_pieces
from dlp.extract.media.picture_containers import riff_pieces
from dlp.extract.pieces import Damaged, Piece, Window, behind, decoded, told
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

_MAX_COMMENTS = 1 << 25
_MAX_BLOCKS = 1000
_MAX_PAGES = 4000


class MediaExtractor:
    """Reads tags of audio and video files."""

    types = frozenset({"audio"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The plain bytes, one text of all tags, covers as blobs, the plain bytes as text (which shows the tags of
        Matroska and APE); and a `Skipped`. Raises OSError."""
        yield plain_bytes(blob)
        yield from told(blob, _pieces(blob), limits)
        yield from raw_strings(blob)
        detail = "audio or video: its tags were read; what is heard and shown was not"
        yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)


def _pieces(blob: Blob) -> Iterator[Piece]:
    window = Window(blob.stream)
    head = window.at(0, 16)
    end: list[int] = []
    if head.startswith(b"ID3"):
        yield from id3_pieces(blob.provenance, window)
    elif head.startswith(b"RIFF"):
        yield from riff_pieces(blob.provenance, window, end)
    elif head[4:8] == b"ftyp":
        yield from box_pieces(blob.provenance, window, end)
    elif head.startswith(b"fLaC"):
        yield from _flac(blob.provenance, window)
    elif head.startswith(b"OggS"):
        yield from _ogg(blob.provenance, window)
    if end and end[0] < window.size:
        yield from behind(blob.provenance, "data behind the file", window.at(end[0], 1 << 28))


def _flac(provenance: Provenance, window: Window) -> Iterator[Piece]:
    at = 4
    for _ in range(_MAX_BLOCKS):
        head = window.at(at, 4)
        if len(head) < 4:
            raise Damaged("FLAC: cut short")
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 4:
            yield from _comments(provenance, window.at(at + 4, size))
        elif head[0] & 0x7F == 6:
            yield from _picture(provenance, window.at(at + 4, size))
        at += 4 + size
        if head[0] & 0x80:
            return


def _ogg(provenance: Provenance, window: Window) -> Iterator[Piece]:
    """The comment packet is the second one of a stream; a long one reaches over several pages."""
    streams: dict[bytes, bytearray] = {}
    at = 0
    gathered = 0
    for _ in range(_MAX_PAGES):
        head = window.at(at, 27)
        if len(head) < 27 or not head.startswith(b"OggS") or gathered > _MAX_COMMENTS:
            break
        lacing = window.at(at + 27, head[26])
        at += 27 + len(lacing)
        serial = head[14:18]
        if not head[5] & 1 or serial in streams:
            packet = streams.setdefault(serial, bytearray())
            for size in lacing:
                packet += window.at(at, size)
                at += size
                gathered += size
                if size < 255:
                    yield from _ogg_packet(provenance, bytes(packet))
                    packet.clear()
        else:
            at += sum(lacing)


def _ogg_packet(provenance: Provenance, packet: bytes) -> Iterator[Piece]:
    for magic in (b"\x03vorbis", b"OpusTags", b"\x81theora"):
        if packet.startswith(magic):
            yield from _comments(provenance, packet[len(magic) :])


def _comments(provenance: Provenance, data: bytes) -> Iterator[Piece]:
    """Vorbis comments: the maker, then `NAME=words` each behind its length."""
    at = 0
    texts = []
    if len(data) < 8:
        raise Damaged("comments: cut short")
    (size,) = struct.unpack_from("<I", data)
    texts.append(data[4 : 4 + size])
    at = 8 + size
    while at + 4 <= len(data) and len(texts) < 100_000:
        (size,) = struct.unpack_from("<I", data, at)
        texts.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    for text in texts:
        name, equals, words = text.partition(b"=")
        if name.upper() == b"METADATA_BLOCK_PICTURE":
            try:
                yield from _picture(provenance, base64.b64decode(words, validate=True))
            except binascii.Error:
                yield "comment", decoded(words)
        else:
            yield f"comment {decoded(name)[:40]}" if equals and name.isalnum() else "comment", decoded(text)


def _picture(provenance: Provenance, data: bytes) -> Iterator[Piece]:
    """A picture block of FLAC: kind, media type, description, four figures, the picture."""
    if len(data) < 8:
        return
    (size,) = struct.unpack_from(">I", data, 4)
    at = 8 + size
    description = int.from_bytes(data[at : at + 4], "big")
    yield "cover's description", decoded(data[at + 4 : at + 4 + description])
    picture = data[at + 4 + description + 20 :]
    if picture:
        yield Blob((*provenance, "cover"), io.BytesIO(picture), len(picture))
