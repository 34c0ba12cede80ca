"""Packing methods, each as a step-by-step unpacker whose output is bounded at every step, behind one interface.

What cannot be unpacked ends in a PartError, after every byte before the damage.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from dlp.extract import raw
from dlp.extract.unpacking import PartError
from dlp.model import Reason

STEP = 1 << 18
"""Bytes that one step of inflating yields at most. Others yield 64 KiB: what a step yields is lost if it fails."""

_SMALL = 1 << 16
_FIRST = 512
"""Bytes of the first piece of a stream: there may be very many small streams behind one another."""


class Readable(Protocol):
    """All that is asked of a packed stream."""

    def read(self, size: int, /) -> bytes: ...


class Source:
    """The packed bytes, in pieces that can be given back in part. `consumed` counts those that were not."""

    __slots__ = ("_at", "_buffer", "_left", "_stream", "consumed")

    def __init__(self, stream: Readable, most: int | None = None) -> None:
        """`most`: bytes, from the stream's position on; None: all."""
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._left = most
        self.consumed = 0

    def _fill(self, size: int) -> None:
        want = max(size, raw.HEAD)
        if self._left is not None:
            want = min(want, self._left)
        more = self._stream.read(want) if want else b""
        if self._left is not None:
            self._left -= len(more)
        self._buffer = self._buffer[self._at :] + more
        self._at = 0

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        have = len(self._buffer) - self._at
        while have < size:
            self._fill(size - have)
            if len(self._buffer) == have:
                break
            have = len(self._buffer)
        return self._buffer[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        if self._at == len(self._buffer):
            self._fill(size)
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        self.consumed += len(data)
        return data

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        data = self.peek(size)
        self._at += len(data)
        self.consumed += len(data)
        return data

    def give_back(self, size: int) -> None:
        """The last `size` bytes of what the last `take` gave."""
        self._at -= size
        self.consumed -= size

    def rest(self) -> Iterator[bytes]:
        """All that was not taken."""
        while data := self.take(STEP):
            yield data


Unpack = Callable[[Source], Iterator[bytes]]
"""One packed stream at the source's position; leaves the source just behind it. Raises PartError."""


class _Machine(Protocol):
    """What bz2, lzma and lz4 have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _cut() -> PartError:
    return PartError(Reason.CORRUPT, "packed data is cut short")


def _damaged(error: Exception | None = None) -> PartError:
    return PartError(Reason.CORRUPT, "packed data is damaged" + (f" ({type(error).__name__})" if error else ""))


def stored(source: Source) -> Iterator[bytes]:
    """Not packed at all: everything up to the source's end."""
    return source.rest()


def inflate(source: Source, wbits: int = -15, first: int = _FIRST) -> Iterator[bytes]:
    """Deflate, or what zlib puts round it by `wbits`; where it is damaged, all up to the damage. `first`: bytes of the
    first piece."""
    machine, safe = zlib.decompressobj(wbits), zlib.decompressobj(wbits)
    fed: list[bytes] = []  # what `machine` got that `safe` did not, and what came of it
    given = 0
    size = first
    while piece := source.take(size):
        size = _SMALL
        if len(fed) > _FED:
            safe, given = machine.copy(), 0
            fed.clear()
        fed.append(piece)
        while piece:
            try:
                data = machine.decompress(piece, STEP)
            except zlib.error as error:  # this step keeps to itself what it unpacked
                yield from _up_to_damage(safe, b"".join(fed), given)
                raise _damaged(error) from error
            if data:
                given += len(data)
                yield data
            piece = machine.unconsumed_tail
            if machine.eof:
                source.give_back(len(machine.unused_data))
                return
    while data := machine.decompress(b"", STEP):  # what the window still holds
        yield data
    if not machine.eof:
        raise _cut()


_FED = 8
"""Pieces after which the state is kept, so that no more than these have to be unpacked again."""

_FINE = 1024


def _up_to_damage(machine: zlib._Decompress, data: bytes, skip: int) -> Iterator[bytes]:
    """All that comes out of `data` before its damage, but for the first `skip` bytes."""
    at = 0
    size = _FINE
    while at < len(data) and size:
        before = machine.copy()
        try:
            out = machine.decompress(data[at : at + size])
        except zlib.error:
            machine, size = before, size // 2
            continue
        at += size
        if len(out) > skip:
            yield out[skip:]
        skip = max(0, skip - len(out))


def _run(machine: _Machine, source: Source, errors: tuple[type[Exception], ...]) -> Iterator[bytes]:
    size = _FIRST
    while piece := source.take(size):
        size = _SMALL
        while True:
            try:
                data = machine.decompress(piece, _SMALL)
            except MemoryError:
                raise
            except errors as error:
                raise _damaged(error) from error
            if data:
                yield data
            if machine.eof:
                source.give_back(len(machine.unused_data or b""))
                return
            if machine.needs_input or not (data or piece):
                break
            piece = b""
    raise _cut()


def bzip2(source: Source) -> Iterator[bytes]:
    import bz2

    return _run(bz2.BZ2Decompressor(), source, (OSError, ValueError, EOFError))


def xz(source: Source) -> Iterator[bytes]:
    import lzma

    return _run(lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY), source, (lzma.LZMAError, EOFError))


