"""Files that are held: taken out of their place until their verdict is in.

Each channel's folder that is to be held has a folder of ours beside it, on the same file system, that nobody else may
look into. It is its own record: a file is there as `ID.held`, and a symbolic link `ID`, made before the file is moved,
says where it belongs. So whatever ends the daemon when, the file is in its place or held, and both can be told from
the folder alone. Nothing ever follows the link.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import signal
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from dlp.daemon.configuration import Channel
from dlp.errors import ConfigError
from dlp.incident.quarantine.moving import closing, fresh_name, move, open_parent, put_first, status_of
from dlp.source.opening import display
from dlp.source.seam import Item

NAME: Final = ".dlp-hold-"
"""The folder's, with a digest of the channel's folder behind it."""

_HELD: Final = b".held"
_ID: Final = re.compile(rb"[0-9a-f]{16}")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW

_UNDER_WAY: Final = re.compile(
    rb"\.syncthing\..*\.tmp|~syncthing~.*\.tmp|\.unison\..*\.tmp|\..+\.[A-Za-z0-9]{6}|.+\.(part|partial|crdownload)",
    re.DOTALL,
)
"""Names that syncthing, unison, rsync and browsers give to files until they are whole."""

_DELAYED: Final = b".~tmp~"
"""The folder that rsync --delay-updates gathers such files in."""

Look = Callable[[str, bytes], object]


class _Place:
    """The holding folder of one channel's folder."""

    def __init__(self, root: bytes, channel: str, folder: bytes, descriptor: int) -> None:
        self.root, self.channel, self.folder, self.descriptor = root, channel, folder, descriptor


