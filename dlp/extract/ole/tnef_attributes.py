"""The attributes of winmail.dat, one after the other ([MS-OXTNEF])."""

from __future__ import annotations

import io
import struct
from collections.abc import Generator, Iterator

from dlp.extract import strings
from dlp.extract.ole import mapi
from dlp.extract.ole.property_set import codec_of
from dlp.limits import Limits
from dlp.model import Blob, Provenance

_BODY, _FILE, _TITLE, _BEGINS, _OF_FILE, _OF_MESSAGE, _RECIPIENTS, _PAGE = (
    0x800C, 0x800F, 0x8010, 0x9002, 0x9005, 0x9003, 0x9004, 0x9007,
)  # fmt: skip
_NAMES = {0x8000: "sender", 0x8004: "subject", 0x8008: "message class", 0x8009: "message id", 0x800C: "body"}
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({mapi.TEXT8, mapi.TEXT16, mapi.BINARY, mapi.OBJECT})


class _File:
    """One attached file: what a later property says of its name is better than what an earlier one does."""

    __slots__ = ("contents", "name")

    def __init__(self) -> None:
        self.name = ""
        self.contents: list[bytes] = []


class Reading:
    """One stream of attributes."""

    def __init__(self, data: bytes, provenance: Provenance, limits: Limits) -> None:
        self._data = data
        self._provenance = provenance
        self._limits = limits
        self._codec = "cp1252"
        self.bodies: list[Blob] = []
        self.files: list[_File] = []
        self.problem = ""

    def lines(self) -> Iterator[tuple[str, str]]:
        data = self._data
        at = 6
        while at + 9 <= len(data):
            level, tag, size = struct.unpack_from("<BII", data, at)
            if level not in (1, 2):
                break
            body = data[at + 9 : at + 9 + size]
            if at + 11 + size > len(data):
                self.problem = "cut short"
            at += 11 + size
            try:
                yield from self._attribute(tag & 0xFFFF, body)
            except (struct.error, ValueError):
                self.problem = self.problem or f"attribute {tag & 0xFFFF:04X}h is broken"
                for line in strings.both(body, self._codec):
                    yield "broken attribute", line
        rest = data[min(at, len(data)) :]
        if rest.strip(b"\0"):
            self.problem = self.problem or "what stands behind its attributes is none"
            place = (*self._provenance, "data behind the attributes")
            self.bodies.append(Blob(place, io.BytesIO(rest), len(rest)))

    def _attribute(self, number: int, body: bytes) -> Iterator[tuple[str, str]]:
        place = f"attachment {len(self.files)} " if self.files else ""
        if number == _PAGE:
            self._codec = codec_of(struct.unpack_from("<I", body)[0])
        elif number == _BEGINS:
            self.files.append(_File())
        elif number == _FILE:
            self._file().contents.append(body)
        elif number == _TITLE:
            name = mapi.text_of(mapi.TEXT8, body, self._codec)
            self._file().name = self._file().name or name
            yield f"{place}file name", name
        elif number in (_OF_MESSAGE, _OF_FILE):
            yield from self._properties(body, 0, place, number == _OF_FILE)
        elif number == _RECIPIENTS:
            at = 4
            for row in range(struct.unpack_from("<I", body)[0]):
                at = yield from self._properties(body, at, f"recipient {row + 1} ", False)
        elif number in _NAMES:
            for line in strings.both(body, self._codec) if number == 0x8000 else self._text(body):
                yield _NAMES[number], line
        else:
            for line in strings.both(body, self._codec):
                yield f"{place}attribute {number:04X}h", line

    def _text(self, body: bytes) -> list[str]:
        return [line for line in mapi.text_of(mapi.TEXT8, body, self._codec).split("\n") if line.strip()]

    def _file(self) -> _File:
        if not self.files:
            self.files.append(_File())
        return self.files[-1]

    def _properties(self, body: bytes, at: int, place: str, of_file: bool) -> Generator[tuple[str, str], None, int]:
        """One list of properties; returns where it ends. Raises struct.error or ValueError where it is none."""
        (count,) = struct.unpack_from("<I", body, at)
        at += 4
        for _ in range(count):
            kind, number = struct.unpack_from("<HH", body, at)
            at += 4
            if number >= 0x8000:
                named, size = struct.unpack_from("<16xII", body, at)
                at += 24
                if named:
                    yield f"{place}property name", body[at : at + size].decode("utf-16-le", "replace").rstrip("\0")
                    at += size + 3 & ~3
            values, at = _values(body, at, kind)
            for value in values:
                yield from self._value(number, kind & ~mapi.MULTIPLE, value, place, of_file)
        return at

    def _value(self, number: int, kind: int, value: bytes, place: str, of_file: bool) -> Iterator[tuple[str, str]]:
        if number in mapi.CODE_PAGES and kind == 3 and (codec := mapi.code_page(number, value)):
            self._codec = codec
        if kind not in _VARIABLE:
            return
        if of_file and number == mapi.DATA:
            # An object begins with the id of the interface that reads it; a message is winmail.dat again.
            self._file().contents.append(value[16:] if kind == mapi.OBJECT else value)
        elif number in (mapi.HTML, mapi.RTF):
            self.bodies += mapi.body_of(number, kind, value, self._provenance, self._codec, self._limits)
        else:
            if of_file and number == mapi.LONG_NAME:
                self._file().name = mapi.text_of(kind, value, self._codec)
            for where, line in mapi.words_of(number, kind, value, self._codec):
                yield place + where, line


def _values(body: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    """A property's values, and where they end. Raises struct.error or ValueError where it is none."""
    base = kind & ~mapi.MULTIPLE
    if base not in _VARIABLE and base not in _SIZES:
        raise ValueError("a property of an unknown kind")
    count = 1
    if base in _VARIABLE or kind & mapi.MULTIPLE:
        (count,) = struct.unpack_from("<I", body, at)
        at += 4
    values = []
    for _ in range(count):
        if base in _VARIABLE:
            (size,) = struct.unpack_from("<I", body, at)
            at += 4
        else:
            size = _SIZES[base]
        if at + size > len(body):
            raise ValueError("cut short")
        values.append(body[at : at + size])
        at += size + 3 & ~3
    return values, at
