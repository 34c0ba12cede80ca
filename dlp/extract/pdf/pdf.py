"""PDF: page by page through pdfium; through pdfminer.six where pdfium refuses or finds nothing in pages that have text.

The page texts are one text, so that a passage may run over a page end. What stands beside the pages (notes, form
fields, properties, bookmarks, scripts) is a second text. Attached files are blobs.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlp.extract.media.ocr import why_not
from dlp.limits import MIB, Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

if TYPE_CHECKING:
    import pypdfium2

    from dlp.extract.pdf.pdf_parts import Asides

IN_MEMORY = 64 * MIB
"""Bytes up to which a file is read into memory; a larger one pdfium reads piece by piece."""

MAX_BROKEN = 1000
"""Broken pages in a row after which the page count is taken for a lie."""

GARBLED = 0.02
"""Share of a page's characters, from which on those that no text has tell that its fonts give codes for characters."""

_NO_CHARACTERS = re.compile("[\x00\x01\x03-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
"""Controls (not the hyphen of `_HYPHENS`), characters for private use, and what stands for none."""

_OBJECTS = 2000
_LISTED = 5
_HYPHENS = {0x02: "\u00ad", 0xFFFE: "\u00ad", 0xFFFF: "\u00ad"}
"""What pdfium writes for a hyphen at a line's end, as the soft hyphen it means: no letter in any reading."""


class PdfExtractor:
    """Reads PDF. Not thread-safe, as pdfium is not."""

    types = frozenset({"pdf"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Page texts (marks `page N`), what stands beside them, attached files, and what was not read.

        Raises MemoryError, and what pdfminer raises on a file that both libraries refuse.
        """
        import pypdfium2
        from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

        from dlp.extract.pdf import pdf_miner, pdf_objects

        pdf_miner.hush("pypdfium2")
        source = io.BytesIO(blob.stream.read()) if blob.size <= IN_MEMORY else blob.stream
        try:
            document = pypdfium2.PdfDocument(source)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
                yield Skipped(blob.provenance, Reason.ENCRYPTED, "PDF: no password, or a scheme pdfium does not know")
            else:
                yield from pdf_miner.read(blob, limits, f"pdfium refuses the file (its error {error.err_code})")
                if isinstance(source, io.BytesIO):
                    yield from pdf_objects.beside(blob, source.getvalue(), limits, (), (), 0)
            return
        try:
            yield from self._read(blob, document, limits)
        finally:
            document.close()

    def _read(self, blob: Blob, document: pypdfium2.PdfDocument, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        from dlp.extract.pdf import pdf_miner, pdf_objects, pdf_parts, pdf_pictures

        asides = pdf_parts.Asides(limits.max_text)
        pages = _Pages(document, asides)
        marks: list[Mark] = []
        yield Text(blob.provenance, "text", pages.chunks(marks), marks)
        if not pages.with_text and pages.with_lost_text:
            yield from pdf_miner.read(blob, limits, f"pdfium finds no text on {_list(pages.with_lost_text)}")
        elif pages.with_lost_text:
            detail = f"the fonts do not say which characters they draw on {_list(pages.with_lost_text)}"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        if pages.garbled:
            detail = f"the fonts do not say of all that they draw which characters it is on {_list(pages.garbled)}"
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        unread = sorted(pages.images_only + pages.with_lost_text + pages.garbled)
        if unread and not why_not(limits):
            yield from pdf_pictures.drawn(blob, document, unread, limits)
        elif pages.images_only:
            none = "none of the pages has text: " if not pages.with_text else ""
            detail = f"{none}only images or drawings on {_list(pages.images_only)}"
            yield Skipped(blob.provenance, Reason.IMAGES_ONLY, detail)
        if not pages.count:
            yield Skipped(blob.provenance, Reason.CORRUPT, "pdfium finds no pages")
        if pages.broken:
            yield Skipped(blob.provenance, Reason.CORRUPT, f"pdfium cannot read {_list(pages.broken)}")
        if pages.stopped_at:
            detail = f"stopped at page {pages.stopped_at} of {pages.count}: {MAX_BROKEN} broken pages in a row"
            yield Skipped(blob.provenance, Reason.CORRUPT, detail)
        asides.add_document(document)
        if asides.strings:
            beside: list[Mark] = []
            yield Text(blob.provenance, "text", asides.chunks(beside), beside)
        if asides.cut:
            yield Skipped(blob.provenance, Reason.LIMIT, f"more than {limits.max_text} bytes of notes and form fields")
        files = set()
        for each in itertools.chain(
            pdf_parts.attachments(blob, document, limits), pdf_parts.pinned(blob, document, asides.pinned, limits)
        ):
            if isinstance(each, Blob):
                files.add(pdf_objects.digest(each.stream.read()))
                each.stream.seek(0)
            yield each
        yield from self._objects(blob, document, limits, {string for _, string in asides.strings}, files, pages)

    def _objects(
        self,
        blob: Blob,
        document: pypdfium2.PdfDocument,
        limits: Limits,
        told: set[str],
        files: set[bytes],
        pages: _Pages,
    ) -> Iterator[Text | Blob | Skipped]:
        """What stands in objects that pdfium's functions are not about."""
        from pypdfium2.raw import FPDF_REMOVE_SECURITY, FPDF_GetSecurityHandlerRevision

        from dlp.extract.pdf import pdf_alternates, pdf_objects, pdf_revisions

        if blob.size > IN_MEMORY:
            detail = f"objects beside the pages are not looked through in more than {IN_MEMORY} bytes"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
            return
        blob.stream.seek(0)
        data = whole = blob.stream.read()
        if FPDF_GetSecurityHandlerRevision(document) >= 0:
            plain = io.BytesIO()
            document.save(plain, flags=FPDF_REMOVE_SECURITY)
            data = plain.getvalue()
        if (yield from pdf_objects.beside(blob, data, limits, told, files, pages.read)):
            yield from pdf_alternates.drawn(blob, document, pages.digests)
        yield from pdf_revisions.read(blob, whole, pages.digests)


class _Pages:
    """A document's pages, and which of them did not give what they hold."""

    def __init__(self, document: pypdfium2.PdfDocument, asides: Asides) -> None:
        self._document = document
        self._asides = asides
        self.count = 0
        self.digests: set[int] = set()
        """`hash` of each page's text."""
        self.read = 0
        """How many did."""
        self.with_text = 0
        self.with_lost_text: list[int] = []
        self.images_only: list[int] = []
        self.garbled: list[int] = []
        self.broken: list[int] = []
        self.stopped_at = 0

    def chunks(self, marks: list[Mark]) -> Iterator[bytes]:
        """Each page's text as UTF-8, with a line's end behind it. Pages are numbered from 1."""
        import pypdfium2

        self._document.init_forms()
        self.count = len(self._document)
        start = 0
        in_a_row = 0
        for number in range(1, self.count + 1):
            try:
                text = self._page(number)
                self.read += 1
                in_a_row = 0
            except pypdfium2.PdfiumError:
                self.broken.append(number)
                in_a_row += 1
                if in_a_row >= MAX_BROKEN:
                    self.stopped_at = number
                    return
                continue
            if text:
                marks.append(Mark(start, f"page {number}"))
                start += len(text) + 1
                yield text.encode("utf-8", "replace") + b"\n"

    def _page(self, number: int) -> str:
        page = self._document.get_page(number - 1)
        try:
            words = page.get_textpage()
            try:
                text: str = words.get_text_range(errors="replace")
            finally:
                words.close()
            if text.strip():
                self.with_text += 1
                self.digests.add(hash(text))
                noise = len(_NO_CHARACTERS.findall(text))
                if noise >= 2 and noise >= GARBLED * len(text):
                    self.garbled.append(number)
                if not text.isascii():
                    self._mend(text, number)
            else:
                self._why_empty(page, number)
            self._asides.add_page(page, number)
        finally:
            page.close()
        return text.translate(_HYPHENS) if "\x02" in text or "\ufffe" in text or "\uffff" in text else text

    def _mend(self, text: str, number: int) -> None:
        from dlp.extract.pdf.pdf_mojibake import mended

        if meant := mended(text):
            self._asides.add(f"page {number}, as UTF-8", meant)

    def _why_empty(self, page: pypdfium2.PdfPage, number: int) -> None:
        from pypdfium2 import raw

        kinds = {item.type for item in itertools.islice(page.get_objects(max_depth=5), _OBJECTS)}
        if raw.FPDF_PAGEOBJ_TEXT in kinds:
            self.with_lost_text.append(number)
        elif kinds & {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING}:
            self.images_only.append(number)


def _list(pages: list[int]) -> str:
    """`3 pages (2, 5, 9)`, the first few of them named."""
    named = ", ".join(map(str, pages[:_LISTED])) + (", …" if len(pages) > _LISTED else "")
    return f"{len(pages)} page{'s' if len(pages) != 1 else ''} ({named})"
