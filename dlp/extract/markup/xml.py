"""XML of any kind, SVG among it: its words with tags gone, entities and CDATA put in, and the source as it stands, for
rules ask for its tags.

It need not be well-formed. Nothing outside the file is fetched; entities defined in it are put in up to a bound.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from dlp.extract import raw
from dlp.extract.detect_text import EBCDIC
from dlp.extract.marking import Marker
from dlp.extract.markup.html import declared
from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

if TYPE_CHECKING:
    from dlp.extract.markup.markup import Markup



class XmlExtractor:
    """Reads XML in any charset."""

    types = frozenset({"xml"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The words (marks `line 12`), then the source. Raises OSError."""
        from dlp.extract.markup.entities import Entities
        from dlp.extract.markup.markup import Markup

        head = raw.read_upto(blob.stream, 1024)
        blob.stream.seek(0)
        if head.startswith(EBCDIC):
            text = raw.read_upto(blob.stream, limits.max_part).decode("cp037").replace("\x85", "\n").encode()
            blob = Blob(blob.provenance, io.BytesIO(text), len(text))
        extractor = TextExtractor(declared=declared(head))
        source = next(item for item in extractor.extract(blob, limits) if isinstance(item, Text))
        marks: list[Mark] = []
        markup = Markup(xml=True)
        yield Text(blob.provenance, "text", _words(source, markup, marks), marks)
        if markup.entities is not None and markup.entities.exceeded:
            detail = f"XML: entities that come to more than {Entities.MOST} characters"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
        blob.stream.seek(0)
        for item in extractor.extract(blob, limits):
            yield msgspec.structs.replace(item, again=True) if isinstance(item, Text) else item


def _words(source: Text, markup: Markup, marks: list[Mark]) -> Iterator[bytes]:
    from dlp.extract.markup.markup import windows

    marker = Marker(marks)
    for _ in windows(source.chunks, markup):
        lines = markup.shown + markup.beside
        markup.shown.clear()
        markup.beside.clear()
        if lines:
            yield marker.pieces([f"line {line}" for line, _ in lines], [f"{words}\n" for _, words in lines])