def lzma_alone(source: Source) -> Iterator[bytes]:
    import lzma

    return _run(lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY), source, (lzma.LZMAError, EOFError))


_MEMORY = 160 << 20
"""Bytes that a dictionary of LZMA may take: what `xz -9e` asks for, twice."""


def lzma_in_zip(source: Source) -> Iterator[bytes]:
    """LZMA as zip has it: version, length of properties, properties."""
    import lzma

    head = source.exactly(4)
    if len(head) < 4:
        raise _cut()
    (length,) = struct.unpack_from("<H", head, 2)
    properties = source.exactly(length)
    if length != 5 or len(properties) < 5 or properties[0] >= 225:
        raise _damaged()
    rest, (dictionary,) = properties[0], struct.unpack_from("<I", properties, 1)
    if dictionary > _MEMORY:
        raise PartError(Reason.LIMIT, f"LZMA dictionary of {dictionary} bytes")
    chosen = {"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), "lc": rest % 9}
    chosen |= {"lp": rest // 9 % 5, "pb": rest // 45}
    try:
        machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
    except (lzma.LZMAError, ValueError) as error:
        raise _damaged(error) from error
    return _run(machine, source, (lzma.LZMAError, EOFError))


def lz4(source: Source) -> Iterator[bytes]:
    from lz4.frame import LZ4FrameDecompressor

    return _run(LZ4FrameDecompressor(), source, (RuntimeError, EOFError, ValueError))


def brotli(source: Source) -> Iterator[bytes]:
    from brotli import Decompressor, error

    machine = Decompressor()
    while not machine.is_finished():
        piece = source.take(_SMALL) if machine.can_accept_more_data() else b""
        try:
            data = machine.process(piece, output_buffer_limit=STEP)
        except error as failed:
            raise _damaged(failed) from failed
        if data:
            yield data
        elif not piece and not machine.is_finished():
            raise _cut()


_ZSTD = b"\x28\xb5\x2f\xfd"
_BLOCKS = 8
"""Blocks given to zstd at once: it has no bound of its own, and a block unpacks to at most 128 KiB."""


def zstd(source: Source) -> Iterator[bytes]:
    """One frame, block by block."""
    from zstandard import ZstdDecompressor, ZstdError

    head = source.peek(18)
    if len(head) < 6:
        raise _cut()
    flags = head[4]
    length = 5 + (not flags & 32) + (0, 1, 2, 4)[flags & 3] + (1 if flags & 32 else 0, 2, 4, 8)[flags >> 6]
    if flags & 3:
        raise PartError(Reason.UNSUPPORTED, "packed with a dictionary that is not in the file")
    machine = ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    batch = [source.exactly(length)]
    last = False
    while not last:
        header = source.exactly(3)
        number = int.from_bytes(header, "little")
        size = 1 if number >> 1 & 3 == 1 else number >> 3
        last = bool(number & 1)
        tail = 4 if last and flags & 4 else 0
        block = source.exactly(size + tail)
        cut = len(header) < 3 or len(block) < size + tail
        batch += (header, block)
        if last or cut or len(batch) > 2 * _BLOCKS:
            try:
                data = machine.decompress(b"".join(batch))
            except ZstdError as error:
                raise _damaged(error) from error
            batch.clear()
            if data:
                yield data
        if cut:
            raise _cut()


def is_zstd(head: bytes) -> bool:
    return head.startswith(_ZSTD)


def skippable(head: bytes) -> bool:
    """Whether a frame of zstd or lz4 begins that says of itself to be passed over."""
    return len(head) >= 8 and head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F


def lz4_legacy(source: Source) -> Iterator[bytes]:
    """The format of `lz4 -l`: blocks that unpack to at most 8 MiB, each behind its length."""
    from lz4.block import LZ4BlockError, decompress

    source.exactly(4)
    while len(header := source.peek(4)) == 4:
        (size,) = struct.unpack("<I", header)
        if size > 9 << 20:  # no length of a block: something else stands here
            return
        source.exactly(4)
        block = source.exactly(size)
        if len(block) < size:
            raise _cut()
        try:
            yield decompress(block, uncompressed_size=8 << 20)
        except LZ4BlockError as error:
            raise _damaged(error) from error


def lzip(source: Source) -> Iterator[bytes]:
    """One member: LZMA behind six bytes of its own, with checksum and sizes at the end."""
    import lzma

    header = source.exactly(6)
    if len(header) < 6:
        raise _cut()
    size = 1 << (header[5] & 31)
    size -= size // 16 * (header[5] >> 5)
    if not 1 << 12 <= size <= 1 << 29:
        raise _damaged()
    if size > _MEMORY:
        raise PartError(Reason.LIMIT, f"LZMA dictionary of {size} bytes")
    machine = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": size}])
    crc = 0
    for data in _run(machine, source, (lzma.LZMAError, EOFError)):
        crc = zlib.crc32(data, crc)
        yield data
    trailer = source.exactly(20)
    if len(trailer) < 20:
        raise _cut()
    if struct.unpack_from("<I", trailer)[0] != crc:
        raise PartError(Reason.CORRUPT, "wrong checksum")
