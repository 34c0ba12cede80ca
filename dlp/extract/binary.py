"""Content without text of a kind we read: its bytes as they are, for byte shingles, and what text stands in them.

This is also the last resort behind every other extractor: what a parser refuses is still searched as it stands.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.detect import detect_stream
from dlp.extract.noise import looks_sealed
from dlp.extract.prefixed import prefixed_strings
from dlp.extract.text import RAW
from dlp.extract.wide import wide_strings
from dlp.file_types import NAMES
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_READ_AS_TEXT = frozenset(
    {"text", "pdf", "docx", "image", "audio", "sqlite", "sqlite-journal", "plist", "parquet", "arrow", "pst"}
    | {"xlsx", "xlsb", "pptx", "vsdx", "odf", "epub", "iwork"}
    | {"zip", "tar", "gzip", "bzip2", "xz", "lzma", "zstd", "lz4", "lz4-legacy", "brotli", "compress", "lzip"}
    | {"doc", "xls", "ppt", "msg", "ole", "ole-encrypted", "rtf", "tnef", "onenote"}
    | {"mail", "mbox", "der", "cms", "pgp", "html", "markup", "xml", "json", "notebook", "card"}
    | {"ar", "cpio", "rpm", "7z", "rar", "cab", "iso", "lha", "xar"}
)
_PLAIN = frozenset(
    {
        "",
        "application/octet-stream",
        "application/vnd.tcpdump.pcap",
        "application/x-bittorrent",
        "application/x-dbf",
        "application/x-dmp",
        "application/x-dosexec",
        "application/x-executable",
        "application/x-gettext-translation",
        "application/x-mach-binary",
        "application/x-object",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "text/plain",
    }
)
"""What libmagic calls content that holds no more than its bytes show."""

_SHOWN = frozenset({"executable", "java", "font", "strings"})
"""Formats whose words all stand in their bytes as they are."""

_CODE = frozenset({"executable", "java", "strings"})
"""Those of them in which nothing looks like noise: glyphs of a font may."""

_PACKERS = (b"UPX!", b"UPX0", b"wOFF", b"wOF2", b"MPRESS1", b"ASPack")
"""Marks of programs and fonts that are packed all the same."""


class BinaryExtractor:
    """Reads any bytes. A format that holds more than its bytes show is `Skipped` besides."""

    types = frozenset(NAMES) - _READ_AS_TEXT

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """All readings, then a `Skipped` that names the format. Raises OSError."""
        yield from raw_readings(blob)
        skipped = _unread(blob)
        if skipped is not None:
            yield skipped


def raw_readings(blob: Blob) -> Iterator[Text]:
    """The plain content in the alphabet `bytes`, then as `raw_strings` gives it. Holes are left out.

    Offsets count bytes in the first and characters in the second, bytes that are not UTF-8 one each. In a file
    with holes they count only what is there, and marks say at which byte of the file each stretch of data lies.
    """
    yield plain_bytes(blob)
    yield from raw_strings(blob)


def plain_bytes(blob: Blob) -> Text:
    """The plain content in the alphabet `bytes`."""
    marks: list[Mark] = []
    return Text(blob.provenance, "bytes", _chunks(blob, marks, count_characters=False), marks)


def raw_strings(blob: Blob) -> Iterator[Text]:
    """The plain content as `text`, then, if there are any, its strings of UTF-16, and those that stick to a length."""
    marks: list[Mark] = []
    yield Text(blob.provenance, "text", _chunks(blob, marks, count_characters=True), marks)
    for reading in (wide_strings, prefixed_strings):
        found_marks: list[Mark] = []
        found = reading(_chunks(blob, [], count_characters=False), found_marks)
        if (first := next(found, None)) is not None:
            yield Text(blob.provenance, "text", itertools.chain((first,), found), found_marks)


def _chunks(blob: Blob, marks: list[Mark], count_characters: bool) -> Iterator[memoryview]:
    """From the beginning, whenever the first is drawn."""
    blob.stream.seek(0)
    if raw.has_holes(blob.stream):
        yield from raw.read_data(blob.stream, marks, count_characters)
    else:
        yield from raw.read_chunks(blob.stream)


def raw_text(blob: Blob) -> Iterator[Text]:
    """The plain content as `text`, marked `RAW`: another reading of what an extractor has read before."""
    marks = [Mark(0, RAW)]
    yield Text(blob.provenance, "text", _chunks(blob, marks, count_characters=True), marks)


def _unread(blob: Blob) -> Skipped | None:
    blob.stream.seek(0)
    head = raw.read_upto(blob.stream, raw.HEAD)
    kind = detect_stream(head, blob.stream, blob.provenance[-1])
    if kind == "sealed":
        return Skipped(blob.provenance, Reason.ENCRYPTED, f"{NAMES[kind]}: no password")
    if kind in ("text", "binary") and raw.has_holes(blob.stream):
        return None
    if kind in _SHOWN:
        sealed = kind in _CODE and looks_sealed(blob.stream, blob.size)
        if not sealed and not any(mark in head for mark in _PACKERS):
            return None
    name = NAMES[kind]
    if kind == "binary":
        media = _second_opinion(head)
        if media in _PLAIN and looks_sealed(blob.stream, blob.size):
            detail = "unknown binary format: encrypted or packed, by the look of its bytes"
            return Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
        if media in _PLAIN:
            return None  # no format at all, or program code: the plain bytes are all there is
        name = f"{name} (libmagic: {media})"
    return Skipped(blob.provenance, Reason.UNSUPPORTED, f"{name}: not read, only its plain bytes were searched")


def _second_opinion(head: bytes) -> str:
    """The media type that libmagic sees, clipped; nothing where libmagic cannot be loaded.

    Only the media type is asked for: libmagic's descriptions quote titles and authors.
    """
    try:
        importlib.import_module("pylibmagic")  # first: it brings the library that `magic` looks for
        magic = importlib.import_module("magic")
        return str(magic.from_buffer(head[:8192], mime=True))[:60]
    except Exception:  # noqa: BLE001  # a second opinion: whatever libmagic or its loading raises, we do without
        return ""
