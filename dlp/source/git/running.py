"""Git as a child process: what it writes is read in bounded pieces, and what it does not write in time is not waited
for. It has its own group, so Ctrl-C is ours to see; when we end, its pipe ends with us."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Final

from dlp.source.git.view import View

QUIET: Final = 120.0
"""Seconds without a byte after which git is taken to hang, as it does where a pipe stands in an object's place."""

LONGEST: Final = 1 << 20
"""Bytes of one field: a path, a name."""

_READ: Final = 1 << 18
_PIPE: Final = 1 << 20
_SET_PIPE: Final = getattr(fcntl, "F_SETPIPE_SZ", None)


class GitFailed(Exception):
    """Git did not end well, or wrote what it should not. Its text is for people: what git said, cut short."""


class Git:
    """One run. A context manager that ends the process."""

    def __init__(self, view: View, arguments: Sequence[str], given: IO[bytes] | None = None) -> None:
        """`given`: a file that it reads as its standard input. Raises GitFailed."""
        self._said = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close()
        self.name = arguments[0]
        try:
            self._process = subprocess.Popen(
                [view.program, "--no-pager", *arguments],
                stdin=given or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env=view.environment,
                cwd=view.folder,
                start_new_session=True,
            )
        except OSError as error:
            self._said.close()
            raise GitFailed(f"git cannot be run: {error.strerror}") from None
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        if _SET_PIPE is not None:
            with contextlib.suppress(OSError):  # a system that grants no more
                fcntl.fcntl(self._out, _SET_PIPE, _PIPE)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)

    def read(self) -> bytes:
        """What there is by now; b"" at the end. Raises GitFailed where nothing comes."""
        if not self._poll.poll(QUIET * 1000):
            raise GitFailed(f"git {self.name} said nothing for {QUIET:.0f} seconds")
        return os.read(self._out, _READ)

    def end(self) -> None:
        """Waits for its end. Raises GitFailed if it was a bad one."""
        try:
            code = self._process.wait(QUIET)
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {self.name} does not end") from None
        if code:
            raise GitFailed(self.said() or f"git {self.name} ended with {code}")

    def said(self) -> str:
        """The last line but hints that it wrote to its standard error, at most 300 characters."""
        lines = os.pread(self._said.fileno(), 1 << 14, 0).decode("utf-8", "replace").split("\n")
        told = [line for line in lines if line.startswith(("fatal:", "error:"))]
        return (told[-1] if told else "").removeprefix("fatal: ").removeprefix("error: ")[:300]

    def close(self) -> None:
        """Ends it, if it has not ended. May be called twice."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._said.close()

    def __enter__(self) -> Git:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def output(view: View, arguments: Sequence[str], most: int = 1 << 16) -> bytes:
    """All that git writes, of what is short. Raises GitFailed."""
    with Git(view, arguments) as git:
        parts, size = [], 0
        while part := git.read():
            parts.append(part)
            size += len(part)
            if size > most:
                raise GitFailed(f"git {arguments[0]} writes more than {most:,} bytes")
        git.end()
    return b"".join(parts)


def fields(git: Git, end: bytes = b"\0") -> Iterator[bytes]:
    """What it writes, cut where `end` stands, to its end. Raises GitFailed."""
    rest = b""
    while part := git.read():
        cut = (rest + part).split(end)
        rest = cut.pop()
        yield from cut
        if len(rest) > LONGEST:
            raise GitFailed(f"git {git.name} writes a field of more than {LONGEST:,} bytes")
    git.end()
    if rest:
        yield rest
