"""What a file has beside its content and its name: owner, mode, times, extended attributes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

import msgspec

_SPECIAL = stat.S_ISUID | stat.S_ISGID


class Attributes(msgspec.Struct, frozen=True):
    """Times are nanoseconds since 1970. `extended`: names and values, access control lists among them; None where this
    system does not tell them to Python (macOS)."""

    mode: int
    owner: int
    group: int
    accessed: int
    modified: int
    extended: tuple[tuple[bytes, bytes], ...] | None


def read_attributes(descriptor: int) -> Attributes:
    """Of an open file. Raises OSError."""
    status = os.fstat(descriptor)
    return Attributes(
        mode=stat.S_IMODE(status.st_mode),
        owner=status.st_uid,
        group=status.st_gid,
        accessed=status.st_atime_ns,
        modified=status.st_mtime_ns,
        extended=_extended(descriptor),
    )


def _extended(descriptor: int) -> tuple[tuple[bytes, bytes], ...] | None:
    if not hasattr(os, "listxattr"):
        return None
    try:
        names = os.listxattr(descriptor)
    except OSError:  # a file system without any
        return ()
    found = []
    for name in names:
        try:
            found.append((os.fsencode(name), os.getxattr(descriptor, name)))
        except OSError:  # taken away meanwhile, or not for us to read
            continue
    return tuple(found)


def write_attributes(descriptor: int, attributes: Attributes) -> list[str]:
    """Puts them back; what could not be, in words. A file that cannot be given to its owner does not act for one."""
    failed: list[str] = []

    def attempt(what: str, change: Callable[[], None]) -> bool:
        try:
            change()
        except OSError as error:
            failed.append(f"{what} ({os.strerror(error.errno or 0).lower()})")
            return False
        return True

    mode = attributes.mode
    owned = attempt("its owner", lambda: os.fchown(descriptor, attributes.owner, attributes.group))
    if not owned:
        mode &= ~_SPECIAL
    attempt("its mode", lambda: os.fchmod(descriptor, mode))
    if attributes.extended is None:
        failed.append("extended attributes, which this system did not tell")
    elif attributes.extended and not hasattr(os, "setxattr"):
        failed.append("extended attributes, which this system does not set")
    else:
        for name, value in attributes.extended:
            # After the owner: a change of owner takes capabilities away.
            attempt(os.fsdecode(name), lambda name=name, value=value: os.setxattr(descriptor, name, value))  # type: ignore[misc]
    attempt("its times", lambda: os.utime(descriptor, ns=(attributes.accessed, attributes.modified)))
    return failed
