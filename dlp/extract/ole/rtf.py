"""Rich Text: what its groups and control words make of the letters, hidden and deleted ones included.

Footnotes, headers, comments, fields and whatever else has a group of its own are told under their own name, so that no
paragraph is torn. Objects and pictures are hexadecimal digits: blobs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_BLANK = b"\0\r\n\t "


class RtfExtractor:
    """Reads Rich Text."""

    types = frozenset({"rtf"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The text (marks `paragraph N`, `footnote`, `header`, `comment`, `field`, `property title`...), then objects,
        pictures and what stands behind the last brace."""
        from dlp.extract.ole import native
        from dlp.extract.ole.rtf_reading import Reading
        from dlp.extract.ole.storage import lines_text

        data, skipped = raw.read_part(blob, limits, "RTF")
        yield from skipped
        reading = Reading(data)
        yield lines_text(blob.provenance, reading.lines())
        if reading.open:
            yield Skipped(blob.provenance, Reason.CORRUPT, "RTF: its last group is not closed")
        for number, (kind, content) in enumerate(reading.found, 1):
            provenance = (*blob.provenance, f"{kind} {number}")
            if kind in ("embedded object", "embedded data"):
                yield from native.object_1(content, provenance)
            elif content:
                yield Blob(provenance, io.BytesIO(content), len(content))
        behind = data[reading.end :]
        if behind.strip(_BLANK):
            yield Blob((*blob.provenance, "data behind the document"), io.BytesIO(behind), len(behind))