class Holding:
    """All that is held of some channels."""

    def __init__(self, channels: Sequence[Channel], look: Look) -> None:
        """Makes the folders that are needed. A channel that holds no longer has its folder emptied, if there is one.
        `look`: what a channel has at a path, as FileSource has it. Raises ConfigError."""
        self._look = look
        self._places: dict[bytes, _Place] = {}
        self._held: dict[bytes, tuple[bytes, _Place]] = {}
        self._holds = {os.fsencode(folder) for channel in channels if channel.hold for folder in channel.folders}
        try:
            for channel in channels:
                for folder in channel.folders:
                    self._open(channel, folder, channels)
        except BaseException:
            self.close()
            raise

    def _open(self, channel: Channel, folder: str, channels: Sequence[Channel]) -> None:
        path = place_of(channel, folder)
        root = os.fsencode(folder)
        if not channel.hold and not os.path.isdir(path):
            return
        for other in (each for one in channels for each in one.folders):
            if path == other or path.startswith(other.rstrip("/") + "/"):
                raise ConfigError(f"{path}: files cannot be held inside {other}, which is guarded: name another folder "
                                  "on the same file system by hold_in")  # fmt: skip
        mend = "name a folder of the daemon's own on the same file system by hold_in"
        try:
            if channel.hold:
                with suppress(FileExistsError):
                    os.mkdir(path, 0o700)
            descriptor = os.open(path, _FOLDER)
        except OSError as error:
            raise ConfigError(f"{path}: files of {folder} cannot be held there: {error.strerror}; {mend}") from None
        self._places[root] = place = _Place(root, channel.name, os.fsencode(path), descriptor)
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise ConfigError(f"{path}: files cannot be held in a folder that others may use; {mend}")
        there = _status(root)
        if channel.hold and there is not None and there.st_dev != status.st_dev:
            raise ConfigError(f"{path}: it is on another file system than {folder}, whose files it is to hold; {mend}")
        self._read(place)

    def _read(self, place: _Place) -> None:
        for name in os.listdir(place.descriptor):
            entry = os.fsencode(name)
            if not _ID.fullmatch(entry):
                continue
            try:
                origin = os.fsencode(os.readlink(entry, dir_fd=place.descriptor))
            except OSError:  # nothing of ours
                continue
            if origin.startswith(place.root.rstrip(b"/") + b"/") and b".." not in origin.split(b"/"):
                self._held[os.path.join(place.folder, entry + _HELD)] = origin, place

    def resume(self) -> list[tuple[bytes, int]]:
        """What is held, and its sizes: to be called before anything is. Links of files that never left their place, or
        are back there, are taken away."""
        found = []
        for place in self._places.values():
            self._read(place)
        for path, (_, place) in list(self._held.items()):
            try:
                status = status_of(place.descriptor, os.path.basename(path))
            except OSError:  # what is wrong with it is told when it is to be read
                found.append((path, 0))
                continue
            if status is None:
                self.forget(path)
            else:
                found.append((path, status.st_size))
        return found

    def strays(self) -> Iterator[bytes]:
        """What lies there and is nobody's: somebody has tampered with it."""
        for place in self._places.values():
            for name in os.listdir(place.descriptor):
                path = os.path.join(place.folder, os.fsencode(name))
                if path not in self._held and path + _HELD not in self._held:
                    yield path

    def __len__(self) -> int:
        return len(self._held)

    def origin(self, path: bytes) -> bytes | None:
        """Where what is held as `path` belongs; None for what is not held."""
        there = self._held.get(path)
        return there[0] if there else None

    def wants(self, root: bytes, path: bytes) -> bool:
        """Whether a file is held before it is judged. One that has a name under which it is still on its way is judged
        where it is, and held once it has its own."""
        if root not in self._holds or path in self._held:
            return False
        return not (_UNDER_WAY.fullmatch(os.path.basename(path)) or _DELAYED in path.split(b"/"))

    def take(self, root: bytes, path: bytes) -> bytes | None:
        """Takes a file out of its place, which is below `root`: the path that it is held as. None: it is none that is
        judged, or no file. Raises OSError, NotMoved: then it is where it was."""
        place = self._places[root]
        if not isinstance(self._look(place.channel, path), Item):
            return None
        folder, name = open_parent(path, [root])
        with closing(folder):
            there = status_of(folder, name)
            if there is None or not stat.S_ISREG(there.st_mode):
                return None
            id = os.urandom(8).hex().encode()
            os.symlink(path, id, dir_fd=place.descriptor)
            try:
                move(folder, name, place.descriptor, id + _HELD)
            except OSError:
                os.unlink(id, dir_fd=place.descriptor)
                raise
        held = os.path.join(place.folder, id + _HELD)
        self._held[held] = path, place
        taken = status_of(place.descriptor, id + _HELD)
        if taken is not None and not stat.S_ISREG(taken.st_mode):  # exchanged at the last moment
            self.release(held)
            return None
        return held

    def release(self, path: bytes) -> bytes:
        """Puts what is held back to its name, or, where something has that by now, beside it; its path. A folder that
        is gone is made anew. Raises OSError, NotMoved: then it is still held."""
        origin, place = self._held[path]
        name = os.path.basename(path)
        folder, own = _parent(origin, place.root)
        with closing(folder):
            back = put_first(place.descriptor, name, folder, (own, fresh_name(own, b".held-" + name[:8], folder)))
        self.forget(path)
        return os.path.join(os.path.dirname(origin), back)

    def forget(self, path: bytes) -> None:
        """What is no longer held."""
        _, place = self._held.pop(path, (b"", None))
        if place is not None:
            with suppress(FileNotFoundError):
                os.unlink(os.path.basename(path).removesuffix(_HELD), dir_fd=place.descriptor)

    def item(self, path: bytes, size: int) -> Item:
        """What is held, to be read: under the name that it has for people."""
        origin, place = self._held[path]
        return Item(path, display(origin), display(os.path.relpath(origin, place.root)), size)

    def close(self) -> None:
        for place in self._places.values():
            os.close(place.descriptor)
        self._places.clear()
        self._held.clear()


def unwritten(path: bytes) -> bool:
    """Whether it is known that nobody has a file open for writing: the kernel grants a lease only then. For a file
    whose closing was not heard of."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # that somebody wants to write now would end us
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    finally:
        os.close(descriptor)
        signal.signal(signal.SIGIO, before)
    return True


def place_of(channel: Channel, folder: str) -> str:
    """Where files of a channel's folder are held: beside it, where its sync client does not look."""
    digest = hashlib.blake2b(os.fsencode(folder), digest_size=4).hexdigest()
    return os.path.join(channel.hold_in or os.path.dirname(folder), NAME + digest)


def _status(path: bytes) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None


def _parent(path: bytes, root: bytes) -> tuple[int, bytes]:
    """As `open_parent`, with folders made that are not there; the root itself is never made."""
    parts = path[len(root.rstrip(b"/")) + 1 :].split(b"/")
    current = os.open(root, _FOLDER)
    try:
        for part in parts[:-1]:
            with suppress(FileExistsError):
                os.mkdir(part, 0o755, dir_fd=current)
            below = os.open(part, _FOLDER, dir_fd=current)
            os.close(current)
            current = below
    except BaseException:
        os.close(current)
        raise
    return current, parts[-1]
