"""JSON with escapes: the source with its escapes put in, streamed, so that lines stay those of the source.

A line break that is written as an escape becomes a blank. It need not be valid, nor one value only: what is no escape
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from dlp.extract.text import TextExtractor
from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text

_ESCAPE = rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\"\\/bfnrt])"
_BLANK = dict.fromkeys((b"\\n", b"\\r", b"\\t", b"\\b", b"\\f"), b" ")
_SHORT = {**_BLANK, b'\\"': b'"', b"\\/": b"/", b"\\\\": b"\\"}
_SAFE = rb"[,\n\]}:;\s]"
_LOOKED_AT = 4096


class JsonExtractor:
    """Reads JSON of any size."""

    types = frozenset({"json"})

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """One text, as a plain text would be given; a second of the plain bytes where the charset is doubtful."""
        for item in TextExtractor().extract(blob, limits):
            if isinstance(item, Text) and not item.marks:
                yield msgspec.structs.replace(item, chunks=unescaped(item.chunks))
            else:
                yield item


def unescaped(chunks: Iterator[bytes | bytearray | memoryview]) -> Iterator[bytes | bytearray | memoryview]:
    """UTF-8 with the escapes put in. Cuts anywhere change nothing."""
    escape = re.compile(_ESCAPE)
    safe = re.compile(_SAFE)
    rest = b""
    for chunk in chunks:
        data = rest + bytes(chunk)
        if b"\\" not in data:
            rest = b""
            yield data
            continue
        cut = len(data)
        last = data.rfind(b"\\", max(0, cut - 12))
        if last >= 0:  # perhaps an escape that the next chunk completes: wait from a byte on that is in none
            begin = max(0, last - _LOOKED_AT)
            found = [match.end() for match in safe.finditer(data, begin, last)]
            cut = found[-1] if found else begin
        rest = data[cut:]
        if cut:
            yield escape.sub(_put, data[:cut])
    if rest:
        yield escape.sub(_put, rest)


def _put(match: re.Match[bytes]) -> bytes:
    escape = match[0]
    short = _SHORT.get(escape)
    if short is not None:
        return short
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        code = 0x10000 + ((code - 0xD800) << 10) + int(escape[8:], 16) - 0xDC00
    return chr(code).encode("utf-8", "replace") if code >= 32 else b" "
