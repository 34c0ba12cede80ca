"""RPM packages: the words of both headers, and the payload, which is a packed cpio archive."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlp.extract.archive.listing import Listing, display
from dlp.extract.unpacking import Forward, PartError, forward, once
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_LEAD = b"\xed\xab\xee\xdb"
_LEAD_SIZE = 96
_HEADER = b"\x8e\xad\xe8"
_MAX_ENTRIES = 1 << 16
_MAX_STORE = 256 << 20
"""What `rpm` itself allows."""

_STRING, _STRINGS, _TRANSLATED = 6, 8, 9


class RpmExtractor:
    """Reads RPM packages."""

    types = frozenset({"rpm"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The strings of the headers (names, descriptions, scripts, the list of files), then the payload as a blob.
        Raises OSError, Spent, PartError."""
        stream = forward(blob.stream)
        lead = stream.read(_LEAD_SIZE)
        if not lead.startswith(_LEAD) or len(lead) < _LEAD_SIZE:
            raise PartError(Reason.CORRUPT, "no RPM lead")
        listing = Listing(blob.provenance)
        listing.add(display(lead[10:76].partition(b"\0")[0]))
        for padded in (True, False):
            length = _words(stream, limits, listing)
            if padded:
                stream.skip(-length % 8)
            yield from listing.texts()
        yield Blob((*blob.provenance, "payload"), once(stream.pieces()), -1)


def _words(stream: Forward, limits: Limits, listing: Listing) -> int:
    """Adds the strings of the header that `stream` stands at; the bytes that it takes."""
    intro = stream.read(16)
    if len(intro) < 16 or not intro.startswith(_HEADER):
        raise PartError(Reason.CORRUPT, "no RPM header where one should stand")
    entries, size = struct.unpack_from(">II", intro, 8)
    if entries > _MAX_ENTRIES or size > min(_MAX_STORE, limits.max_part):
        raise PartError(Reason.LIMIT, f"an RPM header of {entries} entries and {size} bytes")
    index = stream.read(16 * entries)
    store = stream.read(size)
    if len(index) < 16 * entries or len(store) < size:
        raise PartError(Reason.CORRUPT, "an RPM header is cut short")
    left = size  # strings: entries may all point at the same ones
    for _, kind, offset, count in struct.iter_unpack(">IIII", index):
        if kind not in (_STRING, _STRINGS, _TRANSLATED) or offset >= size:
            continue
        for _ in range(min(count, left)):
            left -= 1
            end = store.find(b"\0", offset)
            if end < 0:
                break
            listing.add(display(store[offset:end]))
            offset = end + 1
    return len(index) + len(store)
