"""Incidents as programs get them, version 1; and times as people do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from dlp.incident.incidents import Incident

VERSION = 1


class Listed(msgspec.Struct, frozen=True):
    """An incident. `first` and `last`: when it was seen, UTC; `times`: how often. `path`: where it was seen last,
    `earlier_paths` before. `digest`: SHA-256 of the file, empty where it is unknown."""

    id: str
    state: str
    verdict: str
    severity: str
    first: str
    last: str
    times: int
    path: str
    earlier_paths: list[str]
    channel: str
    digest: str
    user: str
    host: str
    classes: list[str]
    title: str
    notes: int


def public(row: Incident) -> Listed:
    return Listed(
        id=row.id,
        state=row.state,
        verdict=row.verdict,
        severity=row.severity,
        first=when(row.first),
        last=when(row.last),
        times=row.times,
        path=row.path,
        earlier_paths=row.paths.split("\n") if row.paths else [],
        channel=row.channel,
        digest=row.digest,
        user=row.user,
        host=row.host,
        classes=row.classes.split("\n") if row.classes else [],
        title=row.title,
        notes=row.notes,
    )


def when(micros: int) -> str:
    """`2026-11-24T17:05:09Z` of microseconds since 1970; what no calendar has, as the number."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(micros // 1_000_000))
    except (OverflowError, ValueError, OSError):
        return f"{micros} µs"
