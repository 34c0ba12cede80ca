"""The sides of a passage on a screen: in two columns, row beside row, or the scanned one alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

import msgspec

from dlp.model import Operation, Sides
from dlp.report.escape import columns, visible

MARKS = {"delete": ("[-", "-]"), "insert": ("{+", "+}")}
COLOURS = {"delete": ("\x1b[31m", "\x1b[0m"), "insert": ("\x1b[32m", "\x1b[0m")}

BETWEEN = " | "

Word = tuple[str, str]
"""What kind of operation it is of, and the word, fit to be shown."""


def rows(sides: Sides, width: int, *, colour: bool) -> Iterator[str]:
    """Lines of at most `width` columns: the document to the left, the scanned text to the right, words that only one of
    them has marked. Where the document's text is not there, the scanned text alone."""
    room = width if sides.source is None else (width - len(BETWEEN)) // 2
    left, right = _Column(room, colour), _Column(room, colour)
    one = sides.source is None

    def row() -> str:
        return right.take() if one else (left.take(pad=True) + BETWEEN + right.take()).rstrip()

    for there, here in _units(sides, room - 4):
        if not (left.fits(there) and right.fits(here)):
            yield row()
        left.add(there)
        right.add(here)
    if left.words or right.words:
        yield row()


def _units(sides: Sides, room: int) -> Iterator[tuple[Word | None, Word | None]]:
    """What stands side by side: words that both have, and those of one side beside those that they stand for."""
    operations = [*_alike(sides.operations), None]
    done = False
    for operation, then in pairwise(operations):
        if done or operation is None:
            done = False
            continue
        there, here = _words(sides, operation, room)
        if operation.kind == "delete" and then is not None and then.kind == "insert" and sides.source is not None:
            here = _words(sides, then, room)[1]
            done = True
        yield from zip_longest(there, here)


def _alike(operations: Sequence[Operation]) -> list[Operation]:
    """What is written otherwise is of the words that both have: a word may go on there."""
    made: list[Operation] = []
    for each in operations:
        last = made[-1] if made else None
        if each.kind == "same":
            each = msgspec.structs.replace(each, kind="equal")
        if last and last.kind == each.kind == "equal" and last.source and each.source:
            scanned, source = (last.scanned[0], each.scanned[1]), (last.source[0], each.source[1])
            made[-1] = Operation("equal", scanned, source, last.words + each.words)
        else:
            made.append(each)
    return made


def _words(sides: Sides, operation: Operation, room: int) -> tuple[list[Word], list[Word]]:
    if sides.source is None and operation.kind == "delete":
        return [], [("", f"[-{operation.words} {'word' if operation.words == 1 else 'words'}-]")]
    kind, here = operation.kind, sides.scanned[slice(*operation.scanned)]
    there = (sides.source or "")[slice(*operation.source)] if operation.source else ""
    return [(kind, part) for part in _parts(there, room)], [(kind, part) for part in _parts(here, room)]


def _parts(text: str, room: int) -> Iterator[str]:
    """The words of a text, and the pieces of those that are wider than `room`."""
    for word in map(visible, text.split()):
        piece, taken = "", 0
        for char in word if columns(word) > room else ():
            wide = columns(char)
            if taken + wide > room:
                yield piece
                piece, taken = "", 0
            piece, taken = piece + char, taken + wide
        yield piece or word


class _Column:
    """One line of a side, as it fills."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width, self._colour = width, colour
        self.words: list[Word] = []
        self._used = 0

    def _cost(self, word: Word) -> int:
        kind, text = word
        fresh = not self._colour and kind in MARKS and (not self.words or self.words[-1][0] != kind)
        return columns(text) + bool(self.words) + (4 if fresh else 0)

    def fits(self, word: Word | None) -> bool:
        return word is None or self._used + self._cost(word) <= self._width

    def add(self, word: Word | None) -> None:
        if word:
            self._used += self._cost(word)
            self.words.append(word)

    def take(self, *, pad: bool = False) -> str:
        """The line, which is then empty again."""
        runs: list[tuple[str, list[str]]] = []
        for kind, text in self.words:
            if not runs or runs[-1][0] != kind:
                runs.append((kind, []))
            runs[-1][1].append(text)
        marks = COLOURS if self._colour else MARKS
        line = " ".join(
            before + " ".join(texts) + after for kind, texts in runs for before, after in [marks.get(kind, ("", ""))]
        )
        line += " " * (self._width - self._used) if pad else ""
        self.words, self._used = [], 0
        return line
