"""Runs and aligned passages, as the kernels hand them out."""

from __future__ import annotations

Run = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, bytes]
"""(document, source symbol, start symbol, end symbol, from character, to character, line, column, from byte, to byte,
symbols of its first character that stand before it, hits, evidence symbols, excerpt): a stretch of text that agrees
symbol for symbol with a stretch of a document. `line` and `column` count from 0."""

Aligned = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, bytes, bytes, bytes]
"""(document, source symbol, its end, start symbol, end symbol, from character, to character, line, column, score,
faith, paired words, whether it is a digest, evidence symbols of its runs, symbols of its runs, symbols, marks,
excerpt): a passage that alignment found. `score`: sixteenths of a natural logarithm; `faith`: of 32. `symbols`: of the
passage, and up to 24 before it. `marks`: for each symbol of the passage 0 where its word has no pair, 1 where it has,
2 where its neighbour has one, too. `excerpt`: the first 128 bytes."""


class Runs(list[Run]):
    """Runs of one text, in no order. The compiled kernel's makes its tuples when they are asked for, and can only be
    iterated, counted and extended."""

    def before(self, byte: int) -> tuple[Runs, Runs]:
        """(the runs that end at `byte` of the text or earlier, the others)."""
        return Runs(run for run in self if run[9] <= byte), Runs(run for run in self if run[9] > byte)

    def documents(self) -> set[int]:
        """Those that the runs are of."""
        return {run[0] for run in self}
