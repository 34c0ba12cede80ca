"""OneNote sections: their words by strings, and the files in them. How pages are built is not followed."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from dlp.extract import raw
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_FILE = b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac"
"""What an embedded file begins with ([MS-ONESTORE], FileDataStoreObject)."""
_HEAD = 36


class OneNoteExtractor:
    """Reads OneNote sections, as far as strings go."""

    types = frozenset({"onenote"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The strings (mark `section`), the embedded files, and a `Skipped`: what is packed in a page is not read."""
        from dlp.extract.ole.storage import lines_text

        data, skipped = raw.read_part(blob, limits, "OneNote section")
        yield from skipped
        files = _files(data)
        yield lines_text(blob.provenance, (("section", line) for line in _words(data, files)))
        for number, (begins, end) in enumerate(files, 1):
            yield Blob((*blob.provenance, f"embedded file {number}"), io.BytesIO(data[begins:end]), end - begins)
        detail = "OneNote section: read by its strings and embedded files, its pages were not followed"
        yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)


def _files(data: bytes) -> list[tuple[int, int]]:
    """Where the embedded files stand, apart and in order."""
    found = []
    at = data.find(_FILE)
    while at >= 0 and at + _HEAD <= len(data):
        (size,) = struct.unpack_from("<Q", data, at + 16)
        end = min(len(data), at + _HEAD + size)
        if size:
            found.append((at + _HEAD, end))
        at = data.find(_FILE, end)
    return found


def _words(data: bytes, files: list[tuple[int, int]]) -> Iterator[str]:
    from dlp.extract import strings

    at = 0
    for begins, end in [*files, (len(data), len(data))]:
        yield from strings.both(data[at:begins])
        at = end
