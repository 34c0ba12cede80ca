"""Opening what a source listed, and putting an `OSError` into words.

A listing is old the moment it is made. So a file is opened without following a link in its last
part, without waiting (a FIFO put in its place has no writer), and is looked at again once it is
open. Only the last part of a path is guarded this way: who may rename the folders above a file
decides what is read there.
"""

from __future__ import annotations

import errno
import io
import os
import stat

from dlp.model import Reason

DESCRIPTOR = b"/dev/fd/"
"""A path below this is an open file of this process, by number; `dlp.source.stdin` makes such items."""

OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
"""With which a file is opened: never waiting, never following a link."""

_REASONS = {
    errno.ENOENT: (Reason.VANISHED, "it is no longer there"),
    errno.ENOTDIR: (Reason.VANISHED, "a folder above it is no longer there"),
    errno.ESTALE: (Reason.VANISHED, "it is no longer there (stale network file handle)"),
    errno.EACCES: (Reason.DENIED, "permission denied"),
    errno.EPERM: (Reason.DENIED, "operation not permitted"),
    errno.ELOOP: (Reason.LOOP, "a symbolic link where a file or folder was, or links that go in circles"),
    errno.ENAMETOOLONG: (Reason.LIMIT, "the path is longer than this system can open"),
    errno.ENXIO: (Reason.SPECIAL_FILE, "a socket or a device that is not there"),
    errno.ENODEV: (Reason.SPECIAL_FILE, "a device that is not there"),
    errno.ENOMEM: (Reason.MEMORY, "the system is out of memory"),
}

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
}


class Unreadable(Exception):
    """A file that cannot be read now. `reason` and `detail` are those of the `Skipped` to make of it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def skip_reason(error: OSError) -> tuple[Reason, str]:
    """The reason and detail of a `Skipped` for an error met while listing, opening or reading. Names no path."""
    known = _REASONS.get(error.errno or 0)
    if known is not None:
        return known
    return Reason.IO_ERROR, os.strerror(error.errno).lower() if error.errno else type(error).__name__


def kind_of(mode: int) -> str:
    """What a `st_mode` that is no regular file stands for: `a named pipe`."""
    return _KINDS.get(stat.S_IFMT(mode), "neither a file nor a folder")


def display(path: bytes) -> str:
    """A path for people: bytes that are not UTF-8 stand as `\\xNN`."""
    return path.decode("utf-8", "backslashreplace")


def open_descriptor(path: bytes) -> int:
    """What stands at an `Item.path`, opened for reading, closed on exec. Whoever reads it sees whether it is a file.

    Never waits and never follows a link in the last part of `path`. `/dev/fd/N` is a second
    descriptor of this process's file N, which shares its position: one reader at a time.

    Raises:
        Unreadable: it is gone or forbidden, with the reason.
    """
    try:
        # A descriptor is not opened by its path: that needs /proc, and on Linux it is a link, which O_NOFOLLOW refuses.
        number = descriptor_of(path)
        return os.open(path, OPEN_FLAGS) if number is None else os.dup(number)
    except OSError as error:
        raise Unreadable(*skip_reason(error)) from error


def descriptor_of(path: bytes) -> int | None:
    """N of `/dev/fd/N`."""
    return int(path[len(DESCRIPTOR) :]) if path.startswith(DESCRIPTOR) else None


def open_file(path: bytes) -> io.FileIO:
    """A regular file, as `open_descriptor` opens it: unbuffered, at its start.

    Raises:
        Unreadable: it is gone, forbidden or no regular file, with the reason.
    """
    descriptor = open_descriptor(path)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise Unreadable(Reason.SPECIAL_FILE, f"{kind_of(mode)} where a file was listed")
        if path.startswith(DESCRIPTOR):
            os.lseek(descriptor, 0, os.SEEK_SET)
        return io.FileIO(descriptor, "rb")
    except OSError as error:
        os.close(descriptor)
        raise Unreadable(*skip_reason(error)) from error
    except BaseException:
        os.close(descriptor)
        raise
