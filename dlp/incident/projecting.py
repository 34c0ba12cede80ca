"""The table of incidents, made anew from the log, to be compared with the one that is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from dlp.incident import incidents
from dlp.incident.incidents import ABOUT, EVENTS, Detected, Event, Incident, Sealed


class Purged(msgspec.Struct, frozen=True):
    """What the body of an entry `purge` says is gone: incidents by their ids, bodies of entries from one number to
    another, entries whose evidence was deleted."""

    incidents: list[str]
    entries: list[tuple[int, int]]
    evidence: list[int]


_DECODERS = {kind: msgspec.json.Decoder(event) for kind, event in EVENTS.items()}
_PURGED = msgspec.json.Decoder(Purged)


class Projection:
    """Takes entries in their order."""

    def __init__(self) -> None:
        self._rows: dict[str, Incident] = {}
        self._events: dict[str, tuple[int, int]] = {}
        """How many entries each incident has, and the sum of their numbers."""
        self.sealed: dict[int, tuple[Sealed | None, Sealed | None]] = {}
        """Excerpts and file of each entry that has any, by its number."""
        self.purged: list[tuple[int, int]] = []
        """Entries whose bodies may be gone."""

    def take(self, number: int, time: int, kind: str, body: bytes) -> None:
        """Raises ValueError: what the entry says makes no sense."""
        decoder = _DECODERS.get(kind)
        if decoder is not None:
            self._event(number, time, kind, decoder.decode(body))
        elif kind == "purge":
            self._purge(_PURGED.decode(body))
        else:
            incident = ABOUT.decode(body).incident
            if incident in self._rows:
                self._count(incident, number)

    def _event(self, number: int, time: int, kind: str, event: Event) -> None:
        row = self._rows.get(event.incident)
        if kind == "incident" and row is not None:
            raise ValueError("it begins an incident that is there already")
        self._rows[event.incident] = incidents.after(row, number, time, kind, event)
        self._count(event.incident, number)
        if isinstance(event, Detected) and (event.excerpts or event.file):
            self.sealed[number] = event.excerpts, event.file

    def _count(self, incident: str, number: int) -> None:
        count, total = self._events.get(incident, (0, 0))
        self._events[incident] = count + 1, total + number

    def _purge(self, purged: Purged) -> None:
        for each in purged.incidents:
            self._rows.pop(each, None)
            self._events.pop(each, None)
        for number in purged.evidence:
            self.sealed.pop(number, None)
        self.purged += purged.entries

    def may_lack(self, numbers: list[int]) -> list[int]:
        """Those of `numbers`, ascending, that no entry says were purged."""
        spans = iter(sorted(self.purged))
        first, last = 0, -1
        lacking = []
        for number in numbers:
            while last < number and (following := next(spans, None)) is not None:
                first, last = following[0], max(last, following[1])
            if not first <= number <= last:
                lacking.append(number)
        return lacking

    def differences(self, db: sqlite3.Connection) -> Iterator[tuple[int, str]]:
        """What the tables of `db` say otherwise: (entry, what)."""
        seen = 0
        query = f"SELECT {incidents.COLUMNS} FROM incidents"
        for values in db.execute(query):
            seen += 1
            row = self._rows.get(values[0])
            if row is None:
                yield 0, f"the table has an incident {values[0]!r} that no entry tells of"
            elif Incident(*values) != row:
                named = zip(Incident.__struct_fields__, values, msgspec.structs.astuple(row), strict=True)
                fields = ", ".join(name for name, there, right in named if there != right)
                yield row.entry, f"the table says otherwise of incident {row.id}: {fields}"
        if seen < len(self._rows):
            there = {id for (id,) in db.execute("SELECT id FROM incidents")}
            for id, row in self._rows.items():
                if id not in there:
                    yield row.entry, f"incident {id} is missing in the table"
        query = "SELECT id, count(*), sum(number) FROM events JOIN incidents ON incident = ordinal GROUP BY incident"
        for id, count, total in db.execute(query):
            if id in self._rows and self._events.get(id) != (count, total):
                yield self._rows[id].entry, f"the table names other entries of incident {id} than the log has"
