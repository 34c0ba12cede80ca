"""What comes out of something packed, within limits: one budget for a file, one bounded reader, one stream that can be
read only once.

Everything that unpacks draws its content through `bounded`, whatever the format, so that no nesting of formats makes
a file cost more than its limits say.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, cast

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Reason

SPOOL = 16 << 20
"""Bytes of one content that are held in memory in any case; longer archives are read as they stream by."""

SOFT = 0.9
"""Share of a file's time after which no more of it is read: what was found until then would be lost with the worker."""


class PartError(Exception):
    """A part cannot be read, or not to its end."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Spent(Exception):
    """The file's budget is used up: nothing more of it is read, at any depth."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Budget:
    """What one file may still cost; all that is inside it shares this."""

    __slots__ = ("_end", "_limits", "members", "pictures", "text", "unpacked")

    def __init__(self, limits: Limits, seconds: float | None = None) -> None:
        """`seconds`: of wall time from now on; None: no bound."""
        self._limits = limits
        self._end = None if seconds is None else time.monotonic() + seconds
        self.members = 0
        """Blobs taken out so far."""
        self.pictures = 0
        """Pictures whose text was read so far."""
        self.text = 0
        """Bytes of text yielded so far."""
        self.unpacked = 0
        """Bytes unpacked so far."""

    def unpack(self, count: int) -> int:
        """How many of `count` more bytes there is room for."""
        room = min(count, self._limits.max_unpacked - self.unpacked)
        self.unpacked += room
        return room

    def spent(self) -> Spent:
        """What to raise once `unpack` has less room than was asked for."""
        most = self._limits.max_unpacked
        return Spent(Reason.LIMIT, f"unpacks to more than {most} bytes, all levels together; the rest was not read")

    def say(self, count: int) -> None:
        """Counts bytes of text. Raises Spent once there are more than `max_text`."""
        self.text += count
        if self.text > self._limits.max_text:
            raise Spent(Reason.LIMIT, f"more than {self._limits.max_text} bytes of text; the rest was not read")

    def on_time(self) -> None:
        """Raises Spent once the time is over."""
        if self._end is not None and time.monotonic() > self._end:
            raise Spent(Reason.TIMEOUT, "took too long; the rest was not read")

    def full(self) -> bool:
        """Whether no further blob will be gone into."""
        return self.members >= self._limits.max_members


class Bounds(Limits, frozen=True, kw_only=True):
    """The limits of one file while it is read, with what it has cost so far. The recursion makes them."""

    budget: Budget


def bounds_for(limits: Limits, size: int) -> Bounds:
    """Fresh bounds for a file of `size` bytes."""
    budget = Budget(limits, SOFT * limits.deadline(size))
    return Bounds(**{name: getattr(limits, name) for name in Limits.__struct_fields__}, budget=budget)


def budget_of(limits: Limits) -> Budget:
    """The budget of the file being read; a fresh one where an extractor is used alone."""
    return limits.budget if isinstance(limits, Bounds) else Budget(limits)


def bounded(
    chunks: Iterable[bytes], packed: Callable[[], int], limits: Limits, max_part: int | None = None
) -> Iterator[bytes]:
    """`chunks` as long as they keep to the limits, cut off at the very byte.

    packed: the bytes that the chunks were unpacked from, so far or all together. max_part: bytes; None: no bound,
    for content that nobody holds as a whole.

    Raises:
        PartError: over `max_part` or `max_ratio`, after all that is within.
        Spent: over `max_unpacked`, after all that is within.
    """
    budget = budget_of(limits)
    out = 0
    for data in chunks:
        out += len(data)
        if max_part is not None and out > max_part:
            room = len(data) - (out - max_part)
            yield data[: budget.unpack(room)]
            raise PartError(Reason.LIMIT, f"unpacks to more than {max_part} bytes")
        room = budget.unpack(len(data))
        if room < len(data):
            yield data[:room]
            raise budget.spent()
        yield data
        if out > limits.ratio_after and out > limits.max_ratio * packed():
            raise PartError(Reason.LIMIT, f"unpacks to more than {limits.max_ratio} times its packed size")
        budget.on_time()


class Forward(io.RawIOBase):
    """A stream of chunks that can be read once, with no way back. An error among the chunks is raised when all before
    it was read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._buffer = b""
        self._at = 0
        self._error: Exception | None = None
        self.position = 0
        """Bytes read so far."""

    def readable(self) -> bool:
        return True

    def _more(self) -> bytes:
        """The next chunk that is not empty; b"" at the end, or before an error."""
        while self._error is None:
            try:
                data = next(self._chunks, None)
            except Exception as error:  # noqa: BLE001  # raised again when it is its turn
                self._error = error
                break
            if data is None:
                break
            if data:
                return data
        return b""

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only where the stream ends or fails; they are still to be read."""
        if len(self._buffer) - self._at < size:
            parts = [self._buffer[self._at :]]
            have = len(parts[0])
            while have < size and (data := self._more()):
                parts.append(data)
                have += len(data)
            self._buffer = b"".join(parts)
            self._at = 0
        return self._buffer[self._at : self._at + size]

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes; fewer only at the end, or before what fails; then the error, if there is one."""
        if size < 0:
            return b"".join(self.pieces())
        end = self._at + size
        if end <= len(self._buffer):
            data = self._buffer[self._at : end]
        else:
            data = self.peek(size)
            end = self._at + len(data)
        self._at = end
        self.position += len(data)
        if not data and size:
            self._fail()
        return data

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # of what we fill
        if self._at == len(self._buffer):
            self._buffer, self._at = self._more(), 0
        data = self._buffer[self._at : self._at + len(buffer)]
        if not data:
            self._fail()
        buffer[: len(data)] = data
        self._at += len(data)
        self.position += len(data)
        return len(data)

    def pieces(self, size: int | None = None) -> Iterator[bytes]:
        """The next `size` bytes, or all, in whatever pieces they come. Raises what the chunks raise."""
        left = size
        while left is None or left > 0:
            if self._at == len(self._buffer):
                self._buffer, self._at = self._more(), 0
                if not self._buffer:
                    self._fail()
                    return
            whole = not self._at and (left is None or len(self._buffer) <= left)
            end = len(self._buffer) if left is None else min(len(self._buffer), self._at + left)
            data = self._buffer if whole else self._buffer[self._at : end]
            self._at = end
            self.position += len(data)
            if left is not None:
                left -= len(data)
            yield data

    def skip(self, size: int) -> int:
        """Reads over `size` bytes. How many there were."""
        return sum(len(piece) for piece in self.pieces(size))

    def _fail(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error


def forward(stream: BinaryIO) -> Forward:
    """`stream` from its position on, as something that is read once."""
    if isinstance(stream, Forward):
        return stream
    return Forward(iter(lambda: raw.read_upto(stream, raw.CHUNK), b""))


def once(chunks: Iterator[bytes]) -> BinaryIO:
    """`chunks` as the stream of a `Blob`: the recursion holds as much of it as its format needs."""
    return cast(BinaryIO, Forward(chunks))
