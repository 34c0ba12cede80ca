"""The one place that goes into blobs inside blobs: it owns the limits and turns every failure into a `Skipped`.

Whatever happens inside an extractor, what it read before is kept, and what it could not read is said. What a
parser refuses whole is still searched as plain bytes, so that a forged header hides nothing; so is a PDF that was
read, for there may be words between its objects.
"""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator

import msgspec

from dlp.extract import raw
from dlp.extract.archive.ar import ArExtractor
from dlp.extract.archive.compressed import CompressedExtractor
from dlp.extract.archive.cpio import CpioExtractor
from dlp.extract.archive.embedded import archives_in
from dlp.extract.archive.libarchive import LibarchiveExtractor
from dlp.extract.archive.rpm import RpmExtractor
from dlp.extract.archive.tar import TarExtractor
from dlp.extract.archive.volumes import missing
from dlp.extract.archive.zip import ZipExtractor
from dlp.extract.binary import BinaryExtractor, raw_readings, raw_text
from dlp.extract.data.columnar import ColumnarExtractor
from dlp.extract.data.plist import PlistExtractor
from dlp.extract.data.pst import PstExtractor
from dlp.extract.data.sqlite import SqliteExtractor
from dlp.extract.detect import detect_stream
from dlp.extract.mail.cards import CardExtractor
from dlp.extract.mail.cms import CmsExtractor
from dlp.extract.mail.mail import MailExtractor
from dlp.extract.mail.mbox import MboxExtractor
from dlp.extract.mail.openpgp import OpenPgpExtractor
from dlp.extract.markup.html import HtmlExtractor
from dlp.extract.markup.json_text import JsonExtractor
from dlp.extract.markup.notebook import NotebookExtractor
from dlp.extract.markup.xml import XmlExtractor
from dlp.extract.media.media import MediaExtractor
from dlp.extract.media.picture import PictureExtractor
from dlp.extract.office.docx import DocxExtractor
from dlp.extract.office.epub import EpubExtractor
from dlp.extract.office.iwork import IworkExtractor
from dlp.extract.office.odf import OdfExtractor
from dlp.extract.office.pptx import PptxExtractor
from dlp.extract.office.vsdx import VsdxExtractor
from dlp.extract.office.xlsx import XlsxExtractor
from dlp.extract.ole.ole import OleExtractor
from dlp.extract.ole.onenote import OneNoteExtractor
from dlp.extract.ole.rtf import RtfExtractor
from dlp.extract.ole.tnef import TnefExtractor
from dlp.extract.pdf.pdf import PdfExtractor
from dlp.extract.runs import with_runs
from dlp.extract.seam import Extractor
from dlp.extract.text import TextExtractor
from dlp.extract.unpacking import SPOOL, Bounds, Budget, Forward, PartError, Spent, bounds_for, once
from dlp.file_types import NAMES
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

EXTRACTORS: tuple[Extractor, ...] = (
    TextExtractor(),
    PdfExtractor(),
    DocxExtractor(),
    PictureExtractor(),
    MediaExtractor(),
    ZipExtractor(),
    TarExtractor(),
    CompressedExtractor(),
    OleExtractor(),
    RtfExtractor(),
    TnefExtractor(),
    OneNoteExtractor(),
    SqliteExtractor(),
    ColumnarExtractor(),
    PlistExtractor(),
    PstExtractor(),
    MailExtractor(),
    MboxExtractor(),
    CmsExtractor(),
    OpenPgpExtractor(),
    HtmlExtractor(),
    XmlExtractor(),
    JsonExtractor(),
    NotebookExtractor(),
    CardExtractor(),
    XlsxExtractor(),
    PptxExtractor(),
    VsdxExtractor(),
    OdfExtractor(),
    EpubExtractor(),
    IworkExtractor(),
    ArExtractor(),
    CpioExtractor(),
    RpmExtractor(),
    LibarchiveExtractor(),
    BinaryExtractor(),
)
"""Every format that is read. A new one is a file, a line here and a case in the conformance suite."""

