"""The shared strings of a workbook: kept compactly, for a table may have millions of them, and told when no cell
refers to them."""

from __future__ import annotations

from array import array

from dlp.extract.marking import Marker
from dlp.extract.office.xml_part import XmlPart
from dlp.extract.office.xml_words import decode

LONG = 32_767
"""Characters of a cell at most, says Excel. A longer string is told once, however many cells refer to it."""

_SHORT = 256
_PIECE = 1 << 11
_PIECES = 1 << 16
_TOLD_AT_ONCE = 1 << 20


class Strings:
    """Strings by number, each some bytes longer than its UTF-8."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q", [0])
        self._used = bytearray()
        self._longest = 0
        self.missing = 0
        """References to strings that are not there."""

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._data += data
        self._ends.append(len(self._data))
        self._used.append(0)
        if len(data) > self._longest:
            self._longest = len(data)

    def get(self, number: int) -> str:
        """The string; "" for one that is not there, and for a very long one that was told before."""
        if not 0 <= number < len(self._used):
            self.missing += 1
            return ""
        start, end = self._ends[number], self._ends[number + 1]
        if end - start > LONG and self._used[number]:
            return ""
        self._used[number] = 1
        return self._data[start:end].decode()

    def unused(self, start: int) -> int:
        """The number of the first string from `start` on that nobody asked for; -1 if there is none."""
        return self._used.find(0, start)

    @property
    def piece(self) -> int:
        """Bytes of a sheet to be read at a time: cells of a few bytes each may stand for long strings."""
        return _PIECES if self._longest <= _SHORT else _PIECE


class StringsReader(XmlPart):
    """Reads the part `sharedStrings.xml` into `Strings`. It has no text of its own: cells tell it."""

    def __init__(self, max_depth: int, strings: Strings) -> None:
        super().__init__(max_depth)
        self._strings = strings
        self._text: list[str] = []
        self._sounds: list[str] = []
        self._in_sounds = False
        self._in_text = False

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            raise self._too_deep()
        local = self._local[tag]
        if local == "t":
            self._in_text = True
        elif local == "rPh":
            self._in_sounds = True

    def _end(self, tag: str) -> None:
        self._depth -= 1
        local = self._local[tag]
        if local == "t":
            self._in_text = False
        elif local == "si":
            self._add()
        elif local == "rPh":
            self._in_sounds = False

    def _characters(self, text: str) -> None:
        if not self._in_text and text.isspace():  # indenting
            return
        if self._in_sounds:
            self._sounds.append(text)
        else:
            self._text.append(text)

    def _add(self) -> None:
        """Ends a string; how Japanese words are read stands behind it."""
        text = "".join(self._text)
        if self._sounds:
            text += f" ({''.join(self._sounds)})"
            self._sounds.clear()
        self._text.clear()
        self._strings.add(decode(text) if "_x" in text else text)

    def finish(self) -> None:
        if self._text or self._sounds:
            self._add()

    def take(self, marker: Marker) -> bytes:
        return b""


class Unreferenced:
    """The strings that no cell refers to, told after all sheets."""

    piece = _PIECES

    def __init__(self, strings: Strings) -> None:
        self._strings = strings
        self._next = 0
        """-1 at the end."""

    def feed(self, data: bytes, last: bool = False) -> None:
        """There is nothing to read."""

    def finish(self) -> None:
        """There is nothing to end."""

    def take(self, marker: Marker) -> bytes:
        places: list[str] = []
        texts: list[str] = []
        size = 0
        while self._next >= 0 and size < _TOLD_AT_ONCE:
            number = self._strings.unused(self._next)
            if number >= 0:
                text = self._strings.get(number)
                places.append(f"shared string {number}")
                texts.append(text + "\n")
                size += len(text) + 50
                number += 1
            self._next = number
        return marker.pieces(places, texts) if texts else b""
