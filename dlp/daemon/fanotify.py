"""The kernel's fanotify, as far as opening files is concerned: it asks before a file is opened, and waits. Linux, root.

When the descriptor is closed, whoever waits may open: a process that dies hangs nobody.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from typing import Final

import msgspec

_CLASS_CONTENT: Final = 0x4
_UNLIMITED: Final = 0x10 | 0x20
"""The queue, and marks."""

_CLOEXEC: Final = 0x1
_NONBLOCK: Final = 0x2
_ADD: Final = 0x1
_DONT_FOLLOW: Final = 0x4
_ONLY_FOLDERS: Final = 0x8
_MOUNT: Final = 0x10
_OPEN: Final = 0x10000
_ON_CHILD: Final = 0x08000000
_OVERFLOW: Final = 0x4000
_ALLOW: Final = 1
_DENY: Final = 2
_HERE: Final = -100

_EVENT: Final = struct.Struct("=IBBHQii")
_ANSWER: Final = struct.Struct("=iI")
_READ: Final = 24 * 64
"""Bytes of events read at a time; each brings a descriptor."""


class Asked(msgspec.Struct, frozen=True):
    """A process that wants to open a file, and waits. `descriptor`: the file, open; closed by the answer."""

    descriptor: int
    process: int


class Fanotify:
    """One group of marks."""

    def __init__(self) -> None:
        """Raises OSError: not root, or no such kernel."""
        if sys.platform != "linux":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        self._library = ctypes.CDLL(None, use_errno=True)
        self._library.fanotify_mark.argtypes = [
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint64,
            ctypes.c_int,
            ctypes.c_char_p,
        ]
        flags = _CLASS_CONTENT | _CLOEXEC | _NONBLOCK | _UNLIMITED
        self.descriptor: int = self._library.fanotify_init(flags, os.O_RDONLY | os.O_CLOEXEC | os.O_LARGEFILE)
        if self.descriptor < 0:
            raise _error()

    def mark(self, folder: bytes, *, mount: bool) -> None:
        """Asks from now on for files in this folder; `mount`: for all on what is mounted there. Raises OSError."""
        flags = _ADD | (_MOUNT if mount else _DONT_FOLLOW | _ONLY_FOLDERS)
        mask = _OPEN | (0 if mount else _ON_CHILD)
        if self._library.fanotify_mark(self.descriptor, flags, mask, _HERE, folder) != 0:
            raise _error()

    def asked(self) -> Iterator[Asked | None]:
        """Who waits since the last call. None: the kernel has left some out, and let them open. Raises OSError."""
        try:
            events = os.read(self.descriptor, _READ)
        except BlockingIOError:
            return
        at = 0
        while at + _EVENT.size <= len(events):
            length, _, _, _, mask, descriptor, process = _EVENT.unpack_from(events, at)
            at += length
            if mask & _OVERFLOW or descriptor < 0:
                yield None
            else:
                yield Asked(descriptor, process)

    def answer(self, asked: Asked, allowed: bool) -> None:
        """Once for each."""
        try:
            os.write(self.descriptor, _ANSWER.pack(asked.descriptor, _ALLOW if allowed else _DENY))
        except FileNotFoundError:
            pass  # whoever waited was killed
        finally:
            os.close(asked.descriptor)


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