MAX_DETAIL = 200
"""Characters of a `Skipped.detail`."""

_BY_TYPE = {kind: extractor for extractor in EXTRACTORS for kind in extractor.types}
_UNBOUNDED = (
    *(TextExtractor, BinaryExtractor, PictureExtractor, MediaExtractor),
    *(SqliteExtractor, ColumnarExtractor, PlistExtractor, PstExtractor),
)
"""They give a file's plain content as a text, and bound themselves what else they give."""
_STREAMING = (TarExtractor, CompressedExtractor, ArExtractor, CpioExtractor, RpmExtractor)
"""Extractors that read a stream with no way back, and all of it."""
_LOOSE = frozenset({"pdf", "rtf", "7z", "rar", "cab", "iso", "lha", "xar"})
"""Formats whose parsers pass over bytes that nothing points to, or over words that they do not know; Word documents'
bytes outside all members are blobs."""
_NOT_OURS = (KeyboardInterrupt, SystemExit, GeneratorExit)
_THROUGH = (*_NOT_OURS, Spent)
_IO_REASONS = {PermissionError: Reason.DENIED, FileNotFoundError: Reason.VANISHED}


def extract(blob: Blob, limits: Limits) -> Iterator[Text | Skipped]:
    """Every text in `blob` and in the blobs inside it, and a `Skipped` for all that was not read.

    The chunks of a `Text` are drawn before the next item is asked for. An empty blob yields nothing. Raises
    nothing but what ends the process (KeyboardInterrupt, SystemExit): `blob.stream` failing is a `Skipped`, too.
    """
    before = raw.status_of(blob.stream)
    walk = _Walk(bounds_for(limits, blob.size))
    try:
        yield from walk.into(blob, 1)
    except Spent as error:
        yield Skipped(blob.provenance, error.reason, error.detail)
    after = raw.status_of(blob.stream)
    if before is not None and after is not None:
        was, now = ((status.st_size, status.st_mtime_ns) for status in (before, after))
        if was != now:
            detail = f"changed while it was read: {was[0]} bytes before, {now[0]} after"
            yield Skipped(blob.provenance, Reason.CHANGED, detail)


