"""The quarantine's folder, and its lock: one process at a time moves files in or out."""

from __future__ import annotations

import fcntl
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from dlp.errors import IncidentsError, IncidentsLocked
from dlp.incident.keys import check_folder
from dlp.incident.quarantine.moving import status_of

PATIENCE = 60.0
"""Seconds to wait for another process, which may be sealing a large file."""

LOCK = b"lock"


class Folder:
    """Holds sealed copies, `ID.sealed`; while they are written, `ID.part`; and what is not sealed yet, `ID.held`."""

    def __init__(self, path: str) -> None:
        """Makes it where it is not there. Raises IncidentsUnsafe for one that others may look into, IncidentsError."""
        self.path = path
        try:
            with suppress(FileExistsError):
                os.mkdir(path, 0o700)
            check_folder(path)
            self.descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise IncidentsError(f"cannot use {shlex.quote(path)} as quarantine: {error.strerror}") from None

    def close(self) -> None:
        os.close(self.descriptor)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone until it is over. Raises IncidentsLocked, IncidentsError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            handle = os.open(LOCK, flags, 0o600, dir_fd=self.descriptor)
        except OSError as error:
            raise IncidentsError(f"the quarantine in {self.path} cannot be locked: {error.strerror}") from None
        try:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise IncidentsLocked(
                            f"another process has been using the quarantine in {self.path} for {PATIENCE:.0f} seconds; "
                            "try again when it is done"
                        ) from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def writing(self, id: str) -> Iterator[BinaryIO]:
        """A new sealed copy: on the disk, whole and under its name when this is over. Raises OSError."""
        part = f"{id}.part".encode()
        self._unlink(part)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(part, flags, 0o600, dir_fd=self.descriptor)
        try:
            with open(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(handle)
            os.rename(part, sealed_name(id), src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
            os.fsync(self.descriptor)
        except BaseException:
            with suppress(OSError):
                self._unlink(part)
            raise

    def ids(self) -> list[str]:
        """Of which there are sealed copies. Raises OSError."""
        return [name.removesuffix(".sealed") for name in os.listdir(self.descriptor) if name.endswith(".sealed")]

    def has(self, id: str, size: int) -> bool:
        """Whether there is a sealed copy of so many bytes. Raises OSError."""
        status = status_of(self.descriptor, sealed_name(id))
        return status is not None and status.st_size == size

    def reading(self, id: str) -> BinaryIO:
        """A sealed copy. Raises OSError."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        return open(os.open(sealed_name(id), flags, dir_fd=self.descriptor), "rb")

    def drop(self, id: str) -> None:
        """A sealed copy and what was left of making one, if there are any. Raises OSError."""
        self._unlink(sealed_name(id))
        self._unlink(f"{id}.part".encode())

    def _unlink(self, name: bytes) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)


def sealed_name(id: str) -> bytes:
    return f"{id}.sealed".encode()


def held_name(id: str) -> bytes:
    return f"{id}.held".encode()
