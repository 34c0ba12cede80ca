"""What people make of incidents: reviewed, noted, resolved, opened again."""

from __future__ import annotations

from collections.abc import Sequence

from dlp.errors import UsageError
from dlp.incident import incidents
from dlp.incident.chain import Log
from dlp.incident.incidents import Decided, Incident, State, Who

MOST_NOTE = 10_000
"""Characters of a note."""


def decide(log: Log, ids: Sequence[str], kind: str, state: State | None, note: str, who: Who) -> list[Incident]:
    """Appends an entry of `kind` for each incident; what they are then. All of them, or none.

    Raises IncidentsMissing, UsageError for too long a note, IncidentsError."""
    if len(note) > MOST_NOTE:
        raise UsageError(f"a note has at most {MOST_NOTE:,} characters, not {len(note):,}")
    found = dict(incidents.named(log.database, each) for each in ids)
    made: list[Incident] = []
    with log.appending() as appending:
        for ordinal in found:
            row = incidents.by_ordinal(appending.db, ordinal)  # as it is now: another may have been quicker
            event = Decided(row.id, state.value if state else "", note, who)
            number = appending.append(kind, event)
            made.append(incidents.after(row, number, appending.time, kind, event))
            incidents.put(appending.db, ordinal, made[-1], number)
    return made
