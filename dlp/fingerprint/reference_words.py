"""The part of the reference that splits words: what edited text is aligned by.

A word is letters and digits in a row, or one character of a script that writes no spaces between words. Invisible
characters and marks do not end one. Words are told apart by their *stem*, 12 bits of a hash of their first letters, and
by their *rank*, how many letters they have; both in one code.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from dlp.fingerprint.reference_fold import decode, length_at, symbols_of

STEM_LETTERS = 5
MOST = 224
"""Symbols; a longer word is cut after the character that reaches it."""

RANKS = 9
FILLER = 15
"""Rank of a place that no word stands at: symbols between the texts of a document."""

IDEOGRAPH = 4
"""Rank of one: a character says what a word of so many letters does."""

Words = tuple["array[int]", "array[int]", "array[int]", "array[int]"]
"""Codes (u16: stem << 4 | rank), lengths in symbols (u8), first bytes and end bytes (u32), one row a word."""


def stem(symbols: bytes | bytearray) -> int:
    """Of a word: a hash of its first five letters."""
    value, letters = 0xCBF29CE484222325, 0
    for symbol in symbols:
        letters += symbol & 0xC0 != 0x80
        if letters > STEM_LETTERS:
            break
        value = (value ^ symbol) * 0x100000001B3 & (1 << 64) - 1
    return (value * 0x9E3779B97F4A7C15 & (1 << 64) - 1) >> 52


def stem_symbols(symbols: bytes) -> int:
    """How many symbols of a word its stem is made from."""
    letters = 0
    for n, symbol in enumerate(symbols):
        letters += symbol & 0xC0 != 0x80
        if letters > STEM_LETTERS:
            return n
    return len(symbols)


def separates(character: bytes) -> bool:
    """Whether a character that folds to nothing keeps words apart. Marks, joiners and controls of direction do not."""
    first, second, third = character[0], character[1:2], character[2:3]
    if len(character) == 1:
        return first < 0x80
    if len(character) == 2:
        return (first == 0xC2 and second != b"\xad") or character in (b"\xd8\x8c", b"\xd8\x9b", b"\xd8\x9f")
    if len(character) == 3:
        if first == 0xE2 and second == b"\x80":
            return third <= b"\x8a" or b"\x90" <= third <= b"\xa9" or third >= b"\xaf"
        if first == 0xE2:
            return second != b"\x81" or third < b"\xa0"
        if first == 0xE0:
            return second == b"\xa5" and third in (b"\xa4", b"\xa5")
        return character[:2] in (b"\xe3\x80", b"\xef\xbc", b"\xef\xbd")
    return character[:2] == b"\xf0\x9f"


def stands_alone(symbols: bytes) -> bool:
    """Whether a folded character is of a script that writes no spaces: Thai and Lao, Myanmar, Khmer, kana, Han."""
    if len(symbols) < 3:
        return False
    first, second = symbols[0], symbols[1]
    if first == 0xE0:
        return 0xB8 <= second <= 0xBB
    if first == 0xE1:
        return second in (0x80, 0x81, 0x9E)
    if first == 0xE3:
        return second >= 0x81
    return 0xE4 <= first <= 0xE9 or (first == 0xF0 and second >= 0xA0)


class _Open:
    """A word that may still grow."""

    def __init__(self, at: int, alone: bool) -> None:
        self.start = self.end = at
        self.alone = alone
        self.symbols = bytearray()

    def code(self) -> int:
        letters = sum(symbol & 0xC0 != 0x80 for symbol in self.symbols)
        return stem(self.symbols) << 4 | (IDEOGRAPH if self.alone else min(letters, RANKS - 1))


def split_words(data: bytes | bytearray | memoryview) -> Words:
    """The words of a text in UTF-8."""
    data, at = bytes(data), 0
    words: list[_Open] = []
    parted = True
    while at < len(data):
        length = length_at(data, at) or 1
        character = data[at : at + length]
        symbols = symbols_of(decode(character))
        if symbols:
            alone = stands_alone(symbols)
            if parted or alone or words[-1].alone or len(words[-1].symbols) >= MOST:
                words.append(_Open(at, alone))
            words[-1].symbols += symbols
            words[-1].end = at + length
            parted = False
        else:
            parted = parted or separates(character)
        at += length
    return (
        array("H", [word.code() for word in words]),
        array("B", [len(word.symbols) for word in words]),
        array("I", [word.start for word in words]),
        array("I", [word.end for word in words]),
    )


class Sketch:
    """The words of a registered document: codes (u16) and lengths in symbols (u8), as `split_words` gives them.

    They must not change while it lives. Raises ValueError where they differ in number.
    """

    def __init__(self, codes: Sequence[int], lengths: Sequence[int]) -> None:
        if len(codes) != len(lengths):
            raise ValueError("a sketch's codes and lengths differ in number")
        self.codes = codes
        self.at = [0]
        for length in lengths:
            self.at.append(self.at[-1] + length)
        if self.at[-1] >= 1 << 32:
            raise ValueError("a sketch of 4 G symbols or more")

    def __len__(self) -> int:
        """Words."""
        return len(self.codes)
