"""Purging: what is older than the configuration keeps goes, and the chain stays verifiable.

Only bodies and evidence go. Number, time, kind and the body's digest of every entry stay for good, so that the hashes
still follow from one another; and an entry `purge` says what went, so that nothing else may be missing.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from dlp.incident.chain import Log
from dlp.incident.incidents import CLOSED, EVENTS, Detected, Who
from dlp.incident.settings import Retention, seconds

ROUND = 1_000
"""Incidents that one transaction purges."""

ORPHAN = 86_400
"""Seconds after which a file that no entry names is not one that is being recorded."""


class Purging(msgspec.Struct, frozen=True):
    """The body of an entry `purge`: incidents by their ids, bodies of entries from one number to another, entries whose
    evidence was deleted; and what asked for it."""

    incidents: list[str]
    entries: list[tuple[int, int]]
    evidence: list[int]
    retention: Retention
    who: Who


class Gone(msgspec.Struct, frozen=True):
    """What was, or would be, purged."""

    incidents: int = 0
    entries: int = 0
    evidence: int = 0
    files: int = 0


def purge(log: Log, folder: str, retention: Retention, who: Who, *, dry: bool = False,
          clock: Callable[[], float] = time.time) -> Gone:  # fmt: skip
    """Takes away what is older than `retention` keeps. `folder`: of kept files. `dry`: counts it only.

    Raises IncidentsError."""
    now = clock()
    total = Gone()
    if (age := seconds(retention.closed)) is not None:
        total = _add(total, _closed(log, folder, _micros(now - age), retention, who, dry))
    if (age := seconds(retention.evidence)) is not None:
        total = _add(total, _evidence(log, folder, _micros(now - age), retention, who, dry))
    if (age := seconds(retention.log)) is not None:
        total = _add(total, _others(log, _micros(now - age), retention, who, dry))
    if not dry:
        total = _add(total, Gone(files=_orphans(log, folder, now)))
        log.database.shrink()
    return total


def _micros(moment: float) -> int:
    return int(moment * 1_000_000)


def _add(one: Gone, other: Gone) -> Gone:
    return Gone(*(a + b for a, b in zip(msgspec.structs.astuple(one), msgspec.structs.astuple(other), strict=True)))


def _closed(log: Log, folder: str, before: int, retention: Retention, who: Who, dry: bool) -> Gone:
    """Incidents that are closed, and nothing happened to since: with all that the log says of them."""
    states = [each.value for each in CLOSED]
    query = (
        f"SELECT ordinal, id FROM incidents JOIN log ON number = entry WHERE state IN ({', '.join('?' * len(states))})"
        " AND last < ? AND time < ? ORDER BY ordinal"
    )
    if dry:
        rows = log.database.execute(query, (*states, before, before)).fetchall()
        numbers = _numbers(log.database.execute, [ordinal for ordinal, _ in rows])
        return Gone(len(rows), len(numbers), len(_with_evidence(log.database.execute, numbers)))
    total = Gone()
    while True:
        with log.appending() as appending:
            db = appending.db
            rows = db.execute(f"{query} LIMIT {ROUND}", (*states, before, before)).fetchall()
            if not rows:
                return total
            numbers = _numbers(db.execute, [ordinal for ordinal, _ in rows])
            there, files = _with_evidence(db.execute, numbers), _files(db, numbers)
            for ordinal, id in rows:
                db.execute("DELETE FROM events WHERE incident = ?", (ordinal,))
                db.execute("DELETE FROM incidents WHERE ordinal = ?", (ordinal,))
                db.execute("DELETE FROM notifications WHERE incident = ?", (id,))
            _forget(db, numbers)
            appending.append("purge", Purging([id for _, id in rows], _spans(numbers), there, retention, who))
        total = _add(total, Gone(len(rows), len(numbers), len(there), _unlink(folder, files)))


def _evidence(log: Log, folder: str, before: int, retention: Retention, who: Who, dry: bool) -> Gone:
    """Excerpts and kept files of older entries; what was found is still told."""
    query = "SELECT number, body FROM log WHERE time < ? AND kind IN ('incident', 'changed') AND body IS NOT NULL"
    kept = _purged_evidence(log)
    rows: list[tuple[int, Detected]] = []
    for number, body in log.database.execute(query, (before,)):
        found = msgspec.json.decode(body, type=Detected)
        if (found.excerpts or found.file) and number not in kept:
            rows.append((number, found))
    if dry or not rows:
        return Gone(evidence=len(rows))
    with log.appending() as appending:
        for number, _ in rows:
            appending.db.execute("DELETE FROM evidence WHERE number = ?", (number,))
        appending.append("purge", Purging([], [], [number for number, _ in rows], retention, who))
    return Gone(evidence=len(rows), files=_unlink(folder, [each.file.name for _, each in rows if each.file]))


def _purged_evidence(log: Log) -> set[int]:
    """Entries whose evidence was purged before."""
    bodies = log.database.execute("SELECT body FROM log WHERE kind = 'purge' AND body IS NOT NULL").fetchall()
    return {number for (body,) in bodies for number in msgspec.json.decode(body, type=Purging).evidence}


def _others(log: Log, before: int, retention: Retention, who: Who, dry: bool) -> Gone:
    """Bodies of older entries that belong to no incident that is there. What says what was purged, and how the log
    began, stays."""
    stay = ("init", "purge", *EVENTS)
    query = (
        f"SELECT number FROM log WHERE time < ? AND body IS NOT NULL AND kind NOT IN ({', '.join('?' * len(stay))})"
        " AND number NOT IN (SELECT number FROM events) ORDER BY number"
    )
    numbers = [number for (number,) in log.database.execute(query, (before, *stay))]
    if numbers and not dry:
        with log.appending() as appending:
            _forget(appending.db, numbers)
            appending.append("purge", Purging([], _spans(numbers), [], retention, who))
    return Gone(entries=len(numbers))


def _numbers(execute: Callable[..., sqlite3.Cursor], ordinals: Sequence[int]) -> list[int]:
    found: list[int] = []
    for ordinal in ordinals:
        found += [number for (number,) in execute("SELECT number FROM events WHERE incident = ?", (ordinal,))]
    return sorted(found)


def _with_evidence(execute: Callable[..., sqlite3.Cursor], numbers: Iterable[int]) -> list[int]:
    return [number for number in numbers if execute("SELECT 1 FROM evidence WHERE number = ?", (number,)).fetchone()]


def _files(db: sqlite3.Connection, numbers: Iterable[int]) -> list[str]:
    """Names of the files that were kept with these entries."""
    names = []
    for number in numbers:
        kind, body = db.execute("SELECT kind, body FROM log WHERE number = ?", (number,)).fetchone()
        if kind in ("incident", "changed") and body is not None:
            found = msgspec.json.decode(body, type=Detected)
            names += [found.file.name] if found.file else []
    return names


def _forget(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    for number in numbers:
        db.execute("UPDATE log SET body = NULL WHERE number = ?", (number,))
        db.execute("DELETE FROM evidence WHERE number = ?", (number,))


def _spans(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers, as (first, last) of what follows one another."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


def _unlink(folder: str, names: Iterable[str]) -> int:
    """Deletes kept files, once the log says so; how many there were. Cut short, it leaves orphans."""
    count = 0
    for name in names:
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, os.path.basename(name)))
            count += 1
    return count


def _orphans(log: Log, folder: str, now: float) -> int:
    """Deletes old files that no entry names: of recording, or of purging, that was killed."""
    named = set()
    query = "SELECT number, body FROM log WHERE kind IN ('incident', 'changed') AND body IS NOT NULL"
    gone = _purged_evidence(log)
    for number, body in log.database.execute(query):
        found = msgspec.json.decode(body, type=Detected)
        if found.file and number not in gone:
            named.add(found.file.name)
    count = 0
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name not in named and now - os.stat(path).st_mtime > ORPHAN:
            os.unlink(path)
            count += 1
    return count
