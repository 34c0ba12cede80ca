"""tar archives of every flavour, read as they stream by: nothing is held but the small members.

Members are blobs; names, links, owners and what extended headers say are a text. What stands where a header should,
behind the end, or in the padding is a blob, too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.archive.listing import Listing
from dlp.extract.archive.members import member
from dlp.extract.archive.tar_headers import BLOCK, ZEROS, Header, Headers, is_header, read_map
from dlp.extract.unpacking import SPOOL, Forward, PartError, bounded, budget_of, forward, once
from dlp.extract.window import window
from dlp.limits import Limits
from dlp.model import Blob, Reason, Skipped, Text

_SEARCHED = 1 << 16
_FILES = frozenset("\x000789ABEFGI")
"""Kinds whose data is a file's; of others, size says nothing unless data is there."""


class TarExtractor:
    """Reads tar."""

    types = frozenset({"tar"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Blobs named as the members, in their order; the list of members. Raises OSError, Spent, and PartError where
        there is no header at all."""
        yield from _Tar(blob, limits).items()


class _Tar:
    def __init__(self, blob: Blob, limits: Limits) -> None:
        self._blob = blob
        self._limits = limits
        self._budget = budget_of(limits)
        self._listing = Listing(blob.provenance)
        self._base = 0
        self._slack = bytearray()
        self._end = 0
        self._stream = forward(blob.stream)
        self._headers = Headers(self._stream)

    def _move(self, position: int) -> None:
        """Reads on at `position` of the blob; only where it is seekable."""
        self._blob.stream.seek(position)
        self._base = position
        self._stream = forward(self._blob.stream)
        self._headers.stream = self._stream

    def items(self) -> Iterator[Text | Blob | Skipped]:
        entries = 0
        ended = False
        stream = self._stream
        if not is_header(stream.peek(BLOCK)) and _find_header(stream.peek(_SEARCHED)) < 0:
            raise PartError(Reason.CORRUPT, "no tar header")
        while True:
            stream = self._stream
            head = stream.peek(BLOCK)
            if not head:
                break
            if head == ZEROS[: len(head)]:
                ended = True
                stream.read(BLOCK)
                continue
            if entries >= self._limits.max_members:
                yield from self._listing.texts()
                yield self._skipped(Reason.LIMIT, f"more than {entries} members in the archive; the rest was not read")
                return
            try:
                header = self._headers.next()
            except PartError as error:
                yield self._skipped(error.reason, error.detail)
                entries += 1
                continue
            if header is None:
                if not ended:
                    where = self._base + stream.position
                    yield self._skipped(Reason.CORRUPT, f"no tar header at byte {where}")
                name = "data behind the archive" if ended else "data between members"
                yield Blob((*self._blob.provenance, name), once(self._gap()), -1)
                for _ in self._gap():  # what the reader of the blob left
                    pass
                entries += 1
                continue
            ended = False
            entries += 1
            self._listing.add(header.name, f"-> {header.link}" if header.link else "", *header.said)
            if self._listing.large or self._budget.full():
                yield from self._listing.texts()
            yield from self._member(header)
        if not ended:
            yield self._skipped(Reason.CORRUPT, "no end of the archive: it may be cut short")
        yield from self._listing.texts()
        if self._slack:
            yield Blob((*self._blob.provenance, "padding"), io.BytesIO(self._slack), len(self._slack))

    def _skipped(self, reason: Reason, detail: str) -> Skipped:
        return Skipped(self._blob.provenance, reason, detail)

    def _member(self, header: Header) -> Iterator[Text | Blob | Skipped]:
        stream = self._stream
        if header.kind not in _FILES and header.kind not in "SDVM" and not self._has_data(header.size):
            return
        provenance = (*self._blob.provenance, header.name or "nameless")
        if header.kind == "M":
            yield Skipped(provenance, Reason.UNSUPPORTED, "goes on from another volume of the archive")
        self._end = stream.position + header.size
        if header.data is not None or header.packed_map:
            yield from self._sparse(header, provenance)
        elif header.size > SPOOL and not isinstance(self._blob.stream, Forward):
            yield from self._in_place(header, provenance)
        else:
            yield from member(stream, provenance, header.size)
        stream = self._stream
        padding = stream.read(-header.size % BLOCK)
        if padding.strip(b"\0"):
            self._slack += padding.strip(b"\0") + b"\n"

    def _in_place(self, header: Header, provenance: tuple[str, ...]) -> Iterator[Blob | Skipped]:
        """A large member of an archive that lies on a disk is read where it lies."""
        start = self._base + self._stream.position
        size = min(header.size, max(0, self._blob.size - start))
        yield Blob(provenance, window(self._blob.stream, start, size), size)
        self._move(start + size)
        if size < header.size:
            yield Skipped(provenance, Reason.CORRUPT, "archive member is cut short")

    def _has_data(self, size: int) -> bool:
        """Whether what follows a folder or a link with a size is no header, and so its data."""
        if not size:
            return False
        following = self._stream.peek(BLOCK)
        return not is_header(following) and following != ZEROS

    def _sparse(self, header: Header, provenance: tuple[str, ...]) -> Iterator[Blob | Skipped]:
        stream = self._stream
        data = header.data or []
        try:
            if header.packed_map:
                data, _ = read_map(stream, header.size)
        except PartError as error:
            yield Skipped(provenance, error.reason, error.detail)
        before = stream.position
        chunks = bounded(self._segments(data), lambda: stream.position - before, self._limits)
        yield Blob(provenance, once(chunks), -1)
        if stream.position < self._end:
            stream.skip(self._end - stream.position)
        if stream.position < self._end:
            yield Skipped(provenance, Reason.CORRUPT, "archive member is cut short")
        if header.real > self._limits.max_part:
            detail = f"a file with holes of {header.real} bytes: only its data was read"
            yield Skipped(provenance, Reason.LIMIT, detail)

    def _segments(self, data: list[tuple[int, int]]) -> Iterator[bytes]:
        """The data, with zeros for small holes; larger ones are left out."""
        at = 0
        for offset, length in data:
            if at < offset <= at + raw.HOLE:
                yield bytes(offset - at)
            at = offset + length
            yield from self._stream.pieces(min(length, max(0, self._end - self._stream.position)))

    def _gap(self) -> Iterator[bytes]:
        """What stands up to the next header, which need not stand at a multiple of 512 bytes."""
        stream = self._stream
        while seen := stream.peek(_SEARCHED):
            found = _find_header(seen)
            if found == 0:
                return
            end = found if found > 0 else len(seen) if len(seen) < _SEARCHED else len(seen) - BLOCK + 1
            yield stream.read(end)


def _find_header(data: bytes) -> int:
    """Where in `data` a header with a magic begins; -1: nowhere."""
    at = data.find(b"ustar", 257)
    while at >= 0:
        if is_header(data[at - 257 : at - 257 + BLOCK]):
            return at - 257
        at = data.find(b"ustar", at + 1)
    return -1
