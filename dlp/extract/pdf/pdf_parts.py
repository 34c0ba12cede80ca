"""What a PDF holds beside its page texts: notes, form fields, links, properties, bookmarks, scripts, attached files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Reason, Skipped

if TYPE_CHECKING:
    import pypdfium2

_NOTE_KEYS = (b"Contents", b"RC", b"Subj", b"T", b"TU", b"V", b"DV")
"""An annotation's text, rich text, subject, author, and a field's tooltip, value and default."""

_UNREADABLE = "pdfium cannot read this attached file"

MAX_NOTES = 10_000
"""Annotations read on one page."""


class Asides:
    """Strings that stand beside the pages, with where they stand."""

    def __init__(self, limit: int) -> None:
        """`limit`: characters kept, all together."""
        self.strings: list[tuple[str, str]] = []
        self.cut = False
        self.pinned: list[tuple[int, int]] = []
        """Page number and annotation index of each file that is attached to a page."""
        self._room = limit

    def add(self, locator: str, *strings: str) -> None:
        """Keeps what is not blank."""
        for string in strings:
            if not string.strip("\0 \t\r\n"):
                continue
            self._room -= len(string)
            if self._room < 0:
                self.cut = True
                return
            self.strings.append((locator, string))

    def add_page(self, page: pypdfium2.PdfPage, number: int) -> None:
        """Notes, form fields and the targets of links on a page."""
        from pypdfium2 import raw

        count = raw.FPDFPage_GetAnnotCount(page)
        if count > MAX_NOTES:
            self.cut = True
        for index in range(min(count, MAX_NOTES)):
            note = raw.FPDFPage_GetAnnot(page, index)
            if not note:
                continue
            try:
                self._add_note(page, note, number, index)
            finally:
                raw.FPDFPage_CloseAnnot(note)

    def _add_note(self, page: pypdfium2.PdfPage, note: Any, number: int, index: int) -> None:
        from pypdfium2 import raw

        subtype = raw.FPDFAnnot_GetSubtype(note)
        if subtype == raw.FPDF_ANNOT_LINK:
            link = raw.FPDFAnnot_GetLink(note)
            action = raw.FPDFLink_GetAction(link) if link else None
            if action:
                uri = _bytes(raw.FPDFAction_GetURIPath, page.pdf, action)
                self.add(f"page {number}, link", uri.rstrip(b"\0").decode("utf-8", "replace"))
        if subtype == raw.FPDF_ANNOT_FILEATTACHMENT:
            self.pinned.append((number, index))
        widget = subtype == raw.FPDF_ANNOT_WIDGET
        locator = f"page {number}, {'form field' if widget else 'annotation'}"
        strings = [_utf16(raw.FPDFAnnot_GetStringValue, note, key) for key in _NOTE_KEYS]
        if widget and page.formenv:
            # A field's value may stand in its parent, where only the form knows it.
            for get in (raw.FPDFAnnot_GetFormFieldName, raw.FPDFAnnot_GetFormFieldValue):
                strings.append(_utf16(get, page.formenv, note))
            for option in range(min(MAX_NOTES, raw.FPDFAnnot_GetOptionCount(page.formenv, note))):
                strings.append(_utf16(raw.FPDFAnnot_GetOptionLabel, page.formenv, note, option))
        self.add(locator, *dict.fromkeys(strings))

    def add_document(self, document: pypdfium2.PdfDocument) -> None:
        """Properties, bookmarks and the document's scripts."""
        from pypdfium2 import raw

        for key in document.METADATA_KEYS:
            self.add("document properties", _utf16(raw.FPDF_GetMetaText, document, key.encode()))
        for bookmark in document.get_toc():
            self.add("bookmarks", _utf16(raw.FPDFBookmark_GetTitle, bookmark))
        for index in range(min(MAX_NOTES, raw.FPDFDoc_GetJavaScriptActionCount(document))):
            if action := raw.FPDFDoc_GetJavaScriptAction(document, index):
                try:
                    self.add("scripts", _utf16(raw.FPDFJavaScriptAction_GetScript, action))
                finally:
                    raw.FPDFDoc_CloseJavaScriptAction(action)

    def chunks(self, marks: list[Mark]) -> Iterator[bytes]:
        """Each string on a line of its own."""
        start = 0
        last = ""
        for locator, string in self.strings:
            if locator != last:
                marks.append(Mark(start, locator))
                last = locator
            start += len(string) + 1
            yield string.encode("utf-8", "replace") + b"\n"


def attachments(blob: Blob, document: pypdfium2.PdfDocument, limits: Limits) -> Iterator[Blob | Skipped]:
    """The files attached to the document."""
    import pypdfium2

    for index in range(document.count_attachments()):
        provenance = (*blob.provenance, f"attachment {index + 1}")
        try:
            attachment = document.get_attachment(index)
        except pypdfium2.PdfiumError:
            yield Skipped(provenance, Reason.CORRUPT, _UNREADABLE)
            continue
        yield _attached(attachment, provenance, limits)


def pinned(
    blob: Blob, document: pypdfium2.PdfDocument, places: list[tuple[int, int]], limits: Limits
) -> Iterator[Blob | Skipped]:
    """The files attached to pages; `places` are those of `Asides.pinned`."""
    import pypdfium2
    from pypdfium2 import raw

    for number, index in places:
        provenance = (*blob.provenance, f"page {number}, annotation {index + 1}")
        page = document.get_page(number - 1)
        note = raw.FPDFPage_GetAnnot(page, index)
        try:
            file = raw.FPDFAnnot_GetFileAttachment(note)
            if file:
                yield _attached(pypdfium2.PdfAttachment(file, document), provenance, limits)
            else:
                yield Skipped(provenance, Reason.CORRUPT, _UNREADABLE)
        finally:
            raw.FPDFPage_CloseAnnot(note)
            page.close()


def _attached(attachment: pypdfium2.PdfAttachment, provenance: Provenance, limits: Limits) -> Blob | Skipped:
    """The file's content, under its own name where it has one."""
    import ctypes

    import pypdfium2
    from pypdfium2 import raw

    try:
        name = _utf16(raw.FPDFAttachment_GetName, attachment)
        provenance = (*provenance[:-1], name or provenance[-1])
        size = ctypes.c_ulong()
        raw.FPDFAttachment_GetFile(attachment, None, 0, size)
        if size.value > limits.max_part:
            detail = f"attached file of {size.value} bytes, more than {limits.max_part}"
            return Skipped(provenance, Reason.LIMIT, detail)
        data = bytes(attachment.get_data()) if size.value else b""
    except pypdfium2.PdfiumError:
        return Skipped(provenance, Reason.CORRUPT, _UNREADABLE)
    return Blob(provenance, io.BytesIO(data), len(data))


def _bytes(get: Any, *arguments: Any) -> bytes:
    """pdfium's way of giving strings: asked for the length first, then for that many bytes."""
    import ctypes

    length = get(*arguments, None, 0)
    buffer = ctypes.create_string_buffer(max(length, 1))
    get(*arguments, buffer, length)
    return buffer.raw[:length]


def _utf16(get: Any, *arguments: Any) -> str:
    """A string of pdfium's; unlike pypdfium2's own getters it lets half a surrogate pair pass."""
    from pypdfium2 import raw

    length = get(*arguments, None, 0)
    if length <= 2:
        return ""
    units = (raw.FPDF_WCHAR * (length // 2))()
    get(*arguments, units, length)
    return bytes(units).decode("utf-16-le", "replace").rstrip("\0")
