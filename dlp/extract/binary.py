"""Content without text of a kind we read: its bytes as they are, for byte shingles, and what text stands in them.

This is also the last resort behind every other extractor: what a parser refuses is still searched as it stands.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from dlp.extract import raw
from dlp.extract.detect import NAMES, detect_stream
from dlp.limits import Limits
from dlp.model import Blob, Mark, Reason, Skipped, Text

_READ_AS_TEXT = frozenset({"text", "pdf", "docx"})
_WHOLE = frozenset({"sparse"})


class BinaryExtractor:
    """Reads any bytes. A format that holds more than its bytes show is `Skipped` besides."""

    types = frozenset(NAMES) - _READ_AS_TEXT

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """The two readings, then a `Skipped` that names the format. Raises OSError."""
        yield from raw_readings(blob)
        skipped = _unread(blob)
        if skipped is not None:
            yield skipped


def raw_readings(blob: Blob) -> Iterator[Text]:
    """The plain content in the alphabet `bytes` and, read a second time, as `text`. Holes are left out.

    Offsets count bytes in the first and characters in the second, bytes that are not UTF-8 one each. In a file
    with holes they count only what is there, and marks say at which byte of the file each stretch of data lies.
    """
    for alphabet in ("bytes", "text"):
        marks: list[Mark] = []
        blob.stream.seek(0)
        if raw.has_holes(blob.stream):
            chunks = raw.read_data(blob.stream, marks, count_characters=alphabet == "text")
        else:
            chunks = raw.read_chunks(blob.stream)
        yield Text(blob.provenance, alphabet, chunks, marks)


def _unread(blob: Blob) -> Skipped | None:
    blob.stream.seek(0)
    head = raw.read_upto(blob.stream, raw.HEAD)
    kind = detect_stream(head, blob.stream, blob.provenance[-1])
    if kind == "ole-encrypted":
        return Skipped(blob.provenance, Reason.ENCRYPTED, f"{NAMES[kind]}: no password")
    if kind in ("text", "binary") and raw.has_holes(blob.stream):
        return None
    name = NAMES[kind] if kind != "binary" else f"unknown binary format{_second_opinion(head)}"
    return Skipped(blob.provenance, Reason.UNSUPPORTED, f"{name}: not read, only its plain bytes were searched")


def _second_opinion(head: bytes) -> str:
    """` (libmagic: image/x-foo)`, or nothing where libmagic cannot be loaded or knows no more than we do.

    Only the media type is asked for: libmagic's descriptions quote titles and authors.
    """
    try:
        importlib.import_module("pylibmagic")  # first: it brings the library that `magic` looks for
        magic = importlib.import_module("magic")
        media = str(magic.from_buffer(head[:8192], mime=True))
    except Exception:  # noqa: BLE001  # for the detail only: whatever libmagic or its loading raises, we do without
        return ""
    return "" if media in ("application/octet-stream", "text/plain") else f" (libmagic: {media[:60]})"
