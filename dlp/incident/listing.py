"""Looking incidents up: many by what they have in common, one with all that the log says of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from dlp.errors import IncidentsDamaged
from dlp.incident import incidents
from dlp.incident.chain import COLUMNS, Entry
from dlp.incident.database import Database
from dlp.incident.incidents import Detected, Incident, State
from dlp.model import VERDICTS, Verdict


class Filter(msgspec.Struct, frozen=True):
    """What incidents must have. `states`: one of these, any where none is given; `since`: microseconds since 1970 that
    they were last seen at or after; `verdict`: this or a stricter one; `path`: a glob, or a part of a path; `classes`:
    one of these; `limit`: so many at most."""

    states: Sequence[State] = ()
    since: int | None = None
    verdict: Verdict | None = None
    path: str = ""
    classes: Sequence[str] = ()
    channel: str = ""
    limit: int | None = None


def listed(database: Database, wanted: Filter) -> Iterator[Incident]:
    """Those that `wanted` describes, the latest seen first."""
    for row in columns(database, wanted, incidents.COLUMNS):
        yield Incident(*row)


def columns(database: Database, wanted: Filter, names: str) -> Iterator[tuple[Any, ...]]:
    """The same, but of each only these columns: of 100,000 the rest would take a quarter of a second."""
    terms: list[str] = []
    values: list[object] = []

    def one_of(column: str, allowed: Sequence[str]) -> None:
        terms.append(f"{column} IN ({', '.join('?' * len(allowed))})")
        values.extend(allowed)

    if wanted.states:
        one_of("state", [each.value for each in wanted.states])
    if wanted.since is not None:
        terms.append("last >= ?")
        values.append(wanted.since)
    if wanted.verdict is not None:
        one_of("verdict", [each.value for each in VERDICTS if each.rank >= wanted.verdict.rank])
    if wanted.path:
        glob = any(each in wanted.path for each in "*?[")
        terms.append("(path GLOB ? OR paths GLOB ?)" if glob else "(instr(path, ?) OR instr(paths, ?))")
        values += [wanted.path, wanted.path]
    if wanted.classes:
        terms.append(f"({' OR '.join('instr(char(10) || classes || char(10), ?)' for _ in wanted.classes)})")
        values.extend(f"\n{each}\n" for each in wanted.classes)
    if wanted.channel:
        terms.append("channel = ?")
        values.append(wanted.channel)
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    limit = f" LIMIT {int(wanted.limit)}" if wanted.limit is not None else ""
    query = f"SELECT {names} FROM incidents{where} ORDER BY last DESC, ordinal DESC{limit}"
    with database.translated():
        yield from database.execute(query, tuple(values))


def counted(database: Database) -> dict[str, int]:
    """How many incidents are in which state."""
    return dict(database.execute("SELECT state, count(*) FROM incidents GROUP BY state").fetchall())


def timeline(database: Database, ordinal: int) -> list[Entry]:
    """All entries that are of an incident, the first one first."""
    names = ", ".join(f"log.{each.strip()}" for each in COLUMNS.split(","))
    query = f"SELECT {names} FROM events JOIN log USING (number) WHERE incident = ? ORDER BY number"
    return [Entry(*row) for row in database.execute(query, (ordinal,)).fetchall()]


def detail(database: Database, row: Incident) -> Detected:
    """The latest findings. Raises IncidentsDamaged where their entry has no body, or not this incident's."""
    found = database.execute("SELECT body FROM log WHERE number = ?", (row.detail,)).fetchone()
    try:
        body = msgspec.json.decode(found[0] if found else b"", type=Detected)
    except (msgspec.MsgspecError, TypeError):
        body = None
    if body is None or body.incident != row.id:
        raise IncidentsDamaged(f"entry {row.detail} does not say what was found of incident {row.id}; see: {VERIFY}")
    return body


VERIFY = "dlp incidents verify"
