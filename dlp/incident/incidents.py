"""Incidents: what the log's entries say of them, and the table that the entries add up to.

The table is a *projection*: `after` alone says what an entry makes of an incident, both when it is recorded and when
the log is read anew (`dlp.incident.verifying`). Findings stay in the log; a row says which entry has the latest.
"""

from __future__ import annotations

import enum
import getpass
import hashlib
import os
import socket
import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from dlp.errors import IncidentsMissing
from dlp.incident.database import Database
from dlp.model import Result, SetFinding, Verdict

# `gc=False` below: none of these can be part of a cycle, and whoever verifies a log makes a million of them.

MOST_PATHS = 20
"""Places of one incident that its row names; the log has all."""


class State(enum.StrEnum):
    """What became of an incident."""

    OPEN = "open"
    REVIEWED = "reviewed"
    FALSE_POSITIVE = "false-positive"
    RESOLVED = "resolved"


CLOSED: Final = (State.FALSE_POSITIVE, State.RESOLVED)


class Who(msgspec.Struct, frozen=True, gc=False):
    """Who did it, as the system knows them."""

    uid: int
    user: str
    host: str

    @classmethod
    def here(cls) -> Who:
        """Of this process. Names that cannot be found out are empty."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):  # a user whom the system has no name for; before Python 3.13 a KeyError
            user = ""
        return cls(os.getuid(), plain(user), plain(socket.gethostname()))


def plain(text: str) -> str:
    """Without what UTF-8 cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode()


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """Something sealed to the review key: SHA-256 of the sealed bytes, and how many there are. `name`: of its file in
    `evidence/`; empty for excerpts, which stand in the database. `content`: SHA-256 of the file that is in it."""

    sha256: str
    bytes: int
    name: str = ""
    content: str = ""


class Detected(msgspec.Struct, frozen=True, gc=False):
    """The body of an entry `incident` (a new one) or `changed` (the same file, judged otherwise).

    `key` says what makes it the same: 64 hexadecimal digits. `result`: as JSON v1 has it. `policy`, `registry`: which
    of each. `problems`: what evidence is missing, and why."""

    incident: str
    key: str
    path: str
    channel: str
    digest: str
    verdict: str
    severity: str
    classes: list[str]
    title: str
    outcome: str
    who: Who
    policy: str
    registry: str
    excerpts: Sealed | None
    file: Sealed | None
    problems: list[str]
    result: msgspec.Raw


class Seen(msgspec.Struct, frozen=True, gc=False):
    """The body of an entry `seen`: the same file again, judged alike."""

    incident: str
    path: str
    who: Who


class Decided(msgspec.Struct, frozen=True, gc=False):
    """The body of an entry `review`, `note`, `resolve`, `reopen`: what a person says. `state`: empty where it stays."""

    incident: str
    state: str
    note: str
    who: Who


Event = Detected | Seen | Decided

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {
        "incident": Detected,
        "changed": Detected,
        "seen": Seen,
        "review": Decided,
        "note": Decided,
        "resolve": Decided,
        "reopen": Decided,
    }
)
"""Kinds of entries that change an incident, and what their bodies are."""


class About(msgspec.Struct, frozen=True, gc=False):
    """What the body of any other entry has, if it is of an incident."""

    incident: str = ""


ABOUT: Final = msgspec.json.Decoder(About)


class Incident(msgspec.Struct, frozen=True, gc=False):
    """An incident, as its row has it. Times are microseconds since 1970. `detail`: the entry with the latest findings;
    `entry`: the latest of all. `classes` and `paths` (earlier ones) are lines."""

    id: str
    key: bytes
    state: str
    verdict: str
    severity: str
    first: int
    last: int
    times: int
    path: str
    channel: str
    digest: str
    user: str
    host: str
    classes: str
    title: str
    outcome: str
    notes: int
    detail: int
    entry: int
    paths: str


COLUMNS: Final = ", ".join(Incident.__struct_fields__)


def after(row: Incident | None, number: int, time: int, kind: str, event: Event) -> Incident:
    """What an entry makes of an incident; `row` is None for the first of its entries."""
    if row is None:
        if not isinstance(event, Detected):
            raise ValueError(f"entry {number} is of an incident that no entry begins")
        return _made(event, number, time)
    if isinstance(event, Decided):
        return msgspec.structs.replace(
            row, state=event.state or row.state, notes=row.notes + bool(event.note), entry=number
        )
    state = _reopened(row, event)
    paths = row.paths
    if event.path != row.path:
        now = _one_line(event.path)
        earlier = [each for each in (_one_line(row.path), *paths.split("\n")) if each and each != now]
        paths = "\n".join(dict.fromkeys(earlier[:MOST_PATHS]))
    seen = msgspec.structs.replace(
        row, state=state, last=time, times=row.times + 1, path=event.path, paths=paths, entry=number
    )
    if isinstance(event, Seen):
        return seen
    return msgspec.structs.replace(
        seen,
        verdict=event.verdict,
        severity=event.severity,
        digest=event.digest,
        classes="\n".join(event.classes),
        title=event.title,
        outcome=event.outcome,
        user=event.who.user,
        host=event.who.host,
        detail=number,
    )


