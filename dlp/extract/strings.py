"""Words in bytes whose format is not known, or not worth knowing: runs of letters, in 8 bits and in UTF-16."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlp.extract.wide import wide_strings

_CLASSES = bytes(ord("p") if byte == 9 or 0x20 <= byte < 0x7F or byte >= 0xC0 else ord("x") for byte in range(256))
_NEEDLE = b"ppppp"
"""Four letters in a row are in any program code."""

_LETTERS = re.compile(rb"[A-Za-z0-9]{2}")


def narrow(data: bytes, codec: str = "cp1252") -> Iterator[str]:
    """Runs of 8-bit letters: as UTF-8 where they are, else in `codec`."""
    if len(data) < len(_NEEDLE):
        return
    classes = data.translate(_CLASSES)
    end = 0
    while (start := classes.find(_NEEDLE, end)) >= 0:
        end = classes.find(b"x", start)
        if end < 0:
            end = len(data)
        run = data[start:end]
        if run.isascii():
            yield run.decode("ascii")
        elif _LETTERS.search(run):
            try:
                yield run.decode("utf-8")
            except UnicodeDecodeError:
                yield run.decode(codec, "replace")


def wide(data: bytes) -> Iterator[str]:
    """Runs of UTF-16 letters."""
    if len(data) < 2 * len(_NEEDLE):  # of small records there may be a million
        return
    for chunk in wide_strings((data,), []):
        for line in chunk.decode().splitlines():
            if line.strip():
                yield line


def both(data: bytes, codec: str = "cp1252") -> Iterator[str]:
    """First the 8-bit runs, then those in UTF-16."""
    yield from narrow(data, codec)
    yield from wide(data)
