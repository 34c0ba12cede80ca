"""The folders that are guarded: what they are, and whether they are still what they were."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from dlp.daemon.configuration import Channel
from dlp.daemon.ledger import Version
from dlp.source.opening import display

_TELLS_NOTHING: Final = (
    *("9p", "afs", "auristorfs", "ceph", "cifs", "coda", "davfs", "fuse", "fuseblk", "gfs2", "glusterfs", "lustre"),
    *("ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb3", "smbfs", "vboxsf", "vmhgfs"),
)
"""Types of file systems that do not tell what others do on them; any `fuse.…` is one."""


class Root(msgspec.Struct, frozen=True):
    """A folder of a channel. `polled`: its file system tells nothing of its own accord."""

    path: bytes
    channel: Channel
    polled: bool

    def holds(self, path: bytes) -> bool:
        return path.startswith(self.path.rstrip(b"/") + b"/")


def roots_of(channels: Sequence[Channel]) -> list[Root]:
    mounts = _mounts()
    return [
        Root(os.fsencode(folder), channel, _polled(os.fsencode(folder), mounts))
        for channel in channels
        for folder in channel.folders
    ]


def state_of(root: Root) -> str:
    """What is wrong with the folder itself; empty for nothing."""
    try:
        real = os.path.realpath(root.path)
        if real != root.path:
            return f"is now a link to {display(real)}"
        with os.scandir(root.path):
            return ""
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def identity(root: Root) -> tuple[int, int] | None:
    """What tells this folder from another one in its place; None where there is none."""
    try:
        version = Version.of(os.stat(root.path))
    except OSError:
        return None
    return version.device, version.inode


def _polled(folder: bytes, mounts: Sequence[tuple[bytes, str]]) -> bool:
    """The last mount counts, of those that hold the folder most narrowly."""
    kind, deepest = "", -1
    for point, each in mounts:
        holds = folder == point or folder.startswith(point.rstrip(b"/") + b"/")
        if holds and len(point) >= deepest:
            kind, deepest = each, len(point)
    return kind in _TELLS_NOTHING or kind.startswith("fuse.")


def _mounts() -> list[tuple[bytes, str]]:
    """Where file systems are mounted, and of which type they are. Elsewhere than on Linux the system's own way to be
    told works for all of them."""
    if sys.platform != "linux":
        return []
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            return mounts(file.read())
    except OSError:
        return []


def mounts(table: bytes) -> list[tuple[bytes, str]]:
    """Of the text of /proc/self/mountinfo."""
    found = []
    for line in table.splitlines():
        before, separator, after = line.partition(b" - ")
        fields, kinds = before.split(b" "), after.split(b" ")
        if separator and len(fields) > 4:
            found.append((_unescaped(fields[4]), kinds[0].decode("ascii", "replace")))
    return found


def _unescaped(field: bytes) -> bytes:
    for code in (b"\\040", b"\\011", b"\\012", b"\\134"):
        field = field.replace(code, bytes([int(code[1:], 8)]))
    return field
