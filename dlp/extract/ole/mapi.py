"""What Outlook's properties are called, and which values they hold: shared by .msg files and winmail.dat."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from dlp.extract import strings
from dlp.extract.ole import lzfu
from dlp.extract.ole.property_set import codec_of
from dlp.extract.unpacking import bounded, once
from dlp.limits import Limits
from dlp.model import Blob, Provenance

TEXT8, TEXT16, BINARY, OBJECT, MULTIPLE = 0x1E, 0x1F, 0x102, 0x0D, 0x1000
BODY, HTML, RTF = 0x1000, 0x1013, 0x1009
DATA, LONG_NAME, SHORT_NAME, DISPLAY_NAME = 0x3701, 0x3707, 0x3704, 0x3001
CODE_PAGES = (0x3FFD, 0x3FDE)

NAMES = {
    0x001A: "message class", 0x0037: "subject", 0x003D: "subject prefix", 0x0E1D: "subject", 0x0070: "topic",
    0x007D: "transport headers", 0x0C1A: "sender", 0x0C1F: "sender", 0x0042: "sender", 0x0065: "sender",
    0x5D01: "sender", 0x5D02: "sender", 0x0E02: "bcc", 0x0E03: "cc", 0x0E04: "to", 0x1000: "body",
    0x1013: "HTML body", 0x1009: "RTF body", 0x1035: "message id", 0x3001: "name", 0x3003: "address",
    0x39FE: "address", 0x3A20: "name", 0x5FF6: "name", 0x3704: "file name", 0x3707: "file name", 0x3703: "file name",
    0x370E: "media type", 0x3712: "content id", 0x3708: "file name", 0x370D: "file name",
}  # fmt: skip


def name_of(number: int) -> str:
    """What a person calls a property: `subject`, `property 8005h`."""
    return NAMES.get(number, f"property {number:04X}h")


def text_of(kind: int, data: bytes, codec: str) -> str:
    """A text property's value."""
    if kind & 0xFFF == TEXT16:
        text = data.decode("utf-16-le", "replace")
    else:
        try:
            text = data.decode("utf-8")  # text in any other charset does not read as this by chance
        except UnicodeDecodeError:
            text = data.decode(codec, "replace")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def words_of(number: int, kind: int, data: bytes, codec: str) -> Iterator[tuple[str, str]]:
    """(place, line) pairs of a property's value; of a binary one its strings."""
    base = kind & ~MULTIPLE
    if base in (TEXT8, TEXT16):
        for line in text_of(kind, data, codec).split("\n"):
            if line.strip():
                yield name_of(number), line
    else:
        for line in strings.both(data):
            yield name_of(number), line


def body_of(number: int, kind: int, data: bytes, provenance: Provenance, codec: str, limits: Limits) -> Iterator[Blob]:
    """A body in HTML or RTF, as the blob that it is; nothing for any other property."""
    if number == HTML:
        if kind in (TEXT8, TEXT16):
            data = text_of(kind, data, codec).encode("utf-8", "replace")
        yield Blob((*provenance, "HTML body"), io.BytesIO(data), len(data))
    elif number == RTF and kind == BINARY:
        unpacked = bounded(lzfu.unpack(data), lambda: len(data), limits, limits.max_part)
        yield Blob((*provenance, "RTF body"), once(unpacked), -1)


def code_page(number: int, value: bytes) -> str | None:
    """The charset that one of `CODE_PAGES` names."""
    (page,) = struct.unpack_from("<I", value)
    return codec_of(page) if number in CODE_PAGES and page not in (0, 1200) else None
