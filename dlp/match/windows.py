"""Windows of a text: what stands at known places of it and around them, while the text passes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from dlp.match.places import characters, decode

_BEGINS = re.compile(rb"[^\x80-\xbf]")


class Window(msgspec.Struct, frozen=True):
    """What stands at a place, and before and after it; `cut`: the place is longer than what is kept of it."""

    before: str
    text: str
    after: str
    cut: bool = False


class Windows:
    """Takes the chunks of one text, and keeps what stands at some places: characters `start` to `end`."""

    def __init__(self, places: Iterable[tuple[int, int]], around: int, longest: int) -> None:
        """`around`: characters before and after a place; `longest`: of a place itself."""
        self._around, self._longest = around, longest
        self._waiting = sorted(set(places), key=lambda each: -each[0])
        """Those that begin further on, the next one last."""
        self._open: list[tuple[tuple[int, int], bytearray]] = []
        self._done: dict[tuple[int, int], bytearray] = {}
        self._at = 0
        """The character that the next chunk begins with."""

    def _range(self, place: tuple[int, int]) -> tuple[int, int]:
        start, end = place
        return max(0, start - self._around), min(end, start + self._longest) + self._around

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        if not (self._waiting or self._open):
            return
        count = characters(chunk)
        behind = self._at + count
        while self._waiting and self._range(self._waiting[-1])[0] < behind:
            self._open.append((self._waiting.pop(), bytearray()))
        if self._open:
            data = bytes(chunk)
            still: list[tuple[tuple[int, int], bytearray]] = []
            for place, kept in self._open:
                start, end = self._range(place)
                first = 0 if start < self._at else _byte(data, start - self._at, count)
                kept += data[first : _byte(data, end - self._at, count)]
                if end < behind:
                    self._done[place] = kept
                else:
                    still.append((place, kept))
            self._open = still
        self._at = behind

    def finish(self) -> dict[tuple[int, int], Window]:
        """What was there of each place; nothing of one that lies behind the text's end."""
        made: dict[tuple[int, int], Window] = {}
        for place, kept in (*self._done.items(), *self._open):
            start, end = place
            text = decode(kept)
            at = start - self._range(place)[0]
            to = at + min(end - start, self._longest)
            if len(text) > at or start == end:
                made[place] = Window(text[:at], text[at:to], text[to:], end - start > self._longest)
        return made


def _byte(data: bytes, character: int, count: int) -> int:
    """Where a character begins in `data`, which begins `count` of them; its end for one further on. A chunk may begin
    amid a character, which is none of them."""
    if character >= count:
        return len(data)
    if len(data) == count:
        return character
    low, high = 0, len(data)
    while low < high:  # the first byte before which `character` others begin
        middle = (low + high) // 2
        if characters(data[:middle]) < character:
            low = middle + 1
        else:
            high = middle
    found = _BEGINS.search(data, low)
    return found.start() if found else len(data)
