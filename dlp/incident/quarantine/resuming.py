"""Going on with what was cut short: by a kill, a power cut, a disk that was full or not there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing as to_be_closed
from contextlib import contextmanager

from dlp.incident.quarantine import records
from dlp.incident.quarantine.containing import Changed, Quarantine, public
from dlp.incident.quarantine.holding import find_held, names_back
from dlp.incident.quarantine.moving import NotMoved, closing, open_content, open_parent, said, status_of
from dlp.incident.quarantine.records import ENDED, Record, State
from dlp.incident.quarantine.restoring import Restoring, temporary_name
from dlp.model import Contained, Containment


def resume(quarantine: Quarantine) -> list[tuple[Record, Containment]]:
    """Finishes or undoes whatever another process had begun: to be called before the first file is contained or given
    back. What became of each file that was on its way in.

    Raises IncidentsError, OSError."""
    begun = (State.MOVING, State.SEALED, State.RESTORING)
    with quarantine.folder.locked():
        with quarantine.log.database.reading() as db:
            found = records.listed(db, begun)
            left = [each for id in quarantine.folder.ids() if (each := records.find(db, id)) and each.state in ENDED]
        for record in left:
            quarantine.folder.drop(record.id)
        done = [(each, _inward(quarantine, each)) for each in found if each.state != State.RESTORING]
        for each in found:
            if each.state == State.RESTORING:
                _outward(Restoring(quarantine), each)
        return done


# --- on the way in ------------------------------------------------------------------------------


def _inward(quarantine: Quarantine, record: Record) -> Containment:
    try:
        with _place(record) as place, _source(record, place) as source:
            if record.state == State.SEALED and quarantine.folder.has(record.id, record.sealed_bytes):
                return _settled(quarantine, record, source, place)
            return _moved(quarantine, record, source, place)
    except NotMoved as error:
        return Containment(Contained.HELD, record.id, str(error))
    except OSError as error:
        return Containment(Contained.HELD, record.id, said(error))


@contextmanager
def _place(record: Record) -> Iterator[int | None]:
    """The folder that the file was in; None where it is not there. Raises OSError where that cannot be told."""
    try:
        place, _ = open_parent(record.path)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    with closing(place):
        yield place if os.fstat(place).st_ino == record.folder_inode else None


@contextmanager
def _source(record: Record, place: int | None) -> Iterator[int | None]:
    """The folder that it was taken from, in the same way."""
    if not record.lay:
        yield place
        return
    try:
        source, _ = open_parent(record.lay)
    except (FileNotFoundError, NotADirectoryError):
        yield None
        return
    with closing(source):
        yield source


def _settled(quarantine: Quarantine, record: Record, source: int | None, place: int | None) -> Containment:
    """Of a file whose sealed copy is there."""
    held = find_held(source, quarantine.folder, record.id)
    if held is None:
        return quarantine.settle(record, None, place, (-1, -1))
    with to_be_closed(held):
        status = held.status()
        owner = (status.st_uid, status.st_gid) if status else (-1, -1)
        return quarantine.settle(record, held, place, owner)


def _moved(quarantine: Quarantine, record: Record, source: int | None, place: int | None) -> Containment:
    """Of a file of which nobody knows whether it left its place."""
    held = find_held(source, quarantine.folder, record.id)
    if held is not None:
        with to_be_closed(held):
            status = held.status()
            if status is None or status.st_ino != record.inode:
                return quarantine.undo(record, held, source, Changed("another file was put in its place"))
            with closing(open_content(held.folder, held.name)) as content:
                return quarantine.finish(record, held, content, source, place)
    if source is None:
        raise NotMoved("the folder that it was in, and may be held in, is not there")
    quarantine.folder.drop(record.id)
    there = [status_of(source, name) for name in names_back(source, os.path.basename(record.source), record.id)]
    if any(status and status.st_ino == record.inode for status in there):
        quarantine.forget(record.id)
        return Containment(Contained.FAILED, "", "it had not left its place")
    with quarantine.log.appending() as transaction:
        records.remove(transaction, record.id)
        transaction.append("quarantine-lost", public(record))
    return Containment(Contained.FAILED, "", "it is neither in its place nor held: somebody else moved it")


# --- on the way out -----------------------------------------------------------------------------


def _outward(restoring: Restoring, record: Record) -> None:
    try:
        place, name = open_parent(record.to)
    except (OSError, NotMoved):  # gone, or a disk that is not there now: what is sealed is whole
        restoring.stay(record)
        return
    with closing(place):
        if status_of(place, temporary_name(record.id)) is None and _stands(place, name, record):
            restoring.restored(record)
        else:
            restoring.back(record, place)


def _stands(place: int, name: bytes, record: Record) -> bool:
    """Whether that is the file, given back."""
    status = status_of(place, name)
    if status is None or not record.to_inode or status.st_ino != record.to_inode or status.st_size != record.size:
        return False
    try:
        with open(open_content(place, name), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == record.digest
    except (OSError, NotMoved):
        return False
