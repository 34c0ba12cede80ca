"""The short way for what nearly every file is: small, plain text in UTF-8. What it reads is what the extractors would
read; whatever is not quite that is left to them."""

from __future__ import annotations

import os
import stat

from dlp.extract import charset, raw
from dlp.extract.detect import of_text
from dlp.extract.markup.json_text import unescaped
from dlp.extract.text import is_plain_utf8
from dlp.fingerprint import find_signs


def quick_text(descriptor: int, name: str) -> bytes | None:
    """All of an open file of that name, without a byte order mark, if it is a regular one, has less than `raw.HEAD`
    bytes, is plain text or JSON (whose escapes are then put in), and there is nothing else to say of it; b"" for an
    empty one. None: ask the extractors. Raises nothing.

    One `pread` takes all of it, so nobody has changed it meanwhile.
    """
    try:
        status = os.fstat(descriptor)
        if status.st_size >= raw.HEAD or not stat.S_ISREG(status.st_mode):
            return None
        data = os.pread(descriptor, status.st_size + 1, 0)
    except OSError:
        return None
    return quick_bytes(data, name) if len(data) == status.st_size else None


def quick_bytes(data: bytes, name: str) -> bytes | None:
    """As `quick_text`, of content in memory that has less than `raw.HEAD` bytes."""
    if not data:
        return data
    kind = of_text(data, name)  # a wide charset has NULs, or a mark that is no UTF-8
    if kind not in ("text", "json") or not is_plain_utf8(data):
        return None
    text = data.removeprefix(charset.UTF8_BOM) if kind == "text" else _same_lines(data)
    if text is None or find_signs(text, 0, True, -1)[0]:
        return None
    if not text.isascii():
        from dlp.extract.decoding import invisible

        return None if invisible(text) else text
    return text


def _same_lines(data: bytes) -> bytes | None:
    """JSON with its escapes put in; None where there are line breaks among them, so that marks are needed."""
    data = data.removeprefix(charset.UTF8_BOM)
    text = b"".join([put for _, put in unescaped(iter((data,)))])
    return text if text.count(b"\n") == data.count(b"\n") else None
