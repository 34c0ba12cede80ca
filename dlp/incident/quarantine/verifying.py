"""Whether what is in the quarantine, and what may stay where it is, is what the log says."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator

import msgspec

from dlp.errors import IncidentsDamaged
from dlp.incident.database import Database
from dlp.incident.quarantine import records
from dlp.incident.quarantine.folder import sealed_name
from dlp.incident.quarantine.records import ENDED, Allowance, Record, State

_ENDS = {"restored": State.RESTORED, "released": State.RELEASED, "purged": State.PURGED}
"""Entries after which there is no sealed copy."""

_KINDS = ("quarantined", "allowance", *_ENDS)


class Taken(msgspec.Struct, frozen=True):
    """What an entry `quarantined` tells of a file that `verify` can see. `sealed` and `notice`: SHA-256 of the sealed
    copy and of the notice's bytes; empty for none."""

    id: str
    digest: str
    sealed: str = ""
    notice: str = ""


class _Told(msgspec.Struct):
    """The quarantine, as the log has it. Entries whose bodies were purged tell nothing: `silent` are their kinds."""

    taken: dict[str, tuple[int, Taken]]
    ended: dict[str, State]
    allowed: set[Allowance]
    silent: set[str]


def faults(database: Database, folder: str) -> list[tuple[int, str]]:
    """(entry, what is wrong), 0 where it is of none. `folder`: of the sealed copies.

    What another process changes meanwhile is no fault: whatever seems to be one is looked at again. Raises
    IncidentsError."""
    first = _looked(database, folder)
    if not first:
        return []
    again = set(_looked(database, folder))
    return [each for each in first if each in again]


def _looked(database: Database, folder: str) -> list[tuple[int, str]]:
    with database.reading() as db:
        told = _told(db)
        try:
            there = records.listed(db)
        except IncidentsDamaged:
            return [(0, "a record of the quarantine is damaged")]
        notices = dict(db.execute("SELECT id, notice FROM quarantine").fetchall())
        allowed = [Allowance(*row) for row in db.execute("SELECT digest, until, id, reason, who FROM allowances")]
    found = [(0, f"{each.digest} may stay where it is, and no entry allows it: {each.id}")
             for each in allowed if each not in told.allowed and "allowance" not in told.silent]  # fmt: skip
    for record in there:
        found += _differences(record, str(notices[record.id]), told)
        if record.state in (State.SEALED, State.QUARANTINED, State.RESTORING):
            found += _sealed(record, folder, told.taken[record.id][0] if record.id in told.taken else 0)
    ids = {record.id for record in there}
    found += [(number, f"{id} is missing among what is in quarantine")
              for id, (number, _) in told.taken.items() if id not in ids]  # fmt: skip
    return found


def _told(db: sqlite3.Connection) -> _Told:
    told = _Told({}, {}, set(), set())
    query = f"SELECT number, kind, body FROM log WHERE kind IN ({', '.join('?' * len(_KINDS))}) ORDER BY number"
    for number, kind, body in db.execute(query, _KINDS):
        if body is None:
            told.silent.add(kind)
            continue
        try:
            if kind == "allowance":
                told.allowed.add(msgspec.json.decode(body, type=Allowance))
                continue
            taken = msgspec.json.decode(body, type=Taken)
        except (msgspec.MsgspecError, TypeError):
            continue  # said of the entry itself
        if kind == "quarantined":
            told.taken[taken.id] = number, taken
        else:
            told.ended[taken.id] = _ENDS[kind]
    return told


def _differences(record: Record, notice: str, told: _Told) -> Iterator[tuple[int, str]]:
    """What its row says otherwise than the log."""
    number, taken = told.taken.get(record.id, (0, None))
    if taken is None:
        if record.state != State.MOVING and "quarantined" not in told.silent:
            yield 0, f"{record.id} is {record.state}, and no entry says that it was taken away"
        return
    if record.digest != taken.digest or (taken.sealed and taken.sealed != record.sealed_digest):
        yield number, f"the table says otherwise of {record.id}: its digests"
    if taken.sealed and notice != taken.notice:
        yield number, f"the table says otherwise of {record.id}: its notice"
    ended = told.ended.get(record.id)
    if record.state in ENDED and record.state != ended and record.state.value not in told.silent:
        yield number, f"{record.id} is {record.state}, and no entry says so"
    elif ended and record.state not in ENDED:
        yield number, f"{record.id} was {ended}, and the table says that it is {record.state}"


def _sealed(record: Record, folder: str, number: int) -> Iterator[tuple[int, str]]:
    """What is wrong with its sealed copy."""
    path = os.path.join(os.fsencode(folder), sealed_name(record.id))
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        yield number, f"the sealed copy of {record.id} cannot be read: {error.strerror}"
        return
    if digest != record.sealed_digest:
        yield number, f"the sealed copy of {record.id} was changed"
