"""The file that a report is written to: it is never scanned, and holds its old content or a whole report."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import click

from dlp.errors import UsageError
from dlp.model import Skipped
from dlp.source.seam import Item, Source

STANDARD_INPUT = 0


class OutputFile:
    """FILE of `--output`, beside which a temporary file of mode 0600 grows until the report is whole.

    What is no plain file, such as a pipe or /dev/null, is written to as it is.
    """

    def __init__(self, path: str, scanned: Sequence[str]) -> None:
        """Raises UsageError where `path` is one of the files `scanned` (`-`: standard input), or is a folder."""
        self._shown = path
        self._path = os.path.realpath(path)  # the file that a link leads to is replaced, not the link
        self._temporary = f"{self._path}.{os.getpid()}.tmp"
        there = _status(path)
        if there is not None and stat.S_ISDIR(there.st_mode):
            raise UsageError(f"cannot write {path}: it is a folder")
        real = _status(self._path)
        # A name such as /dev/fd/3 can be of a file that no folder holds any more: nothing stands beside that.
        self._replaced = there is None or (
            stat.S_ISREG(there.st_mode) and real is not None and os.path.samestat(there, real)
        )
        if there is None or not stat.S_ISREG(there.st_mode):
            return
        for each in scanned:
            given = _status(STANDARD_INPUT if each == "-" else each)
            if given is not None and os.path.samestat(there, given):
                raise UsageError(f"--output {path} is a file to be scanned; name another one for the report")

    def left_out(self, source: Source) -> Source:
        """`source` without this file and the temporary one."""
        return _Without(source, self._path, self._temporary)

    @contextlib.contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """A stream that becomes FILE at the end, also where the scan is interrupted: the report says so. An error
        leaves FILE as it was. Raises UsageError."""
        try:
            if not self._replaced:
                stream: BinaryIO = open(self._shown, "wb")  # noqa: SIM115  # closed below
            else:
                handle = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                stream = open(handle, "wb")  # noqa: SIM115  # closed below
        except OSError as error:
            raise UsageError(f"cannot write {self._shown}: {error.strerror}") from None
        try:
            with stream:
                yield stream
        except (KeyboardInterrupt, SystemExit, click.Abort):
            self._keep()
            raise
        except BaseException:
            if self._replaced:
                os.unlink(self._temporary)
            raise
        self._keep()

    def _keep(self) -> None:
        if self._replaced:
            os.rename(self._temporary, self._path)


class _Without:
    """A source without some files, which are given as real paths."""

    def __init__(self, source: Source, *paths: str) -> None:
        self._source = source
        self._folder = os.fsencode(os.path.dirname(paths[0]))
        self._names = {os.path.basename(os.fsencode(path)) for path in paths}

    def items(self) -> Iterator[Item | Skipped]:
        return self._kept(self._source.items())  # what is wrong with the paths is said at once

    def _kept(self, items: Iterator[Item | Skipped]) -> Iterator[Item | Skipped]:
        for item in items:
            if isinstance(item, Skipped) or not self._holds(item.path):
                yield item

    def _holds(self, path: bytes) -> bool:
        # By the name first: the real path of a folder costs calls to the system.
        return os.path.basename(path) in self._names and os.path.realpath(os.path.dirname(path)) == self._folder


def _status(path: str | int) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
