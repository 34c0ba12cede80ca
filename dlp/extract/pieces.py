"""What the parsers of small structures find: words with their places, blobs, and what could not be read.

A parser is an iterator of pieces over bytes; here its pieces become a `Text` and what else there is, within limits.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from dlp.extract import charset
from dlp.extract.archive.embedded import ARCHIVES
from dlp.extract.detect import detect
from dlp.extract.marking import Marker
from dlp.extract.raw import HEAD, read_upto
from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Reason, Skipped, Text

Piece = tuple[str, str] | Blob | Skipped
"""(place, words), a blob inside, or what was not read."""

_BATCH = 256
"""Words that make a chunk."""

_MARKS = 500_000
"""Places that are marked in one text."""

_STRING = re.compile(rb"[\t\x20-\x7e\x80-\xff]{6,}")
_ZEROS = "\0 \t\r\n"


class Damaged(Exception):
    """A structure contradicts itself or ends too soon; the text says where, and quotes nothing."""


def told(blob: Blob, pieces: Iterator[Piece], limits: Limits) -> Iterator[Text | Blob | Skipped]:
    """One text of all words, marked by their places, then the blobs and what was not read. Damage is a `Skipped`."""
    marks: list[Mark] = []
    rest: list[Blob | Skipped] = []
    yield Text(blob.provenance, "text", _chunks(blob.provenance, pieces, limits, marks, rest), marks)
    yield from rest


def _chunks(
    provenance: Provenance, pieces: Iterator[Piece], limits: Limits, marks: list[Mark], rest: list[Blob | Skipped]
) -> Iterator[bytes]:
    marker = Marker(marks)
    lines: list[tuple[str, str]] = []
    left = limits.max_text
    held = 0
    try:
        for piece in pieces:
            if isinstance(piece, tuple):
                place, words = piece
                if len(marks) >= _MARKS:
                    place = "further on"
                left -= len(words)
                if left < 0:
                    rest.append(Skipped(provenance, Reason.LIMIT, f"more than {limits.max_text} characters of text"))
                    break
                words = words.strip(_ZEROS)
                if words:
                    lines.append((place, words))
                if len(lines) >= _BATCH:
                    yield marker.chunk(lines)
                    lines.clear()
                continue
            if isinstance(piece, Blob):
                held += piece.size
                if held > limits.max_part:
                    rest.append(Skipped(piece.provenance, Reason.LIMIT, f"more than {limits.max_part} bytes inside"))
                    continue
            rest.append(piece)
    except Damaged as error:
        rest.append(Skipped(provenance, Reason.CORRUPT, str(error)))
    if lines:
        yield marker.chunk(lines)


def inner(provenance: Provenance, name: str, data: bytes) -> Iterator[Piece]:
    """Bytes inside a blob whose plain bytes are searched besides: words if they are text, a blob if they are of a kind
    that holds more than its bytes show, else nothing."""
    if not data.strip(b"\0 \t\r\n"):
        return
    kind = detect(data[:HEAD])
    if kind == "text":
        yield name, decoded(data)
    elif kind != "binary":
        yield Blob((*provenance, name), io.BytesIO(data), len(data))


def behind(provenance: Provenance, name: str, data: bytes) -> Iterator[Piece]:
    """Bytes that stand behind a blob's own end, as `inner` gives them; archives are found by the recursion."""
    if detect(data[:HEAD]) not in ARCHIVES:
        yield from inner(provenance, name, data)


def decoded(data: bytes, fallback: str = "latin-1") -> str:
    """UTF-8, or what its byte order mark says, or `fallback`."""
    wide = charset.wide(data[:HEAD])
    if wide is not None:
        return data[wide.skip :].decode(wide.codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(fallback, "replace")


def strings(data: bytes) -> str:
    """The runs of letters in `data`, a line each."""
    return "\n".join(decoded(run) for run in _STRING.findall(data))


def inflated(data: bytes, most: int, bits: int = 15) -> tuple[bytes, bool]:
    """What `data` (zlib) unpacks to, at most `most` bytes, and whether that is all of it. Raises Damaged where nothing
    comes out."""
    unpacker = zlib.decompressobj(bits)
    try:
        out = unpacker.decompress(data, most)
    except zlib.error:
        return _salvaged(data, most, bits), False
    return out, unpacker.eof


def _salvaged(data: bytes, most: int, bits: int) -> bytes:
    """What comes out before the damage."""
    unpacker = zlib.decompressobj(bits)
    out = bytearray()
    try:
        for at in range(0, len(data), 256):
            out += unpacker.decompress(data[at : at + 256], max(1, most - len(out)))
            if len(out) >= most:
                break
    except zlib.error as error:
        if not out:
            raise Damaged("damaged compressed data") from error
    return bytes(out)


def bounded(size: int, most: int, what: str) -> int:
    """`size`, if it is one that may be read. Raises Damaged."""
    if not 0 <= size <= most:
        raise Damaged(f"{what} has an impossible size")
    return size


class Window:
    """A stretch of a stream, read by offsets from its own beginning; nothing outside it is ever read."""

    __slots__ = ("_start", "_stream", "size")

    def __init__(self, stream: BinaryIO, start: int = 0, size: int | None = None) -> None:
        end = stream.seek(0, io.SEEK_END)
        self._stream = stream
        self._start = min(start, end)
        self.size = end - self._start if size is None else max(0, min(size, end - self._start))

    @classmethod
    def of(cls, data: bytes) -> Window:
        return cls(io.BytesIO(data))

    def at(self, offset: int, count: int) -> bytes:
        """At most `count` bytes from `offset` on; fewer at the end."""
        if not 0 <= offset < self.size:
            return b""
        self._stream.seek(self._start + offset)
        return read_upto(self._stream, max(0, min(count, self.size - offset)))

    def part(self, offset: int, count: int) -> Window:
        """The stretch of `count` bytes from `offset` on, as far as it lies in this one."""
        offset = max(0, min(offset, self.size))
        return Window(self._stream, self._start + offset, min(max(0, count), self.size - offset))

    def all(self, most: int, what: str) -> bytes:
        """All of it. Raises Damaged where that is more than `most` bytes."""
        return self.at(0, bounded(self.size, most, what))
