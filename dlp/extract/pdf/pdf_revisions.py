"""What earlier revisions of a PDF say. A change is appended to the file: what was before is still there, up to the mark
where the file once ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.marking import Marker
from dlp.model import Blob, Mark, Reason, Skipped, Text

MOST = 20
"""Revisions looked at, the latest ones."""

PAGES = 2000
"""Pages of them all."""

_END = re.compile(rb"%%EOF[ \t]*(?:\r\n|\r|\n)?")
_HEAD = 1024


def revisions(data: bytes) -> list[int]:
    """Where the file ended before each change, oldest first."""
    ends = [found.end() for found in _END.finditer(data)]
    if b"/Linearized" in data[:_HEAD]:
        del ends[:1]  # the end of its first part
    words = len(data.rstrip())
    return [end for end in ends[:-1] if end < words]


def read(blob: Blob, data: bytes, pages: set[int]) -> Iterator[Text | Skipped]:
    """Page texts that are not those of today, marked `revision 1, page 3`. `pages`: digests (`hash`) of today's."""
    import pypdfium2

    earlier = revisions(data)
    first = max(0, len(earlier) - MOST)
    marks: list[Mark] = []
    marker = Marker(marks)
    lines: list[tuple[str, str]] = []
    room = PAGES
    for number, end in enumerate(earlier[first:], first + 1):
        try:
            document = pypdfium2.PdfDocument(data[:end])
        except pypdfium2.PdfiumError:
            continue  # cut amid its first part: no revision
        try:
            count = len(document)
            for index in range(min(count, room)):
                try:
                    page = document[index]
                    words = page.get_textpage().get_text_range(errors="replace")
                except pypdfium2.PdfiumError:
                    continue  # of today's pages what cannot be read is said
                if words.strip() and hash(words) not in pages:
                    pages.add(hash(words))
                    lines.append((f"revision {number}, page {index + 1}", words))
            room -= min(count, room)
        finally:
            document.close()
    if lines:
        yield Text(blob.provenance, "text", iter([marker.chunk(lines)]), marks)
    if first or not room:
        detail = f"of {len(earlier)} earlier revisions the last {MOST}, and {PAGES} pages of them, were read"
        yield Skipped(blob.provenance, Reason.LIMIT, detail)