class _Walk:
    """The way down in one file, within its bounds."""

    def __init__(self, limits: Bounds) -> None:
        self._limits = limits
        self._budget = limits.budget

    def into(self, blob: Blob, depth: int, again: bool = False) -> Iterator[Text | Skipped]:
        """`depth` counts from 1 for the file itself; `again`: of this blob something is said already. Raises Spent,
        when all that was read before was yielded."""
        if depth > self._limits.max_depth:
            detail = f"more than {self._limits.max_depth} blobs inside one another"
            yield Skipped(blob.provenance, Reason.LIMIT, detail)
            return
        lost: Exception | None = None
        name = blob.provenance[-1] if blob.provenance else ""
        try:
            self._budget.on_time()
            if isinstance(blob.stream, Forward):
                blob, lost = self._held(blob, name)
            stream = blob.stream
            streaming = isinstance(stream, Forward)
            head = stream.peek(raw.HEAD) if isinstance(stream, Forward) else raw.read_upto(stream, raw.HEAD)
            kind = detect_stream(head, io.BytesIO(head) if streaming else blob.stream, name) if head else "binary"
            if len(head) < raw.HEAD and not streaming:
                # All of it is at hand: the extractor reads from memory, not from the disk a second time.
                blob = Blob(blob.provenance, io.BytesIO(head), len(head), blob.spelled)
            elif kind in ("text", "binary") and not streaming and raw.has_holes(blob.stream):
                kind = "sparse"
            if not streaming:
                blob.stream.seek(0)
        except _THROUGH:
            raise
        except BaseException as error:  # noqa: BLE001  # PyO3's panics are no Exception; none may end the scan
            yield failure(blob.provenance, error, "the first bytes")
            return
        if head:
            for item in self._read(blob, kind, head, depth):
                if lost is None or not isinstance(item, Skipped) or item.reason is not Reason.CORRUPT:
                    yield item  # what we cut off ourselves is not corrupt
        if not again and (detail := missing(name, kind)):
            yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        if isinstance(lost, Spent):
            raise lost
        if lost is not None:
            yield failure(blob.provenance, lost, NAMES[kind])

    def _held(self, blob: Blob, name: str) -> tuple[Blob, Exception | None]:
        """Content that can be read once, held in memory as far as its format needs it and the limits allow; and what
        ended it early."""
        assert isinstance(blob.stream, Forward)
        content = io.BytesIO()
        lost: Exception | None = None
        pieces = blob.stream.pieces()
        asked = False
        try:
            for data in pieces:
                if content.tell() + len(data) > self._limits.max_part:
                    content.write(data[: self._limits.max_part - content.tell()])
                    raise PartError(Reason.LIMIT, f"unpacks to more than {self._limits.max_part} bytes")
                content.write(data)
                if not asked and content.tell() > SPOOL:
                    asked = True
                    head = content.getvalue()[: raw.HEAD]
                    if isinstance(_BY_TYPE[detect_stream(head, io.BytesIO(head), name)], _STREAMING):
                        chunks = itertools.chain((content.getvalue(),), pieces)
                        return Blob(blob.provenance, once(chunks), -1), None
        except Exception as error:  # noqa: BLE001  # told, or raised again, when what was held is read
            lost = error
        size = content.seek(0, io.SEEK_END)
        content.seek(0)
        return Blob(blob.provenance, content, size), lost

    def _read(self, blob: Blob, kind: str, head: bytes, depth: int) -> Iterator[Text | Skipped]:
        """Every reading of one blob."""
        extractor = _BY_TYPE[kind]
        counted = depth > 1 or not isinstance(extractor, _UNBOUNDED)
        run = _Run(blob, kind)
        yield from self._items(run, extractor.extract(blob, self._limits), depth, counted)
        if isinstance(blob.stream, Forward):
            if run.failed:
                rest, lost = self._held(blob, "")
                yield from self._items(_Run(rest, "binary"), raw_readings(rest), depth, counted)
                if lost is not None:
                    yield failure(blob.provenance, lost, NAMES[kind])
            return
        if (run.failed or not (run.anything or isinstance(extractor, _UNBOUNDED))) and not run.plain:
            yield from self._items(_Run(blob, "binary"), raw_readings(blob), depth, counted)
        elif run.sealed and not run.plain:
            sealed = (each for each in raw_readings(blob) if each.alphabet == "bytes")
            yield from self._items(_Run(blob, "binary"), sealed, depth, counted)
        elif kind in _LOOSE:
            # The digits in Rich Text are what its extractor has decoded.
            yield from self._items(_Run(blob, "binary"), raw_text(blob), depth, depth > 1, runs=kind != "rtf")
        try:
            inside = list(archives_in(blob, kind, head, run.failed))
        except OSError as error:
            yield failure(blob.provenance, error, NAMES[kind])
            return
        for each in inside:
            yield from self.into(each, depth + 1, again=True)

    def _items(
        self, run: _Run, items: Iterator[Text | Blob | Skipped], depth: int, counted: bool, runs: bool = True
    ) -> Iterator[Text | Skipped]:
        """What one extractor yields, with blobs gone into, chunks watched and exceptions turned into values. `runs`:
        whether encoded runs in its texts are decoded."""
        provenance = run.blob.provenance
        if runs:
            items = with_runs(items, self._limits)
        while True:
            try:
                item = next(items, None)
            except _THROUGH:
                raise
            except BaseException as error:  # noqa: BLE001  # PyO3's panics are no Exception; none may end the scan
                run.failed = not isinstance(error, OSError)  # a disk that fails would only fail again
                yield failure(provenance, error, NAMES[run.kind])
                return
            if item is None:
                return
            if isinstance(item, Text):
                watched = _Watched(self._budget, item, counted)
                yield msgspec.structs.replace(item, chunks=watched.chunks())
                run.anything = run.anything or watched.drawn > 0
                run.plain = run.plain or (item.alphabet == "bytes" and item.provenance == provenance)
                if isinstance(watched.error, Spent):
                    raise watched.error
                if watched.error is not None:
                    run.failed = not isinstance(watched.error, OSError)
                    yield failure(item.provenance, watched.error, NAMES[run.kind])
            elif isinstance(item, Skipped):
                run.failed = run.failed or (item.provenance == provenance and item.reason is Reason.CORRUPT)
                run.sealed = run.sealed or item.reason is Reason.ENCRYPTED
                yield Skipped(item.provenance, item.reason, item.detail[:MAX_DETAIL])
            elif self._budget.full():
                detail = f"more than {self._limits.max_members} parts in this file; the rest was not read"
                yield Skipped(provenance, Reason.LIMIT, detail)
                return
            else:
                self._budget.members += 1
                run.anything = True
                yield from self.into(item, depth + 1)


