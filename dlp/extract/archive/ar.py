"""ar archives, and thereby Debian packages and static libraries, as they stream by."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.archive.listing import Listing, display
from dlp.extract.archive.members import member
from dlp.extract.unpacking import Forward, PartError, budget_of, forward, once
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_MAGIC = b"!<arch>\n"
_HEADER = 60
_MAX_NAMES = 1 << 20
_SIZE = re.compile(rb"[0-9]{1,10} *")


class ArExtractor:
    """Reads ar, in the ways of System V, GNU and BSD."""

    types = frozenset({"ar"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Blobs named as the members, in their order; the list of members. Raises OSError, Spent, PartError."""
        stream = forward(blob.stream)
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise PartError(Reason.CORRUPT, "no ar archive")
        budget = budget_of(limits)
        listing = Listing(blob.provenance)
        names = b""
        entries = 0
        while header := stream.peek(_HEADER):
            if not header.strip(b"\0\n"):
                stream.read(_HEADER)
                continue
            if len(header) < _HEADER or header[58:] != b"`\n" or not _SIZE.fullmatch(header, 48, 58):
                yield Skipped(blob.provenance, Reason.CORRUPT, f"no ar header at byte {stream.position}")
                yield Blob((*blob.provenance, "data behind the archive"), once(stream.pieces()), -1)
                break
            if entries >= limits.max_members:
                detail = f"more than {entries} members in the archive; the rest was not read"
                yield Skipped(blob.provenance, Reason.LIMIT, detail)
                break
            entries += 1
            stream.read(_HEADER)
            size = int(header[48:58])
            odd = size % 2
            name = header[:16].rstrip(b" ")
            if name == b"//" and size <= _MAX_NAMES:
                names = stream.read(size)
                shown, size = "list of names", 0
                if names:
                    yield Blob((*blob.provenance, shown), io.BytesIO(names), len(names))
            else:
                shown, used = _name(name, names, stream, size)
                size -= used
                listing.add(shown)
            if listing.large or budget.full():
                yield from listing.texts()
            if size:
                yield from member(stream, (*blob.provenance, shown), size)
            if odd:
                stream.read(1)
        yield from listing.texts()


def _name(name: bytes, names: bytes, stream: Forward, size: int) -> tuple[str, int]:
    """The name to show, and how many bytes of the member it takes."""
    if name.startswith(b"#1/") and name[3:].isdigit():
        length = min(int(name[3:]), size, raw.HEAD)
        return display(stream.read(length).rstrip(b"\0")) or "nameless", length
    if name[:1] == b"/" and name[1:].isdigit() and int(name[1:]) < len(names):
        start = int(name[1:])
        return display(names[start : start + raw.HEAD].partition(b"\n")[0].rstrip(b"/")) or "nameless", 0
    shown = name if name in (b"/", b"/SYM64/") else name.rstrip(b"/")
    return display(shown) or "nameless", 0
