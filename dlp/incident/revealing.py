"""Revealing evidence: first the log says who does it, then it is shown."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.errors import IncidentsError, IncidentsMissing
from dlp.incident import evidence
from dlp.incident.chain import Entry, Log
from dlp.incident.evidence import Excerpts
from dlp.incident.incidents import Detected, Incident, Who


class Revealed(msgspec.Struct, frozen=True):
    """The body of an entry `reveal`. `entries`: whose evidence; `key`: the review key's public half. `purpose`: `show`
    or `export`; `problem`: why nothing was shown, where it was not."""

    incident: str
    entries: list[int]
    key: str
    purpose: str
    who: Who
    problem: str = ""


def detections(timeline: Sequence[Entry]) -> list[tuple[Entry, Detected]]:
    """Entries that say what was found, and may have evidence; not those that were purged."""
    made: list[tuple[Entry, Detected]] = []
    for entry in timeline:
        if entry.kind in ("incident", "changed") and entry.body is not None:
            made.append((entry, msgspec.json.decode(entry.body, type=Detected)))
    return made


def _opened(log: Log, number: int, body: Detected, review: X25519PrivateKey) -> Excerpts | None:
    if body.excerpts is None:
        return None
    try:
        return evidence.excerpts(log.database, number, body.excerpts, review)
    except IncidentsMissing as error:
        return Excerpts(evidence.VERSION, body.path, body.digest, [], 0, str(error))


def reveal(
    log: Log, row: Incident, timeline: Sequence[Entry], review: X25519PrivateKey, purpose: str, who: Who
) -> list[tuple[Entry, Detected, Excerpts | None]]:
    """All excerpts of an incident, by their entries; None where an entry has none. The log says so, on the disk, before
    this returns, and also where the key does not open them.

    Raises IncidentsSealed, IncidentsDamaged, IncidentsError."""
    found = detections(timeline)
    opened: list[tuple[Entry, Detected, Excerpts | None]] = []
    problem: IncidentsError | None = None
    try:
        opened = [(entry, body, _opened(log, entry.number, body, review)) for entry, body in found]
    except IncidentsError as error:
        problem = error
    entries = [entry.number for entry, body in found if body.excerpts or body.file]
    key = review.public_key().public_bytes_raw().hex()
    with log.appending() as appending:
        told = Revealed(row.id, entries, key, purpose, who, str(problem) if problem else "")
        appending.append("reveal", told)
    if problem:
        raise problem
    return opened