def _one_line(path: str) -> str:
    """A name with a line feed in it is not to pass for two."""
    return path.replace("\n", "\\n")


def _made(event: Detected, number: int, time: int) -> Incident:
    return Incident(
        id=event.incident,
        key=bytes.fromhex(event.key),
        state=State.OPEN.value,
        verdict=event.verdict,
        severity=event.severity,
        first=time,
        last=time,
        times=1,
        path=event.path,
        channel=event.channel,
        digest=event.digest,
        user=event.who.user,
        host=event.who.host,
        classes="\n".join(event.classes),
        title=event.title,
        outcome=event.outcome,
        notes=0,
        detail=number,
        entry=number,
        paths="",
    )


def _reopened(row: Incident, event: Detected | Seen) -> str:
    """A resolved incident that is there again is open again; one that was looked at, once it is graver than it was."""
    if row.state == State.RESOLVED:
        return State.OPEN.value
    graver = isinstance(event, Detected) and Verdict(event.verdict).rank > Verdict(row.verdict).rank
    return State.OPEN.value if graver else row.state


def key_of(result: Result, path: str) -> bytes:
    """What makes results one incident: the way out, and the file's content, or its place where that is unknown."""
    if result.file and result.file.digest:
        what = f"sha256 {result.file.digest}"
    elif result.origin.blob:
        what = f"git {result.origin.blob}"
    else:
        documents = sorted({each.document.id for each in result.findings if isinstance(each, SetFinding)})
        what = f"path {path}\0{' '.join(documents)}"
    return hashlib.sha256(f"{result.origin.channel}\0{what}".encode("utf-8", "surrogatepass")).digest()


def outcome_of(result: Result, classes: Sequence[str]) -> str:
    """Of what the policy made of it: 16 hexadecimal digits. What is seen again with the same is told once."""
    severity = result.handling.severity or ""
    what = (result.verdict.value, severity, *result.handling.rules, "", *classes, "", *result.reasons)
    return hashlib.sha256("\0".join(what).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def by_key(db: sqlite3.Connection, key: bytes) -> tuple[int, Incident] | None:
    """(ordinal, incident)."""
    row = db.execute(f"SELECT ordinal, {COLUMNS} FROM incidents WHERE key = ?", (key,)).fetchone()
    return (row[0], Incident(*row[1:])) if row else None


def by_ordinal(db: sqlite3.Connection, ordinal: int) -> Incident:
    """Raises IncidentsMissing."""
    row = db.execute(f"SELECT {COLUMNS} FROM incidents WHERE ordinal = ?", (ordinal,)).fetchone()
    if row is None:
        raise IncidentsMissing("the incident is not there any more")
    return Incident(*row)


def put(db: sqlite3.Connection, ordinal: int | None, row: Incident, number: int) -> int:
    """Writes what an entry made of an incident. The ordinal."""
    values = msgspec.structs.astuple(row)
    if ordinal is None:
        marks = ", ".join("?" * len(values))
        made = db.execute(f"INSERT INTO incidents ({COLUMNS}) VALUES ({marks})", values)
        ordinal = made.lastrowid
        assert ordinal is not None
    else:
        changes = ", ".join(f"{name} = ?" for name in Incident.__struct_fields__)
        db.execute(f"UPDATE incidents SET {changes} WHERE ordinal = ?", (*values, ordinal))
    db.execute("INSERT INTO events VALUES (?, ?)", (ordinal, number))
    return ordinal


def named(database: Database, id: str) -> tuple[int, Incident]:
    """(ordinal, the incident) whose id is or begins with `id`, of four digits or more. Raises IncidentsMissing."""
    plain = id.lower()
    known = len(plain) >= 4 and all(each in "0123456789abcdef" for each in plain)
    query = f"SELECT ordinal, {COLUMNS} FROM incidents WHERE id >= ? AND id < ? LIMIT 2"
    rows = database.execute(query, (plain, plain + "g")).fetchall() if known else []
    if len(rows) == 1:
        return rows[0][0], Incident(*rows[0][1:])
    if rows:
        raise IncidentsMissing(f"more than one incident begins with {plain}; give more of its digits")
    raise IncidentsMissing(f"there is no incident {id!r}; see: dlp incidents list --state any")


def new_id() -> str:
    """12 hexadecimal digits. The table refuses one that is there."""
    return os.urandom(6).hex()


