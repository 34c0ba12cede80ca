"""PDF through pdfminer.six: 25 times slower than pdfium, so only for files that pdfium makes nothing of."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator

from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

SHARE = 0.25
"""Of the file's deadline, what this second attempt may take."""

_NO_CHARACTER = re.compile(r"\(cid:\d+\)")


def read(blob: Blob, limits: Limits, why: str) -> Iterator[Text | Skipped]:
    """The text of every page (marks `page N`). `why` says what pdfium made of the file, for the detail.

    Raises what pdfminer raises; a wrong password is a `Skipped`.
    """
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    hush("pdfminer")
    blob.stream.seek(0)
    pages = _Pages(blob, time.monotonic() + SHARE * limits.deadline(blob.size))
    marks: list[Mark] = []
    try:
        yield Text(blob.provenance, "text", pages.chunks(marks), marks)
    finally:
        blob.stream.seek(0)
    if isinstance(pages.error, PDFPasswordIncorrect):
        yield Skipped(blob.provenance, Reason.ENCRYPTED, "PDF: no password")
    elif pages.error is not None:
        kind = type(pages.error).__name__
        yield Skipped(blob.provenance, Reason.CORRUPT, f"{why}; pdfminer stops at page {pages.number} with {kind}")
    elif pages.late:
        yield Skipped(blob.provenance, Reason.TIMEOUT, f"{why}; pdfminer had time for {pages.number} pages only")
    elif not marks:
        yield Skipped(blob.provenance, Reason.CORRUPT, f"{why}; pdfminer finds no text in {pages.number} pages")


def hush(library: str) -> None:
    """Keeps a parser's log from standard error: it names what it stumbles over, and quotes the document in doing so."""
    import logging

    log = logging.getLogger(library)
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


class _Pages:
    def __init__(self, blob: Blob, end: float) -> None:
        self._blob = blob
        self._end = end
        self.number = 0
        self.late = False
        self.error: Exception | None = None

    def chunks(self, marks: list[Mark]) -> Iterator[bytes]:
        from pdfminer.converter import TextConverter
        from pdfminer.layout import LAParams
        from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
        from pdfminer.pdfpage import PDFPage

        written = io.StringIO()
        manager = PDFResourceManager()
        interpreter = PDFPageInterpreter(manager, TextConverter(manager, written, laparams=LAParams()))
        start = 0
        try:
            for page in PDFPage.get_pages(self._blob.stream, check_extractable=False):
                if time.monotonic() > self._end:
                    self.late = True
                    return
                self.number += 1
                interpreter.process_page(page)
                text = _NO_CHARACTER.sub("", written.getvalue())
                written.seek(0)
                written.truncate()
                if text.strip():
                    marks.append(Mark(start, f"page {self.number}"))
                    start += len(text)
                    yield text.encode("utf-8", "replace")
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  # hostile input makes pdfminer raise anything; `read` says which
            self.error = error
