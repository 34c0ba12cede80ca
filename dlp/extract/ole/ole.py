"""OLE compound files: Word, Excel and PowerPoint of 1993 to 2003, Outlook messages, macros, and whatever else.

What reads them is imported when the first one is met.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text


class OleExtractor:
    """Reads compound files."""

    types = frozenset({"doc", "xls", "ppt", "msg", "ole", "ole-encrypted"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Storage by storage, the root first, what the readers tell; then the streams that are left (marks `stream
        NAME`), and the strings of what belongs to none."""
        from dlp.extract.ole.ole_storages import read

        yield from read(blob, limits)
