"""The content of objects, one after the other, from one `git cat-file` that reads their ids from a file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Final

import msgspec

from dlp.model import Reason
from dlp.source.git.running import Git, GitFailed
from dlp.source.git.view import View
from dlp.source.opening import skip_reason

INLINE: Final = 1 << 20
"""Bytes that are handed on in memory; what is larger goes to a temporary file."""

MOST_FAILURES: Final = 1000
"""Objects that git ends at; then the rest is given up."""

_CHUNK: Final = 1 << 18


class Content(msgspec.Struct, frozen=True):
    """Of one object. Either `data`, or `file`, an open descriptor that is the taker's; where both are None, `reason`
    and `detail` say why."""

    kind: bytes
    size: int
    data: bytes | None = None
    file: int | None = None
    reason: Reason | None = None
    detail: str = ""


def contents(view: View, objects: Iterable[bytes], limit: int | None) -> Iterator[Content]:
    """Of each object, by its id in binary, in their order. `limit`: bytes; of a larger one nothing is kept."""
    with tempfile.TemporaryFile() as given:
        count = 0
        for each in objects:
            given.write(each.hex().encode() + b"\n")
            count += 1
        given.flush()
        if not count:
            return
        width = given.tell() // count
        done = failures = 0
        while done < count:
            given.seek(done * width)
            try:
                for content in _run(view, given, count - done, limit):
                    done += 1
                    yield content
            except GitFailed as error:
                failures += 1
                done += 1
                yield Content(b"", 0, reason=Reason.CORRUPT, detail=f"git cannot read it: {error}")
            if failures > MOST_FAILURES:
                for _ in range(count - done):
                    yield Content(b"", 0, reason=Reason.CORRUPT, detail=f"git failed at {failures:,} objects before it")
                return


def _run(view: View, given: IO[bytes], count: int, limit: int | None) -> Iterator[Content]:
    """Raises GitFailed at the object that git ends at."""
    with Git(view, ["cat-file", "--batch", "--buffer"], given) as git:
        stream = _Stream(git)
        for _ in range(count):
            header = stream.line().split(b" ")
            if len(header) != 3:  # `missing`, `ambiguous`
                yield Content(b"", 0, reason=Reason.VANISHED, detail="the repository does not hold this object")
                continue
            kind, size = header[1], int(header[2])
            if limit is not None and size > limit:
                stream.drop(size)
                detail = f"{size:,} bytes; the limit is {limit:,} bytes"
                content = Content(kind, size, reason=Reason.TOO_LARGE, detail=detail)
            elif size > INLINE:
                content = _spooled(stream, kind, size)
            else:
                content = Content(kind, size, stream.take(size))
            stream.drop(1)
            yield content


def _spooled(stream: _Stream, kind: bytes, size: int) -> Content:
    try:
        with tempfile.TemporaryFile(prefix="dlp-", buffering=0) as file:
            for chunk in stream.chunks(size):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[file.write(rest) :]
            return Content(kind, size, file=os.dup(file.fileno()))
    except OSError as error:  # a full disk, most often
        reason, detail = skip_reason(error)
        stream.drop(stream.left)
        return Content(kind, size, reason=reason, detail=f"while it was copied to a temporary file: {detail}")


class _Stream:
    """What git writes, in lines and counted bytes."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._buffer = b""
        self._at = 0
        self.left = 0
        """Bytes of what is being taken in chunks that were not taken."""

    def line(self) -> bytes:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > 1024:
                raise GitFailed("git cat-file wrote what makes no sense")
            self._buffer = self._buffer[self._at :] + self._more()
            self._at = 0
        line = self._buffer[self._at : end]
        self._at = end + 1
        return line

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end <= len(self._buffer):
            data = self._buffer[self._at : end]
            self._at = end
            return data
        return b"".join(self.chunks(size))

    def drop(self, size: int) -> None:
        for _ in self.chunks(size):
            pass

    def chunks(self, size: int) -> Iterator[bytes]:
        self.left = size
        while self.left:
            if self._at >= len(self._buffer):
                self._buffer = self._more()
                self._at = 0
            chunk = self._buffer[self._at : self._at + self.left]
            self._at += len(chunk)
            self.left -= len(chunk)
            yield chunk

    def _more(self) -> bytes:
        more = self._git.read()
        if not more:
            with contextlib.suppress(GitFailed):
                self._git.end()
            raise GitFailed(self._git.said() or "it ended early")
        return more
