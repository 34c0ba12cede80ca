"""Reading a stream's bytes: in chunks, exactly n of them, and past the holes of a sparse file."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Iterator
from typing import BinaryIO, Protocol, cast

from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped

HEAD = 1 << 16
"""Bytes that type and charset detection see."""

CHUNK = 1 << 18
"""Bytes read at a time: stays in the second-level cache while it is matched."""

HOLE = 1 << 20
"""Bytes of holes that make a file sparse; smaller holes are read as the zeros they stand for."""


class _Fills(Protocol):
    def readinto(self, buffer: bytearray | memoryview, /) -> int | None: ...


def read_upto(stream: BinaryIO, size: int) -> bytes:
    """The next `size` bytes, fewer only at the end of the stream: one `read` may return less than is there."""
    first = stream.read(size)
    if len(first) == size or not first:
        return first
    parts = [first]
    have = len(first)
    while have < size and (more := stream.read(size - have)):
        parts.append(more)
        have += len(more)
    return b"".join(parts)


def read_part(blob: Blob, limits: Limits, what: str) -> tuple[bytes, list[Skipped]]:
    """The content of what is held as a whole, and what to say where it is more than a part may have."""
    data = read_upto(blob.stream, limits.max_part + 1)
    if len(data) <= limits.max_part:
        return data, []
    skipped = Skipped(blob.provenance, Reason.LIMIT, f"{what}: more than {limits.max_part} bytes")
    return data[: limits.max_part], [skipped]


def read_chunks(stream: BinaryIO, size: int = CHUNK) -> Iterator[memoryview]:
    """The rest of the stream, at most `size` bytes at a time. Every chunk is the same buffer, filled anew."""
    if isinstance(stream, io.BytesIO):  # a small part of something: no quarter of a megabyte is asked for
        size = max(1, min(size, stream.getbuffer().nbytes))
    buffer = bytearray(size)
    view = memoryview(buffer)
    fill = cast(_Fills, stream).readinto
    while count := fill(buffer):
        yield view[:count]


def status_of(stream: BinaryIO) -> os.stat_result | None:
    """The fstat of the file behind `stream`; None where there is none (content in memory)."""
    try:
        return os.fstat(stream.fileno())
    except (OSError, AttributeError):  # io.UnsupportedOperation is an OSError
        return None


def has_holes(stream: BinaryIO) -> bool:
    """Whether `stream` is a file with holes of `HOLE` bytes or more, all together.

    A compressing file system allots fewer blocks than the size asks for, too: only a hole that the
    kernel names counts.
    """
    status = status_of(stream)
    if status is None or not hasattr(os, "SEEK_HOLE") or status.st_size - status.st_blocks * 512 < HOLE:
        return False
    return _seek(stream.fileno(), 0, os.SEEK_HOLE) < status.st_size


def read_data(stream: BinaryIO, marks: list[Mark], count_characters: bool, size: int = CHUNK) -> Iterator[memoryview]:
    """A sparse file's data without its holes, as `read_chunks` gives it.

    `marks` gets a `byte N` for every stretch of data, N from 0: offsets count only what was read, as
    characters (bytes that are not UTF-8 count one each) or as bytes.
    """
    number = stream.fileno()
    buffer = bytearray(size)
    view = memoryview(buffer)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    end, read = 0, 0
    while (start := _seek(number, end, os.SEEK_DATA)) >= 0:
        end = _seek(number, start, os.SEEK_HOLE)
        marks.append(Mark(read, f"byte {start}"))
        while start < end:
            count = os.preadv(number, [view[: min(size, end - start)]], start)
            if not count:
                return
            start += count
            read += len(decoder.decode(view[:count])) if count_characters else count
            yield view[:count]


def _seek(number: int, position: int, whence: int) -> int:
    """Where data or a hole begins from `position` on; -1 if none does. Leaves the file's own position alone."""
    before = os.lseek(number, 0, os.SEEK_CUR)
    try:
        return os.lseek(number, position, whence)
    except OSError:  # ENXIO: no data up to the end of the file
        return -1
    finally:
        os.lseek(number, before, os.SEEK_SET)
