"""Files by their folder: each is opened, moved and put down by the descriptor of the folder that it is in.

A path is walked once, part by part, and no part may be a symbolic link; from then on no name above the file is looked
up again. So a folder that is renamed or exchanged meanwhile changes nothing about which file is meant.
"""

from __future__ import annotations

import errno
import functools
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

HOLDING = b".dlp-held-"
"""A folder of this name and an id, beside the file, where it is held until it is sealed. Only where the quarantine is
on another file system."""

_WALK = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_CONTENT = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_NO_REPLACE = 1
"""RENAME_NOREPLACE."""

_UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)

_SAID = {
    errno.ENOENT: "it is no longer there",
    errno.ENOTDIR: "a folder above it is no longer there, or has become a link",
    errno.ELOOP: "there is a symbolic link where the file or a folder above it was",
    errno.EACCES: "permission denied",
    errno.EPERM: "the system does not permit it: it is immutable, or somebody else's in a folder with the sticky bit",
    errno.EROFS: "its file system is read-only",
    errno.ENOSPC: "no room left on the disk",
    errno.EDQUOT: "no room left in the user's quota",
    errno.EFBIG: "it is larger than a file may be here",
    errno.ENAMETOOLONG: "the name is too long for this file system",
    errno.EBUSY: "the system is using it",
    errno.ETXTBSY: "it is a program that is running",
}


class NotMoved(Exception):
    """A file that stays where it is. Its text says why."""


def said(error: OSError) -> str:
    """Why something could not be done to a file, in words; names no path."""
    number = error.errno or 0
    return _SAID.get(number, os.strerror(number).lower() if number else type(error).__name__)


@contextmanager
def closing(descriptor: int) -> Iterator[int]:
    """Closes it in the end."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_parent(path: bytes, trusted: Iterable[bytes] = ()) -> tuple[int, bytes]:
    """The folder of a file, open, and the file's name in it.

    trusted: folders as the user named them; links are followed up to one of these and nowhere below. A path
        that is below none of them may hold no link at all.

    Raises NotMoved for a path that no file can have, OSError for what stands in its way.
    """
    folder, parts = _begin(path, trusted)
    if not parts or parts[-1] in (b".", b"..") or b"\0" in path:
        raise NotMoved("it is no file in a folder")
    if any(part.startswith(HOLDING) for part in parts):
        raise NotMoved("it is on its way into the quarantine")
    flags = [_WALK] * (len(parts) - 2) + [_FOLDER | os.O_NOFOLLOW] * (len(parts) > 1)
    current = os.open(folder, _FOLDER)
    try:
        for part, flag in zip(parts[:-1], flags, strict=True):
            if part == b"..":
                raise NotMoved("its path leads out of what was scanned")
            below = os.open(part, flag, dir_fd=current)
            os.close(current)
            current = below
    except BaseException:
        os.close(current)
        raise
    return current, parts[-1]


def _begin(path: bytes, trusted: Iterable[bytes]) -> tuple[bytes, list[bytes]]:
    """The folder that the walk begins in, and the parts of the path below it."""
    best = b"/" if path.startswith(b"/") else b""
    for each in trusted:
        prefix = each if each.endswith(b"/") else each + b"/"
        if path.startswith(prefix) and len(prefix) > len(best):
            best = prefix
    return best or b".", [part for part in path[len(best) :].split(b"/") if part not in (b"", b".")]


def path_of(folder: int) -> bytes:
    """The path of an open folder, without links."""
    if sys.platform == "darwin":
        import fcntl

        return fcntl.fcntl(folder, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")
    return os.readlink(f"/proc/self/fd/{folder}".encode())


def open_content(folder: int, name: bytes) -> int:
    """A regular file, for reading. Raises NotMoved for anything else, OSError."""
    descriptor = os.open(name, _CONTENT, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotMoved("it is no file: something else stands in its place")
    return descriptor


def same_file(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def status_of(folder: int, name: bytes) -> os.stat_result | None:
    """Of what stands there, be it a link; None for nothing."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def move(folder: int, name: bytes, to: int, new: bytes) -> None:
    """Into a folder of ours, to a name that nobody has. Raises OSError, with EXDEV for another file system."""
    os.rename(name, new, src_dir_fd=folder, dst_dir_fd=to)


def put(folder: int, name: bytes, to: int, new: bytes) -> None:
    """To a name in somebody's folder, where nothing may be yet. Raises FileExistsError, OSError.

    Where the system or the file system has no such renaming, the file has both names for a moment."""
    try:
        _rename_no_replace(folder, name, to, new)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        os.link(name, new, src_dir_fd=folder, dst_dir_fd=to, follow_symlinks=False)
        os.unlink(name, dir_fd=folder)


def put_first(folder: int, name: bytes, to: int, names: Iterable[bytes]) -> bytes:
    """To the first of these names that nothing has; which. What was ended between the two halves of `put` is finished.
    Raises FileExistsError where all are taken, OSError."""
    there = status_of(folder, name)
    for each in names:
        taken = status_of(to, each)
        if there and taken and same_file(there, taken):
            os.unlink(name, dir_fd=folder)
            return each
        with suppress(FileExistsError):
            put(folder, name, to, each)
            return each
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _rename_no_replace(folder: int, name: bytes, to: int, new: bytes) -> None:
    call = _renameat2()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    import ctypes

    if call(folder, name, to, new, _NO_REPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@functools.cache
def _renameat2():  # type: ignore[no-untyped-def]  # ctypes' function pointers have no type that can be named
    """The C library's, None where it has none (macOS, old Linux)."""
    try:
        import ctypes

        return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    except ImportError:  # a Python that was made without it
        return None


def fresh_name(name: bytes, suffix: bytes, folder: int) -> bytes:
    """`name` with a suffix, its end cut as far as the file system asks for it, never in the middle of a character."""
    try:
        most = os.fpathconf(folder, "PC_NAME_MAX")
    except (OSError, ValueError):
        most = 255
    room = max(most - len(suffix), 0)
    if len(name) > room:
        while room and name[room] & 0xC0 == 0x80:
            room -= 1
        name = name[:room]
    return name + suffix


def make_holding(folder: int, id: str) -> int:
    """A new folder beside the file that nobody else may look into, open. Raises OSError, NotMoved."""
    name = HOLDING + id.encode()
    os.mkdir(name, 0o700, dir_fd=folder)
    made = open_holding(folder, id)
    assert made is not None
    return made


def open_holding(folder: int, id: str) -> int | None:
    """One that was made, None where there is none. Raises OSError, NotMoved where it is not ours."""
    try:
        descriptor = os.open(HOLDING + id.encode(), _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return None
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or status.st_dev != os.fstat(folder).st_dev:
        os.close(descriptor)
        raise NotMoved("the folder that it was to be held in has been exchanged")
    return descriptor


def remove_holding(folder: int, id: str) -> None:
    """Where it is empty."""
    with suppress(OSError):
        os.rmdir(HOLDING + id.encode(), dir_fd=folder)
