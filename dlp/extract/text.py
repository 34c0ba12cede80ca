"""Plain text in any charset, of any size, in bounded memory.

Offsets count what Python's `open` counts with `newline=""` and the charset found: a byte order mark is not a
character, CR LF are two. UTF-8 is passed on as the bytes it is. Where the charset is doubtful, the plain bytes
follow as a second text, whose one mark says so.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator

from dlp.extract import charset, raw
from dlp.limits import Limits
from dlp.model import Blob, Mark, Skipped, Text

RAW = "raw bytes"
"""The locator of a second or third reading."""


class TextExtractor:
    """Reads plain text and all that is readable as such: source code, CSV, JSON without escapes."""

    types = frozenset({"text"})

    def __init__(self, chunk: int = raw.CHUNK, declared: str | None = None) -> None:
        """`chunk`: bytes read at a time, from 1 on. It changes the cost and nothing else. `declared`: the codec that
        the content names itself, believed where it is not UTF-8 and all of the window can be read by it."""
        self._chunk = chunk
        self._declared = declared

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text; a second one of the plain bytes where the charset is doubtful. Raises OSError."""
        stream = blob.stream
        head = raw.read_upto(stream, raw.HEAD)
        wide = charset.wide(head)
        if wide is None:
            if len(head) < raw.HEAD and is_plain_utf8(head):  # nearly every text file: no buffer, no window
                yield Text(blob.provenance, "text", iter((head.removeprefix(charset.UTF8_BOM),)), [])
                return
            doubt = charset.Doubt(of_wide=False)
            stream.seek(len(charset.UTF8_BOM) if head.startswith(charset.UTF8_BOM) else 0)
            yield Text(blob.provenance, "text", self._narrow(blob, doubt), [])
        else:
            doubt = charset.Doubt(of_wide=True)
            doubt.found = wide.doubtful
            stream.seek(wide.skip)
            decoder = codecs.getincrementaldecoder(wide.codec)("replace")
            yield Text(blob.provenance, "text", self._decoded(blob, decoder, doubt), [])
        if doubt.found:
            stream.seek(0)
            yield Text(blob.provenance, "text", raw.read_chunks(stream, self._chunk), [Mark(0, RAW)])
        if wide is not None and wide.doubtful:  # the mark may be forged, before a text in any other charset
            stream.seek(wide.skip)
            behind = self._narrow(blob, charset.Doubt(of_wide=False))
            yield Text(blob.provenance, "text", behind, [Mark(0, RAW)])

    def _narrow(self, blob: Blob, doubt: charset.Doubt) -> Iterator[bytes | memoryview]:
        """Plain ASCII as it comes; from the first other byte on, what the window that begins there decides."""
        stream = blob.stream
        for chunk in raw.read_chunks(stream, self._chunk):
            plain = _plain_prefix(chunk)
            if plain == len(chunk):
                yield chunk
                continue
            begins = stream.tell() - len(chunk) + plain
            if plain:
                yield chunk[:plain]
            stream.seek(begins)
            break
        else:
            return
        while window := raw.read_upto(stream, raw.HEAD):
            found = charset.narrow(window, last=len(window) < raw.HEAD, declared=self._declared)
            if found is None:  # escapes in plain ASCII, as terminals write: go on looking
                yield window
                continue
            if found.codec is None:
                yield window
                yield from raw.read_chunks(stream, self._chunk)
                return
            doubt.found = found.doubtful
            stream.seek(-len(window), os.SEEK_CUR)
            yield from self._decoded(blob, codecs.getincrementaldecoder(found.codec)("replace"), doubt)
            return

    def _decoded(self, blob: Blob, decoder: codecs.IncrementalDecoder, doubt: charset.Doubt) -> Iterator[bytes]:
        for chunk in raw.read_chunks(blob.stream, self._chunk):
            doubt.see(chunk)
            if text := decoder.decode(bytes(chunk)):
                yield text.encode("utf-8", "replace")
        if text := decoder.decode(b"", True):
            yield text.encode("utf-8", "replace")


def is_plain_utf8(data: bytes) -> bool:
    """Whether all of it is UTF-8 that needs no further look: without an escape, which may begin another charset."""
    if b"\x1b" in data:
        return False
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _plain_prefix(chunk: memoryview) -> int:
    """How many bytes stand before the first that is not ASCII, or is an escape (ISO-2022 is ASCII but for those)."""
    whole = chunk.obj
    # A full chunk is looked at where it lies; copying and decoding it would cost a seventh of a scan.
    data = whole if isinstance(whole, bytearray) and len(whole) == len(chunk) else bytes(chunk)
    end = len(data)
    if not data.isascii():
        try:
            data.decode("ascii")
        except UnicodeDecodeError as error:
            end = error.start
    escape = data.find(b"\x1b", 0, end)
    return end if escape < 0 else escape
