"""What is known of each file in the quarantine: one row each, which changes in the transaction that logs the change."""

from __future__ import annotations

import enum
import os
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from dlp.errors import IncidentsDamaged
from dlp.incident.chain import Appending
from dlp.incident.incidents import Who


class State(enum.StrEnum):
    """How far it is."""

    MOVING = "moving"
    SEALED = "sealed"
    QUARANTINED = "quarantined"
    RESTORING = "restoring"
    RESTORED = "restored"
    RELEASED = "released"
    PURGED = "purged"


ENDED: Final = (State.RESTORED, State.RELEASED, State.PURGED)
"""There is no content any more."""


class Record(msgspec.Struct, frozen=True):
    """One file. Times are microseconds since 1970. Nothing of it tells of the content but its size and digest."""

    id: str
    state: State
    path: bytes
    """Where it was, without links."""

    incident: str
    taken: int
    by: Who
    size: int
    digest: str
    """SHA-256: of what was scanned while it is `moving`, empty where that is not known; then of what is sealed."""

    inode: int
    folder_inode: int
    """Of the folder that it was in. Numbers of devices are not kept: they are others after a restart."""

    sealed_bytes: int = 0
    sealed_digest: str = ""
    """Of the sealed copy."""

    attributes: bytes = b""
    """`Attributes`, sealed as the content is: their values may tell of it."""

    links: int = 1
    """Names that the file had; under the others it can still be read."""

    notice_name: bytes = b""
    """Of the notice in its place; empty for none, or none yet."""

    notice: str = ""
    """The notice's text; empty where there is to be none."""

    remark: str = ""
    to: bytes = b""
    """Where it is, or was, given back."""

    to_inode: int = 0
    """Of the file that is to stand there; zero until it is whole."""

    ended: int = 0
    ended_by: Who | None = None
    reason: str = ""
    """Why it was given back or purged."""

    until: int = 0
    """How long this content may stay wherever it stands, once it is released."""

    lay: bytes = b""
    """Where it was while it was judged, if not at `path`: held by a daemon. It is put back there."""

    @property
    def source(self) -> bytes:
        """Where it was taken from."""
        return self.lay or self.path


class Allowance(msgspec.Struct, frozen=True):
    """Content that stays where it is until a time, in microseconds since 1970."""

    digest: str
    until: int
    id: str
    reason: str
    who: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


def new_id() -> str:
    return "Q" + os.urandom(5).hex()


def write(transaction: Appending, record: Record, notice_digest: str | None = None) -> None:
    """Adds or replaces a record. `notice_digest`: SHA-256 of its notice's bytes, where it is decided."""
    transaction.db.execute(
        "INSERT INTO quarantine (id, state, taken, bytes, notice, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (id) DO UPDATE SET state = ?2, bytes = ?4, record = ?6,"
        " notice = CASE WHEN ?5 = '' THEN notice ELSE ?5 END",
        (record.id, record.state.value, record.taken, record.sealed_bytes or record.size, notice_digest or "",
         _encode(record)),
    )  # fmt: skip


def remove(transaction: Appending, id: str) -> None:
    """Of a file that never left its place."""
    transaction.db.execute("DELETE FROM quarantine WHERE id = ?", (id,))


def allow(transaction: Appending, allowance: Allowance) -> None:
    transaction.db.execute("INSERT INTO allowances VALUES (?, ?, ?, ?, ?)", msgspec.structs.astuple(allowance))


def disallow(transaction: Appending, id: str) -> None:
    """Takes back what was allowed for a record."""
    transaction.db.execute("DELETE FROM allowances WHERE id = ?", (id,))


def find(db: sqlite3.Connection, id: str) -> Record | None:
    """Raises IncidentsDamaged."""
    found = _records(db.execute("SELECT record FROM quarantine WHERE id = ?", (id,)))
    return found[0] if found else None


def listed(db: sqlite3.Connection, states: Iterable[State] = ()) -> list[Record]:
    """Oldest first; of any state where none is given. Raises IncidentsDamaged."""
    wanted = [each.value for each in states]
    where = f" WHERE state IN ({', '.join('?' * len(wanted))})" if wanted else ""
    return _records(db.execute(f"SELECT record FROM quarantine{where} ORDER BY taken, id", wanted))


def kept_bytes(db: sqlite3.Connection) -> int:
    """What all sealed copies take together."""
    ended = [each.value for each in ENDED]
    query = f"SELECT coalesce(sum(bytes), 0) FROM quarantine WHERE state NOT IN ({', '.join('?' * len(ended))})"
    total: int = db.execute(query, ended).fetchone()[0]
    return total


def is_notice(db: sqlite3.Connection, digest: str) -> bool:
    """Whether that is SHA-256 of a notice that was put somewhere."""
    return db.execute("SELECT 1 FROM quarantine WHERE notice = ? LIMIT 1", (digest,)).fetchone() is not None


def allowance(db: sqlite3.Connection, digest: str, now: int) -> Allowance | None:
    """The one in force that holds longest."""
    query = "SELECT digest, until, id, reason, who FROM allowances WHERE digest = ? AND until > ? ORDER BY until DESC"
    row = db.execute(query, (digest, now)).fetchone()
    return Allowance(*row) if row else None


def _records(rows: sqlite3.Cursor) -> list[Record]:
    try:
        return [_decode(row[0]) for row in rows]
    except (msgspec.MsgspecError, TypeError):
        raise IncidentsDamaged("a record of the quarantine is damaged; see: dlp incidents verify") from None
