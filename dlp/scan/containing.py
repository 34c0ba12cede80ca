"""Taking away what a verdict says must not stay: the same for a scan and for the daemon."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from dlp.incident.folder import Folder
from dlp.incident.incidents import by_key, key_of
from dlp.incident.quarantine.opening import quarantine_of
from dlp.incident.quarantine.records import Record
from dlp.incident.quarantine.resuming import resume
from dlp.model import Contained, Containment, Result, Verdict
from dlp.source.opening import descriptor_of

LEAST = Verdict.QUARANTINE
"""From this verdict on a file is taken away."""


class Containing:
    """Acts on results, once their incidents are recorded."""

    def __init__(
        self,
        folder: Folder,
        roots: Sequence[bytes] = (),
        resumed: Callable[[Record, Containment], None] = lambda record, outcome: None,
    ) -> None:
        """Goes on with what was cut short before, and tells `resumed` of it. roots: files and folders as they were
        named: links are followed up to these, and nowhere below.

        Raises IncidentsMissing, IncidentsUnsafe, IncidentsLocked, ConfigError, IncidentsError, OSError."""
        self._folder = folder
        trusted = [each if os.path.isdir(each) else os.path.dirname(each) for each in roots]
        self._quarantine = quarantine_of(folder, trusted)
        for record, outcome in resume(self._quarantine):
            resumed(record, outcome)

    def act(self, result: Result, lies: bytes = b"") -> Result:
        """The result, with what became of the file where its verdict asks for something. May be called again for the
        same result. `lies`: where the file is now, if not in its place. Raises IncidentsError."""
        if result.verdict.rank < LEAST.rank:
            return result
        return msgspec.structs.replace(result, containment=self._contain(result, lies))

    def _contain(self, result: Result, lies: bytes) -> Containment:
        if not result.location or descriptor_of(result.location) is not None or result.origin.blob:
            return Containment(Contained.FAILED, "", "it is no file of its own in a folder")
        with self._folder.database.reading() as db:
            found = by_key(db, key_of(result, os.path.abspath(result.path)))
        incident = found[1].id if found else ""
        return self._quarantine.contain(result.location, result.file, incident, result.handling.message, lies)

    def close(self) -> None:
        self._quarantine.folder.close()
