"""Where a file is between its place and its sealed copy: in the quarantine's folder, or, where that is on another file
system, in a hidden folder beside its place. Both are closed to others."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from dlp.incident.quarantine.folder import Folder, held_name
from dlp.incident.quarantine.moving import (
    fresh_name,
    make_holding,
    move,
    open_holding,
    put_first,
    remove_holding,
    status_of,
)

CONTENT = b"content"
"""The file's name in a folder beside its place."""


class Held:
    """A file that is held. `folder`: open, and holds it by `name`."""

    def __init__(self, folder: int, name: bytes, id: str, place: int | None) -> None:
        """`place`: the folder that the file was in, where it is held beside it."""
        self.folder, self.name = folder, name
        self._id, self._place = id, place

    def status(self) -> os.stat_result | None:
        return status_of(self.folder, self.name)

    def sync(self, place: int) -> None:
        """Makes the renaming outlast a power cut. Raises OSError."""
        os.fsync(self.folder)
        os.fsync(place)

    def delete(self) -> None:
        """Once its sealed copy is on record. Raises OSError."""
        with suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder)
        os.fsync(self.folder)
        self.leave()

    def put_back(self, place: int, name: bytes) -> bytes:
        """To its name, or, where something has that by now, to one beside it; which. Raises OSError."""
        back = put_first(self.folder, self.name, place, names_back(place, name, self._id))
        self.sync(place)
        self.leave()
        return back

    def leave(self) -> None:
        """Takes the folder away that was made for it, once it is empty."""
        if self._place is not None:
            remove_holding(self._place, self._id)
            with suppress(OSError):
                os.fsync(self._place)

    def close(self) -> None:
        if self._place is not None:
            os.close(self.folder)


def names_back(place: int, name: bytes, id: str) -> tuple[bytes, bytes]:
    """Under which a file may be put back: its own, and one for where something has that by then."""
    return name, fresh_name(name, f".not-quarantined-{id}".encode(), place)


def hold(place: int, name: bytes, quarantine: Folder, id: str) -> Held:
    """Takes a file out of its place, by one renaming. Raises OSError: then it is where it was."""
    if os.fstat(place).st_dev == os.fstat(quarantine.descriptor).st_dev:
        try:
            move(place, name, quarantine.descriptor, held_name(id))
        except OSError as error:
            if error.errno != errno.EXDEV:  # as it is between two mounts of one file system
                raise
        else:
            return Held(quarantine.descriptor, held_name(id), id, None)
    held = Held(make_holding(place, id), CONTENT, id, place)
    try:
        move(place, name, held.folder, CONTENT)
    except OSError:
        held.leave()
        held.close()
        raise
    return held


def find_held(place: int | None, quarantine: Folder, id: str) -> Held | None:
    """What is held of a record. `place`: the folder that the file was in, if it can be opened. Raises OSError,
    NotMoved."""
    if status_of(quarantine.descriptor, held_name(id)) is not None:
        return Held(quarantine.descriptor, held_name(id), id, None)
    folder = open_holding(place, id) if place is not None else None
    if folder is None or place is None:
        return None
    held = Held(folder, CONTENT, id, place)
    if held.status() is None:
        held.leave()
        held.close()
        return None
    return held

