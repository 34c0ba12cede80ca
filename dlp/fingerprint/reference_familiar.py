"""The part of the reference that tells familiar text: which grams a background holds, and what a symbol then weighs.

How much an agreeing passage proves depends on how ordinary its text is. A *gram* is 6, 8, 12 or 20 symbols in a row.
Where no familiar gram ends at a symbol, nobody could foresee it, and it counts whole; within a clause that everybody
uses it counts a sixteenth. A table keeps marks of grams, no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ROLL_BASE = 0xD1342543DE82EF95
MASK = (1 << 64) - 1

ORDERS = (6, 8, 12, 20)
"""Lengths of grams, in symbols."""

WEIGHTS = (16, 6, 3, 2, 1)
"""Weight of a symbol, in 1/16 symbol, by the number of orders that are familiar; see `kernel/familiar.c`."""


def _marks(symbols: bytes, end: int) -> Iterator[int]:
    """The marks, 64 bits, of the grams that end before `end`, the shortest first."""
    value, power, length = 0, 1, 0
    for order in ORDERS:
        if order > end:
            return
        while length < order:
            length += 1
            value = (value + symbols[end - length] * power) & MASK
            power = power * ROLL_BASE & MASK
        mark = (value + order * 0x9E3779B97F4A7C15) & MASK
        for _ in range(2):
            mark = (mark ^ mark >> 32) * 0xD6E8FEB86659FD93 & MASK
        yield mark ^ mark >> 32


class Familiar:
    """A table of grams: a Bloom filter of so many bits, a multiple of 64 from 64 to 2^38.

    It may call a gram familiar that was never added, the rarer the smaller `fill` is, and never the other way.
    """

    __slots__ = ("_bytes",)

    def __init__(self, bits: int) -> None:
        if bits % 64 or not 64 <= bits <= 1 << 38:
            raise ValueError("a table of grams has a multiple of 64 bits, from 64 to 2^38")
        self._bytes = bytearray(bits // 8)

    @classmethod
    def from_bytes(cls, data: bytes) -> Familiar:
        """The table of these bytes, as `to_bytes` gave them. Raises ValueError where their number is no table's."""
        table = cls(8 * len(data))
        table._bytes[:] = data
        return table

    def to_bytes(self) -> bytes:
        """The table's bits, 8 a byte, low ones first. It does not say of which orders, or of which folding."""
        return bytes(self._bytes)

    @property
    def fill(self) -> float:
        """The share of bits that are set, 0 to 1. One gram in fill² is taken for familiar by chance."""
        return sum(byte.bit_count() for byte in self._bytes) / (8 * len(self._bytes))

    def _places(self, mark: int) -> tuple[int, int]:
        """The two bits of a gram, in one word of 64."""
        word = (mark >> 32) * (len(self._bytes) // 8) >> 32
        return 64 * word + (mark & 63), 64 * word + (mark >> 6 & 63)

    def _holds(self, mark: int) -> bool:
        return all(self._bytes[place >> 3] >> (place & 7) & 1 for place in self._places(mark))

    def _put(self, mark: int) -> None:
        for place in self._places(mark):
            self._bytes[place >> 3] |= 1 << (place & 7)

    def add(self, symbols: bytes) -> None:
        """Adds all grams of a folded text."""
        for end in range(len(symbols) + 1):
            for mark in _marks(symbols, end):
                self._put(mark)

    def add_repeated(self, symbols: bytes, once: Familiar) -> None:
        """Adds those grams of a document that `once` holds, then all its grams to `once`.

        So after several documents this table holds the grams that stand in two of them. Raises ValueError where
        `once` is this table.
        """
        if once is self:
            raise ValueError("what was seen once is kept in a table of its own")
        for end in range(len(symbols) + 1):
            for mark in _marks(symbols, end):
                if not once._holds(mark):
                    break  # nor does it hold a longer one
                self._put(mark)
        once.add(symbols)


def weigh(tables: Sequence[Familiar], symbols: bytes, marks: bytes | None = None) -> bytes:
    """How much each symbol of a folded text counts, in 1/16 symbol: one byte a symbol, 16 for what is not familiar.

    A gram is familiar that stands in any of the tables, and whose shorter ones do. A symbol's weight depends on it and
    the 19 before it; grams that would begin before the text are not familiar, so weigh a passage with 19 symbols or
    more of what stands before it.

    `marks`: only the last len(marks) symbols are answered for, and those whose mark is 0 weigh nothing. Raises
    ValueError for more marks than symbols.
    """
    if marks is not None and len(marks) > len(symbols):
        raise ValueError("more marks than symbols")
    weights = bytearray()
    for end in range(1, len(symbols) + 1):
        level = 0
        for mark in _marks(symbols, end):
            if not any(table._holds(mark) for table in tables):
                break
            level += 1
        weights.append(WEIGHTS[level])
    if marks is None:
        return bytes(weights)
    last = weights[len(weights) - len(marks) :]
    return bytes(weight if mark else 0 for weight, mark in zip(last, marks, strict=True))


STRETCHES = ((155, 70), (258, 50), (520, 35))
"""Symbols of a stretch (30, 50 and 100 words), and what it is worth: a longer one must weigh more."""


def rarity(weights: bytes) -> int:
    """How much the weightiest stretch of a passage proves, in symbols that count whole.

    `weights`: of each symbol that agrees, in 1/16 symbol, and 0 where none does. Each gap within a stretch costs a
    symbol. A passage of ordinary prose that nobody else has gives about 0.58 for each symbol of its best 30 words.
    """
    most = 0
    for length, worth in STRETCHES:
        total = 0
        for i, weight in enumerate(weights):
            total += weight
            total -= WEIGHTS[0] if i and not weight and weights[i - 1] else 0
            if i >= length:
                out = i - length
                total -= weights[out]
                total += WEIGHTS[0] if weights[out] and not weights[out + 1] else 0
            most = max(most, total * worth)
    return most // (70 * WEIGHTS[0])
