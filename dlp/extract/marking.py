"""Lines of text with the places they stand at, as the chunks and marks of a `Text`."""

from __future__ import annotations

from collections.abc import Iterable

from dlp.model import Mark


class Marker:
    """Counts the characters of a text and notes in its marks where each place begins."""

    __slots__ = ("_last", "_start", "marks")

    def __init__(self, marks: list[Mark]) -> None:
        """`marks`: those of the `Text`; they grow with what is written."""
        self.marks = marks
        self._start = 0
        self._last: str | None = None

    def chunk(self, lines: Iterable[tuple[str, str]]) -> bytes:
        """(place, line) pairs as UTF-8, each line with a line break behind it."""
        out = []
        for place, line in lines:
            if place != self._last:
                self.marks.append(Mark(self._start, place))
                self._last = place
            out.append(line)
            self._start += len(line) + 1
        return "".join([f"{line}\n" for line in out]).encode("utf-8", "replace")
