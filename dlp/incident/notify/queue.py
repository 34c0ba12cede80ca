"""The queue of what is still to be told: a table of the incidents' database.

A row is written in the transaction that records its incident, so neither is there without the other. Whoever sends
*claims* rows by setting their `due` ahead, sends, and deletes them. One that is killed between the last two leaves them
to be sent again when that time is over, under the same id: at least once, never lost. Times are microseconds.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from dlp.errors import IncidentsDamaged
from dlp.incident.chain import Appending
from dlp.incident.database import Database
from dlp.incident.notify.message import Told, told_of
from dlp.incident.notify.targets import Target
from dlp.incident.recording import Taken
from dlp.model import Result

SECOND = 1_000_000

LEASE = 180 * SECOND
"""For which rows are claimed; what is claimed at a time is sent in less."""

FURTHEST = 2 * 3600 * SECOND
"""No row is due later than this from now on. One that is was written before the clock was set back: it is due."""

MOST_TRIES = 100
"""After which a row is given up: some four days."""

NO_TARGET = "config.yaml has no target of this name"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Told).decode


class Waiting(msgspec.Struct, frozen=True):
    """A row, without what it tells."""

    number: int
    id: str
    target: str
    incident: str
    made: int
    state: str
    due: int
    tries: int
    problem: str


_COLUMNS = ", ".join(Waiting.__struct_fields__)


class Notifier:
    """The action that puts incidents into the queue. Sending is the `Sender`'s."""

    def __init__(self, targets: Mapping[str, Target]) -> None:
        self._targets = targets

    def note(self, appending: Appending, result: Result, taken: Taken) -> None:
        if not taken.news or not result.handling.notify:
            return
        found = appending.db.execute(
            "SELECT title, path, classes, user, host FROM incidents WHERE id = ?", (taken.incident,)
        ).fetchone()
        title, path, classes, user, host = found
        news = "reopened" if taken.kind == "seen" else taken.kind
        told = told_of(
            result,
            incident=taken.incident,
            news=news,
            time=appending.time,
            classes=classes.split("\n") if classes else [],
            title=title,
            path=path,
            user=user,
            host=host,
        )
        for name in dict.fromkeys(result.handling.notify):
            self._put(appending.db, name, told)

    def _put(self, db: sqlite3.Connection, name: str, told: Told) -> None:
        """A newer state of an incident takes the place of one that nobody was told yet."""
        target = self._targets.get(name)
        if target is not None and not target.paths:
            told = msgspec.structs.replace(told, path="", title=told.title if told.found else "")
        db.execute(  # a row that is claimed is due later than it was made
            "DELETE FROM notifications "
            "WHERE incident = ? AND target = ? AND state = 'waiting' AND tries = 0 AND due <= made",
            (told.incident, name),
        )
        state, problem = ("waiting", "") if target is not None else ("dead", NO_TARGET)
        db.execute(
            "INSERT INTO notifications (id, target, incident, made, state, due, tries, problem, body) "
            "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (os.urandom(16).hex(), name, told.incident, told.time, state, told.time, problem, _encode(told)),
        )

    def act(self, result: Result, taken: Taken) -> None:
        """Nothing: what is sent is sent from the queue."""


def now() -> int:
    return time.time_ns() // 1000


def due(database: Database, target: str, moment: int, most: int) -> int:
    """How many rows are due, counted up to `most`."""
    rows = "SELECT 1 FROM notifications WHERE target = ? AND state = 'waiting' AND due <= ? LIMIT ?"
    count: int = database.execute(f"SELECT count(*) FROM ({rows})", (target, moment, most)).fetchone()[0]
    return count


def claim(database: Database, target: str, most: int, moment: int) -> list[tuple[Waiting, Told]]:
    """The rows that have been due for longest, at most so many. They are this caller's until LEASE is over."""
    with database.transaction() as db:
        rows = db.execute(
            f"SELECT {_COLUMNS}, body FROM notifications "
            "WHERE target = ? AND state = 'waiting' AND due <= ? ORDER BY due, number LIMIT ?",
            (target, moment, most),
        ).fetchall()
        db.executemany("UPDATE notifications SET due = ? WHERE number = ?", ((moment + LEASE, row[0]) for row in rows))
    return [(Waiting(*row[:-1]), _told(row[-1], database)) for row in rows]


def mend_clock(database: Database, moment: int) -> None:
    """Rows that are due too far ahead are due now."""
    late = "state = 'waiting' AND due > ?"
    if database.execute(f"SELECT 1 FROM notifications WHERE {late} LIMIT 1", (moment + FURTHEST,)).fetchone():
        with database.transaction() as db:
            db.execute(f"UPDATE notifications SET due = ? WHERE {late}", (moment, moment + FURTHEST))


def _told(body: bytes, database: Database) -> Told:
    try:
        return _decode(body)
    except msgspec.DecodeError:
        raise IncidentsDamaged(f"a notification in {database.folder} is damaged; see: dlp incidents verify") from None


def sent(appending: Appending, target: str, rows: Sequence[Waiting]) -> None:
    """They are done with; the log says who was told of what."""
    appending.db.executemany("DELETE FROM notifications WHERE number = ?", ((row.number,) for row in rows))
    ids = list(dict.fromkeys(row.incident for row in rows))
    body: dict[str, object] = {"target": target, "incidents": ids}
    if len(ids) == 1:
        body = {"target": target, "incident": ids[0]}
    appending.append("notified", body)


def failed(db: sqlite3.Connection, rows: Sequence[Waiting], problem: str, later: int, *, final: bool) -> None:
    """They are tried again from `later` on, or given up."""
    for row in rows:
        state = "dead" if final or row.tries + 1 >= MOST_TRIES else "waiting"
        values = (state, later, row.tries + 1, problem, row.number)
        db.execute("UPDATE notifications SET state = ?, due = ?, tries = ?, problem = ? WHERE number = ?", values)


def released(db: sqlite3.Connection, rows: Sequence[Waiting]) -> None:
    """They were claimed and not tried."""
    db.executemany("UPDATE notifications SET due = ? WHERE number = ?", ((row.due, row.number) for row in rows))


def revive(database: Database, targets: Mapping[str, Target], moment: int) -> int:
    """All rows of targets that there are, dead ones too, are due at once. How many."""
    count = 0
    with database.transaction() as db:
        for name in targets:
            made = db.execute(
                "UPDATE notifications SET state = 'waiting', due = ?, tries = 0, problem = '' WHERE target = ?",
                (moment, name),
            )
            count += made.rowcount
    return count


def listed(database: Database) -> Iterator[Waiting]:
    """All rows, in their order."""
    for row in database.execute(f"SELECT {_COLUMNS} FROM notifications ORDER BY number"):
        yield Waiting(*row)


def backlog(database: Database) -> dict[str, int]:
    """Rows by state."""
    return dict(database.execute("SELECT state, count(*) FROM notifications GROUP BY state"))


def oldest(database: Database) -> int | None:
    """When the row was made that waits longest."""
    made: int | None = database.execute("SELECT min(made) FROM notifications WHERE state = 'waiting'").fetchone()[0]
    return made


def failing(database: Database) -> dict[str, str]:
    """Targets that rows wait for although they were tried, and why."""
    rows = "SELECT target, max(problem) FROM notifications WHERE state = 'waiting' AND tries > 0 GROUP BY target"
    return dict(database.execute(rows))
