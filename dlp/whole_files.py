"""Files that are read, or written, whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from dlp.errors import UsageError


def read_whole(path: str, most: int | None = None) -> bytes:
    """The content of a file that the user names; of one that has more than `most` bytes, one byte more than that.
    Raises UsageError."""
    try:
        with open(path, "rb") as file:
            return file.read() if most is None else file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


@contextmanager
def written_whole(path: str, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A stream to a new file beside `path`, which takes its place, on the disk, when all went well. Otherwise `path` is
    what it was, and nothing is left beside it. `mode`: as far as the umask lets it. Raises OSError."""
    temporary = f"{path}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(os.path.dirname(path) or ".")


def sync_folder(folder: str) -> None:
    """Makes names in `folder` outlast a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
