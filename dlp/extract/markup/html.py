"""HTML: the words as a browser shows them, tags gone and entities decoded, and beside them what else the source says.

Nothing is read twice: a tag with attributes stands in the text as in the source, so that what is written in one
is found in one, and every line is marked with its source line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from dlp.extract import charset, raw
from dlp.extract.charset_names import codec_of
from dlp.extract.detect_text import kind_of
from dlp.extract.marking import Marker
from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Mark, Skipped, Text

_CHARSET = rb"(?i:<(?:meta|\?xml)[^>]{0,400}?(?:charset|encoding)\s{0,9}=\s{0,9}[\"']?([\w.:\-]{1,40}))"
_WITHIN = 16384


class HtmlExtractor:
    """Reads web pages in any charset."""

    types = frozenset({"html", "markup"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text (marks `line 12`); the plain bytes besides where the charset is doubtful. What may be a program as
        well is read as it stands, too. Raises OSError."""
        head = raw.read_upto(blob.stream, _WITHIN)
        blob.stream.seek(0)
        extractor = TextExtractor(declared=declared(head))
        for item in extractor.extract(blob, limits):
            if isinstance(item, Text) and not item.marks:
                marks: list[Mark] = []
                yield Text(item.provenance, "text", words(item.chunks, marks), marks)
            else:
                yield item
        if charset.wide(head) is None and kind_of(head) != "html":
            blob.stream.seek(0)
            for item in extractor.extract(blob, limits):
                yield msgspec.structs.replace(item, again=True) if isinstance(item, Text) else item


def declared(head: bytes) -> str | None:
    """The codec of the charset that the source says it is in."""
    match = re.search(_CHARSET, head)
    return codec_of(match[1].decode("ascii", "replace")) if match else None


def words(
    chunks: Iterator[bytes | bytearray | memoryview], marks: list[Mark], prefix: str = ""
) -> Iterator[bytes]:
    """The words of a page in UTF-8. The shown ones of a window stand before all else that is in it."""
    from dlp.extract.markup.markup import Markup, windows

    markup = Markup()
    marker = Marker(marks)
    for _ in windows(chunks, markup):
        for lines in (markup.shown, markup.beside):
            if lines:
                yield marker.pieces([f"{prefix}line {line}" for line, _ in lines], [f"{words}\n" for _, words in lines])
                lines.clear()
