"""What a PDF's pages draw where they say that it stands for something else (ActualText): pdfium gives what is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlp.extract.marking import Marker
from dlp.model import Blob, Mark, Text

if TYPE_CHECKING:
    import pypdfium2

_DEPTH = 5


def drawn(blob: Blob, document: pypdfium2.PdfDocument, pages: set[int]) -> Iterator[Text]:
    """Page texts as drawn, where they are others than those whose digests (`hash`) are `pages`."""
    marks: list[Mark] = []
    yield Text(blob.provenance, "text", _chunks(document, pages, Marker(marks)), marks)


def _chunks(document: pypdfium2.PdfDocument, pages: set[int], marker: Marker) -> Iterator[bytes]:
    import pypdfium2

    for index in range(len(document)):
        try:
            page = document[index]
            if not _stripped(page):
                continue
            words = page.get_textpage().get_text_range(errors="replace")
        except pypdfium2.PdfiumError:
            continue  # that the page cannot be read is said
        if words.strip() and hash(words) not in pages:
            pages.add(hash(words))
            yield marker.chunk([(f"page {index + 1}, as drawn", words)])


def _stripped(page: pypdfium2.PdfPage) -> bool:
    """Takes what is said off everything that is drawn, here in memory; whether there was any."""
    from pypdfium2 import raw

    any_said = False
    for item in page.get_objects(max_depth=_DEPTH):
        for number in reversed(range(raw.FPDFPageObj_CountMarks(item))):
            mark = raw.FPDFPageObj_GetMark(item, number)
            if raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText") == raw.FPDF_OBJECT_STRING:
                any_said = bool(raw.FPDFPageObj_RemoveMark(item, mark)) or any_said
    return any_said
