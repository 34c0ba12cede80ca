# ruff: noqa: RUF001  # look-alike letters are what this file is about
"""Ways to write a text so that a person reads the same and a plain search does not.

Each takes a text and a source of chance, and gives the text disguised; those that leave nothing to chance say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from dlp.trial.edits import spans

ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
SOFT_HYPHEN = "\u00ad"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
MARKS = "".join(map(chr, (*range(0x300, 0x313), *range(0x323, 0x334), 0x335, 0x336, 0x337, 0x338)))
PUNCTUATION = ".,;:-/*_|~·•"

LOOK_ALIKE = {
    "a": "аαɑ", "c": "сϲ", "d": "ԁ", "e": "е", "g": "ɡ", "h": "һ", "i": "і", "j": "ј", "l": "ӏ", "n": "ո", "o": "оο",
    "p": "рρ", "q": "ԛ", "s": "ѕ", "u": "υս", "v": "νѵ", "w": "ԝ", "x": "х", "y": "у",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙ", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν",
    "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
}  # fmt: skip
"""Cyrillic, Greek, Armenian and phonetic letters that show as Latin ones do."""

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_LEET = str.maketrans("aeiostAEIOST", "431057431057")


def zero_width(text: str, chance: Random) -> str:
    """A zero-width character after a third of the characters."""
    return _after(text, chance, ZERO_WIDTH, 1 / 3)


def soft_hyphens(text: str, chance: Random) -> str:
    """A soft hyphen after a third of the characters."""
    return _after(text, chance, SOFT_HYPHEN, 1 / 3)


def bidi_controls(text: str, chance: Random) -> str:
    """A control of writing direction after a tenth of the characters."""
    return _after(text, chance, BIDI, 1 / 10)


def backwards(text: str, _: Random) -> str:
    """Each word's letters in reverse, in controls that show them the right way round. Nothing left to chance."""
    return _words(text, lambda each: f"\u202e{each[::-1]}\u202c")


def combining_marks(text: str, chance: Random) -> str:
    """An accent or a stroke on a third of the characters."""
    return _after(text, chance, MARKS, 1 / 3)


def homoglyphs(text: str, chance: Random) -> str:
    """Half of the letters of which another alphabet has the like replaced by it."""
    return "".join(
        chance.choice(LOOK_ALIKE[each]) if each in LOOK_ALIKE and chance.random() < 1 / 2 else each for each in text
    )


def full_width(text: str, _: Random) -> str:
    """ASCII in the forms that are as wide as an ideograph. Nothing left to chance."""
    return text.translate(_FULL_WIDTH)


def leet(text: str, _: Random) -> str:
    """Digits for a, e, i, o, s and t. Nothing left to chance."""
    return text.translate(_LEET)


def spaced_letters(text: str, _: Random) -> str:
    """A space between all letters, three between words. Nothing left to chance."""
    return re.sub(r"(?<=\w)(?=\w)", " ", text.replace(" ", "   "))


def hyphenated(text: str, chance: Random) -> str:
    """Of the words of six letters or more, a quarter broken by a hyphen and a line's end."""

    def broken(each: str) -> str:
        if len(each) < 6 or chance.random() >= 1 / 4:
            return each
        at = chance.randint(2, len(each) - 2)
        return f"{each[:at]}-\n{each[at:]}"

    return _words(text, broken)


def upper(text: str, _: Random) -> str:
    """Capitals. Nothing left to chance."""
    return text.upper()


def lower(text: str, _: Random) -> str:
    """Small letters. Nothing left to chance."""
    return text.lower()


def alternating(text: str, _: Random) -> str:
    """Capitals and small letters in turn. Nothing left to chance."""
    return "".join(each.lower() if at % 2 else each.upper() for at, each in enumerate(text))


def punctuated(text: str, chance: Random) -> str:
    """A punctuation character after each word."""
    return _words(text, lambda each: each + chance.choice(PUNCTUATION))


def _after(text: str, chance: Random, what: str, share: float) -> str:
    return "".join(each + chance.choice(what) if chance.random() < share else each for each in text)


def _words(text: str, make: Callable[[str], str]) -> str:
    """Each word made anew."""
    out = []
    done = 0
    for start, end in spans(text):
        out += [text[done:start], make(text[start:end])]
        done = end
    return "".join([*out, text[done:]])
