"""JSON with escapes: the source with its escapes put in, streamed. Where line breaks come in, marks say which lines of
the source the text is.

It need not be valid, nor one value only: what is no escape stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Mark, Skipped, Text

_ESCAPE = rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\"\\/bfnrt])"
_SHORT = {
    b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b" ", b"\\f": b" ",
    b'\\"': b'"', b"\\/": b"/", b"\\\\": b"\\",
}
_SAFE = rb"[,\n\]}:;\s]"
_LOOKED_AT = 4096
_CONTINUING = bytes(range(0x80, 0xC0))
_EACH = 100_000
"""Lines that have a mark each; behind them `_STRIDE` lines have one together, for marks take memory."""
_STRIDE = 64


class JsonExtractor:
    """Reads JSON of any size."""

    types = frozenset({"json"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text (marks `line 12` if there are line breaks among the escapes); a second one of the plain bytes where
        the charset is doubtful. Raises OSError."""
        for item in TextExtractor().extract(blob, limits):
            if isinstance(item, Text) and not item.marks:
                yield msgspec.structs.replace(item, chunks=_marked(unescaped(item.chunks), item.marks))
            else:
                yield item


def unescaped(chunks: Iterator[bytes | bytearray | memoryview]) -> Iterator[tuple[bytes, bytes]]:
    """Pieces of UTF-8, as they stand and with the escapes put in. Cuts anywhere change nothing but the cuts."""
    escape = re.compile(_ESCAPE)
    safe = re.compile(_SAFE)
    rest = b""
    for chunk in chunks:
        data = rest + bytes(chunk)
        if b"\\" not in data:
            rest = b""
            yield data, data
            continue
        cut = len(data)
        last = data.rfind(b"\\", max(0, cut - 12))
        if last >= 0:  # perhaps an escape that the next chunk completes: wait from a byte on that is in none
            begin = max(0, last - _LOOKED_AT)
            found = [match.end() for match in safe.finditer(data, begin, last)]
            cut = found[-1] if found else begin
        rest = data[cut:]
        if cut:
            yield data[:cut], escape.sub(_put, data[:cut])
    if rest:
        yield rest, escape.sub(_put, rest)


def _put(match: re.Match[bytes]) -> bytes:
    escape = match[0]
    short = _SHORT.get(escape)
    if short is not None:
        return short
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        code = 0x10000 + ((code - 0xD800) << 10) + int(escape[8:], 16) - 0xDC00
    return chr(code).encode("utf-8", "replace")


def _marked(pieces: Iterator[tuple[bytes, bytes]], marks: list[Mark]) -> Iterator[bytes]:
    """The pieces with their escapes put in. No marks as long as the lines are those of the source: before the first
    mark, lines are counted."""
    line = 1
    characters = 0
    for source, data in pieces:
        lines = source.count(b"\n")
        if not marks and data.count(b"\n") == lines:
            line += lines
            characters += _characters(data)
            yield data
            continue
        escape = re.compile(_ESCAPE)
        out = []
        for each in _lines(source):
            if line <= _EACH:
                marks.append(Mark(characters, f"line {line}"))
            elif line % _STRIDE == 0 or line == _EACH + 1:
                marks.append(Mark(characters, f"lines {line} to {line + _STRIDE - 1 - line % _STRIDE}"))
            put = escape.sub(_put, each)
            out.append(put)
            characters += _characters(put)
            line += each.endswith(b"\n")
        yield b"".join(out)


def _lines(source: bytes) -> list[bytes]:
    """Lines as they are counted: by line feeds alone."""
    lines = [each + b"\n" for each in source.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return [each for each in lines if each]


def _characters(data: bytes) -> int:
    """Characters, as a text counts them: any byte but a continuation byte begins one."""
    return len(data) if data.isascii() else len(data.translate(None, _CONTINUING))
