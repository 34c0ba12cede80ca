"""Places in a text: from bytes of what is fed to characters, lines and locators."""

from __future__ import annotations

import re
from bisect import bisect_right

from dlp.model import Span, Text

LISTED = 100
"""Places that a finding lists; further ones are counted."""

Place = tuple[int, int, int, int]
"""(first character, character behind the last, line, column), the last two from 0."""

_CONTINUATION = bytes(range(0x80, 0xC0))


def characters(data: bytes | bytearray | memoryview) -> int:
    """As the kernel counts them: each byte but a continuation begins one, also where the text is not UTF-8."""
    data = data if isinstance(data, bytes | bytearray) else bytes(data)
    return len(data) if data.isascii() else len(data.translate(None, _CONTINUATION))


_LONE = re.compile("[\udc80-\udcbf]")
_BROKEN = re.compile("[\udcc0-\udcff]")


def decode(data: bytes | bytearray) -> str:
    """UTF-8 as text of so many characters as `characters` says."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
    return _BROKEN.sub("\N{REPLACEMENT CHARACTER}", _LONE.sub("", text))


class Cursor:
    """Measures places in a text, in ascending order. `begins`: the place of the text's first character."""

    __slots__ = ("_at", "_begins", "_line", "_line_starts", "_text")

    def __init__(self, text: str, begins: tuple[int, int, int]) -> None:
        """`begins`: (character, line, column)."""
        self._text = text
        self._begins = begins[0]
        self._at = 0
        self._line = begins[1]
        self._line_starts = -begins[2]
        """Index in the text, below 0 where the line began before it."""

    def place(self, start: int, end: int) -> Place:
        """Of text[start:end]. `start` is at least that of the last call."""
        lines = self._text.count("\n", self._at, start)
        if lines:
            self._line += lines
            self._line_starts = self._text.rfind("\n", self._at, start) + 1
        self._at = start
        return self._begins + start, self._begins + end, self._line, start - self._line_starts


class Ruler:
    """Knows where a window of a text begins, and measures places in it, in ascending order."""

    __slots__ = ("_at", "_character", "_column", "_line")

    def __init__(self) -> None:
        self._at = 0
        """Byte of the window up to which is counted; the others are the place of that byte in the text."""
        self._character = self._line = self._column = 0

    def place(self, window: bytes | bytearray, start: int, end: int) -> Place:
        """Of the bytes `start` to `end` of the window. `start` is at least that of the last call."""
        self._to(window, start)
        return self._character, self._character + characters(window[start:end]), self._line, self._column

    def cut(self, window: bytes | bytearray, count: int) -> None:
        """The next window begins `count` bytes behind the beginning of this one."""
        self._to(window, max(count, self._at))
        self._at -= count

    def begins(self) -> tuple[int, int, int]:
        """(character, line, column) of the window's beginning, if nothing in it was measured yet."""
        return self._character, self._line, self._column

    def _to(self, window: bytes | bytearray, byte: int) -> None:
        if byte == self._at:
            return
        passed = window[self._at : byte]
        self._at = byte
        self._character += characters(passed)
        lines = passed.count(b"\n")
        if lines:
            self._line += lines
            self._column = characters(passed[passed.rfind(b"\n") + 1 :])
        else:
            self._column += characters(passed)


def span(text: Text, place: Place) -> Span:
    """With its locator; `text.marks` reaches that far."""
    start, end, line, column = place
    mark = bisect_right(text.marks, start, key=lambda each: each.start) - 1
    if mark >= 0:
        locator = text.marks[mark].locator
        if text.refine:
            locator = text.refine(locator)
    else:
        locator = f"line {line + 1}" if text.alphabet == "text" else f"byte {start}"
    return Span(start, end, line + 1, column + 1, locator)
