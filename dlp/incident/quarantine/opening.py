"""The quarantine of a folder of incidents, for who may add to that."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from dlp.incident import settings
from dlp.incident.folder import Folder as Incidents
from dlp.incident.incidents import Who
from dlp.incident.quarantine.containing import Quarantine
from dlp.incident.quarantine.folder import Folder

NAME = "quarantine"
"""Of the folder."""


def quarantine_of(incidents: Incidents, trusted: Sequence[bytes] = ()) -> Quarantine:
    """`trusted`: folders as they were named (`moving.open_parent`). Whoever has it closes its folder.

    Raises IncidentsMissing, IncidentsUnsafe, ConfigError, IncidentsError."""
    wanted = settings.load(incidents.path).quarantine
    log, review = incidents.log(), incidents.review()
    return Quarantine(Folder(os.path.join(incidents.path, NAME)), log, review, Who.here(), wanted, trusted)


@contextmanager
def open_quarantine(incidents: Incidents, trusted: Sequence[bytes] = ()) -> Iterator[Quarantine]:
    """The same, closed in the end."""
    made = quarantine_of(incidents, trusted)
    with closing(made.folder):
        yield made
