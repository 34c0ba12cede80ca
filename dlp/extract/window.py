"""A stretch of a seekable stream, as a stream of its own: nothing is copied."""

from __future__ import annotations

import io
from typing import BinaryIO, cast


class Window(io.RawIOBase):
    """Bytes `start` to `start + size` of `stream`, which others may move meanwhile."""

    def __init__(self, stream: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As `io.IOBase.seek`; a place before the start is the start."""
        base = (0, self._at, self._size)[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        """As `io.RawIOBase.read`."""
        left = max(0, self._size - self._at)
        self._stream.seek(self._start + self._at)
        data = self._stream.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # of what we fill
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def window(stream: BinaryIO, start: int, size: int) -> BinaryIO:
    """A `Window` as the stream of a `Blob`."""
    return cast(BinaryIO, Window(stream, start, size))
