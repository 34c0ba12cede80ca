"""Lines of text with the places they stand at, as the chunks and marks of a `Text`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlp.model import Mark

MOST = 500_000
"""Marks of one text, some 100 MB; beyond, only the beginning of each chunk is marked."""


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
        pairs = list(lines)
        return self.pieces([place for place, _ in pairs], [f"{line}\n" for _, line in pairs])

    def taken(self, lines: list[tuple[str, str]]) -> bytes:
        """As `chunk`; empties the list. b"" where it is empty."""
        data = self.chunk(lines) if lines else b""
        lines.clear()
        return data

    def pieces(self, places: Sequence[str], texts: Sequence[str]) -> bytes:
        """Pieces of text, as they are, each with its place, as UTF-8."""
        marks = self.marks
        start = self._start
        last = self._last
        for place, text in zip(places, texts, strict=True):
            if place != last:
                if len(marks) < MOST or start == self._start:
                    marks.append(Mark(start, place))
                last = place
            start += len(text)
        self._last = last
        self._start = start
        return "".join(texts).encode("utf-8", "replace")

    def taken_pieces(self, places: list[str], texts: list[str]) -> bytes:
        """As `pieces`; empties the lists. b"" where they are empty."""
        data = self.pieces(places, texts) if texts else b""
        places.clear()
        texts.clear()
        return data
