"""cpio archives of every kind (new, with checksum, portable, binary), as they stream by; what an initial RAM disk has
behind its end is read as well."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import msgspec

from dlp.extract import raw
from dlp.extract.archive.listing import Listing, display
from dlp.extract.archive.members import member
from dlp.extract.unpacking import PartError, budget_of, forward, once
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_NEW = re.compile(rb"07070[12][0-9A-Fa-f]{104}")
_PORTABLE = re.compile(rb"070707[0-7]{70}")
_TRAILER = "TRAILER!!!"
_LINK = 0o120000


class _Header(msgspec.Struct, frozen=True):
    """`length`: of the header; `align`: name and data end at a multiple of this, counted from the header's start."""

    mode: int
    size: int
    name: int
    length: int
    align: int


class CpioExtractor:
    """Reads cpio."""

    types = frozenset({"cpio"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Blobs named as the members, in their order; the list of members; what stands behind the end. Raises OSError,
        Spent, and PartError where there is no header at all."""
        stream = forward(blob.stream)
        if _header(stream.peek(110)) is None:
            raise PartError(Reason.CORRUPT, "no cpio header")
        budget = budget_of(limits)
        listing = Listing(blob.provenance)
        entries = 0
        ended = False
        while head := stream.peek(110):
            header = _header(head)
            if header is None:
                if ended and head[:1] == b"\0":
                    stream.read(len(head) - len(head.lstrip(b"\0")))
                    continue
                if not ended:
                    yield Skipped(blob.provenance, Reason.CORRUPT, f"no cpio header at byte {stream.position}")
                    ended = True
                yield Blob((*blob.provenance, "data behind the archive"), once(stream.pieces()), -1)
                break
            stream.read(header.length)
            name = display(stream.read(header.name).partition(b"\0")[0])
            stream.skip(-(header.length + header.name) % header.align)
            ended = name == _TRAILER and not header.size
            if ended:
                continue
            if entries >= limits.max_members:
                detail = f"more than {entries} members in the archive; the rest was not read"
                yield Skipped(blob.provenance, Reason.LIMIT, detail)
                ended = True
                break
            entries += 1
            if header.mode & 0o170000 == _LINK and header.size <= raw.HEAD:
                listing.add(name, "-> " + display(stream.read(header.size)))
            else:
                listing.add(name)
                if listing.large or budget.full():
                    yield from listing.texts()
                if header.size:
                    yield from member(stream, (*blob.provenance, name or "nameless"), header.size)
            stream.skip(-header.size % header.align)
        if not ended:
            yield Skipped(blob.provenance, Reason.CORRUPT, "no end of the archive: it may be cut short")
        yield from listing.texts()


def _header(head: bytes) -> _Header | None:
    if _NEW.match(head):
        fields = [int(head[at : at + 8], 16) for at in range(6, 110, 8)]
        name = fields[11]
        return _Header(fields[1], fields[6], name, 110, 4) if 0 < name <= raw.HEAD else None
    if _PORTABLE.match(head):
        mode, name, size = int(head[18:24], 8), int(head[59:65], 8), int(head[65:76], 8)
        return _Header(mode, size, name, 76, 1) if 0 < name <= raw.HEAD else None
    order = {b"\xc7\x71": "<", b"\x71\xc7": ">"}.get(head[:2])
    if order and len(head) >= 26:
        mode, name, high, low = struct.unpack_from(order + "6xH12xHHH", head)
        return _Header(mode, high << 16 | low, name, 26, 2) if 0 < name <= raw.HEAD else None
    return None
