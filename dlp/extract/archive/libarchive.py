"""What the system's libarchive reads, where there is one: 7z, RAR, cabinets, ISO images, LHA, xar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlp.extract import raw
from dlp.extract.archive.listing import Listing
from dlp.extract.detect import detect
from dlp.extract.unpacking import PartError, bounded, budget_of, once
from dlp.file_types import NAMES
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

if TYPE_CHECKING:
    from dlp.extract.archive.libarchive_api import Archive

MISSING = "needs the library libarchive (Debian: libarchive13, Homebrew: libarchive), which is not on this system"


class LibarchiveExtractor:
    """Reads these formats by libarchive; without it, says what to install."""

    types = frozenset({"7z", "rar", "cab", "iso", "lha", "xar"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Blobs named as the members, in their order; the list of members. Raises OSError, Spent, PartError."""
        from dlp.extract.archive.libarchive_api import Archive, load

        kind = detect(raw.read_upto(blob.stream, raw.HEAD))
        api = load()
        if api is None:
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, f"{NAMES[kind]}: {MISSING}")
            return
        archive = Archive(api, blob.stream, kind if kind in self.types else "7z")
        listing = Listing(blob.provenance)
        try:
            yield from _members(blob, archive, limits, listing)
        finally:
            archive.close()


def _members(blob: Blob, archive: Archive, limits: Limits, listing: Listing) -> Iterator[Text | Blob | Skipped]:
    budget = budget_of(limits)
    size = blob.size
    try:
        for number, entry in enumerate(archive.entries()):
            if number >= limits.max_members:
                detail = f"more than {number} members in the archive; the rest was not read"
                yield Skipped(blob.provenance, Reason.LIMIT, detail)
                break
            listing.add(entry.name, f"-> {entry.link}" if entry.link else "")
            if listing.large or budget.full():
                yield from listing.texts()
            if entry.folder or (entry.link and not entry.size):
                continue
            provenance = (*blob.provenance, entry.name or "nameless")
            if entry.encrypted:
                yield Skipped(provenance, Reason.ENCRYPTED, "encrypted archive member")
            else:
                yield Blob(provenance, once(bounded(entry.chunks(), lambda: size, limits)), -1)
    except PartError as error:
        yield from listing.texts()
        yield Skipped(blob.provenance, error.reason, error.detail)
    yield from listing.texts()