class _Run:
    """What became of one blob in one extractor."""

    __slots__ = ("anything", "blob", "failed", "kind", "plain", "sealed")

    def __init__(self, blob: Blob, kind: str) -> None:
        self.blob = blob
        self.kind = kind
        self.anything = False
        self.failed = False
        self.sealed = False
        """Whether some of it is encrypted: a copy of it is known by its plain bytes alone."""
        self.plain = False
        """Whether the extractor itself gave the blob's plain bytes: it then reads them as text, too."""


class _Watched:
    """A text's chunks while the caller draws them: counted, and never raising into the caller."""

    __slots__ = ("_budget", "_chunks", "_counted", "drawn", "error")

    def __init__(self, budget: Budget, text: Text, counted: bool) -> None:
        self._chunks = text.chunks
        self._budget = budget
        self._counted = counted and text.alphabet == "text"
        self.drawn = 0
        self.error: BaseException | None = None

    def chunks(self) -> Iterator[bytes | bytearray | memoryview]:
        try:
            for chunk in self._chunks:
                self.drawn += len(chunk)
                if self._counted:
                    self._budget.say(len(chunk))
                self._budget.on_time()
                yield chunk
        except _NOT_OURS:
            raise
        except BaseException as error:  # noqa: BLE001  # PyO3's panics are no Exception; none may end the scan
            self.error = error


def failure(provenance: Provenance, error: BaseException, what: str) -> Skipped:
    """`error` as a value. The detail names its type and our line, never its message: that may quote the document."""
    if isinstance(error, PartError):
        return Skipped(provenance, error.reason, error.detail[:MAX_DETAIL])
    where = _where(error)
    if isinstance(error, MemoryError):
        return Skipped(provenance, Reason.MEMORY, f"out of memory in {what}{where}")
    if isinstance(error, RecursionError):
        return Skipped(provenance, Reason.LIMIT, f"nested too deeply in {what}{where}")
    if isinstance(error, OSError) and error.errno is not None:
        reason = _IO_REASONS.get(type(error), Reason.IO_ERROR)
        return Skipped(provenance, reason, f"{os.strerror(error.errno)} in {what}{where}"[:MAX_DETAIL])
    reason = Reason.CORRUPT if isinstance(error, Exception) else Reason.CRASHED
    return Skipped(provenance, reason, f"{type(error).__name__} in {what}{where}"[:MAX_DETAIL])


def _where(error: BaseException) -> str:
    """` (at pdf.py:88)`: the last line of this package that the error came through."""
    here = os.path.dirname(__file__) + os.sep
    found = ""
    trace = error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if path.startswith(here):
            found = f" (at {os.path.basename(path)}:{trace.tb_lineno})"
        trace = trace.tb_next
    return found
