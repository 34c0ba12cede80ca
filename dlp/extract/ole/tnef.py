"""winmail.dat ([MS-OXTNEF]): what Outlook puts beside a mail, as one attribute after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text


class TnefExtractor:
    """Reads winmail.dat."""

    types = frozenset({"tnef"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The message's text (marks `subject`, `body`, `attachment 1 file name`...), then bodies and attached files."""
        from dlp.extract.ole.storage import lines_text, shown
        from dlp.extract.ole.tnef_attributes import Reading

        data, skipped = raw.read_part(blob, limits, "winmail.dat")
        yield from skipped
        reading = Reading(data, blob.provenance, limits)
        yield lines_text(blob.provenance, reading.lines())
        yield from reading.bodies
        for number, attached in enumerate(reading.files, 1):
            name = shown(attached.name or f"attachment {number}")
            for content in attached.contents:
                yield Blob((*blob.provenance, name), io.BytesIO(content), len(content))
        if reading.problem:
            yield Skipped(blob.provenance, Reason.CORRUPT, f"winmail.dat: {reading.problem}")
