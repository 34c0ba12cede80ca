"""Text to measure with: English-like, the same in every run, and of two kinds that share no passage.

A secret and a carrier draw their nouns and verbs from two vocabularies without a common word, and the short words
between them from one, as two English texts do. Paragraphs are written once and put together anew for each file,
so that a gigabyte takes a second.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

_JOINTS = (  # noqa: SIM905  # sixty quoted words read worse
    "the of and to in that is was for it with as his on be at by had not are but from or have an they which one you "
    "were her all she there would their we him been has when who will more no if out so said what up its about into"
).split()
_ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w".split()  # noqa: SIM905
_VOWELS = "a e i o u ai ea ee io ou".split()  # noqa: SIM905
_CODAS = "b ck d g l ll m n nd ng nt p r rd rt s ss st t th".split()  # noqa: SIM905
_ENDINGS = ("", "", "", "ed", "ing", "s", "ly", "er", "tion", "ment")

SYMBOLS_A_SHINGLE = 7
"""Winnowing with w = 13 selects two of 14 shingles."""


def vocabularies(count: int = 12_000) -> tuple[list[str], list[str]]:
    """(words of secrets, words of carriers): made-up words of English form, none in both."""
    source = random.Random(20_240_229)
    words: dict[str, None] = {}
    while len(words) < 2 * count:
        syllables = (
            source.choice(_ONSETS) + source.choice(_VOWELS) + source.choice(_CODAS)
            for _ in range(source.choice((1, 1, 2, 2, 3)))
        )
        words["".join(syllables) + source.choice(_ENDINGS)] = None
    made = [word for word in words if word not in _JOINTS]
    return made[:count], made[count : 2 * count]


def paragraph(source: random.Random, words: list[str], size: int) -> str:
    """One paragraph of about `size` characters in lines of about 90, with capitals, commas, full stops and figures."""
    parts: list[str] = []
    length = line = 0
    begins = True
    while length < size:
        word = source.choice(words)
        joint = source.choice(_JOINTS)
        end = source.choice((" ", " ", " ", " ", ", ", ". "))
        piece = f"{joint.capitalize() if begins else joint} {word}{end}"
        if source.random() < 0.01:
            piece += f"{source.randrange(10_000)} "
        begins = end == ". "
        line += len(piece)
        if line > 90:
            piece = piece.rstrip() + "\n"
            line = 0
        parts.append(piece)
        length += len(piece)
    return "".join(parts).rstrip() + ".\n\n"


FORMS = ("line", "utf-8", "cp1252")
"""Without a line break; with accents and typographic quotes (one character in thirty), in one charset or another."""


def _formed(piece: bytes, form: str) -> bytes:
    if form == "line":
        return piece.replace(b"\n", b" ")
    if form:
        return piece.decode().replace(" the ", " th\u00e9 ").replace(". ", ".\u201d \u201c").encode(form)
    return piece


class Carriers:
    """Texts in which nothing registered occurs, unless it is planted."""

    def __init__(self, paragraphs: int = 6_000, seed: int = 1) -> None:
        source = random.Random(seed)
        words = vocabularies()[1]
        self._paragraphs = [paragraph(source, words, source.randrange(300, 3_000)).encode() for _ in range(paragraphs)]

    def text(self, size: int, seed: int) -> Iterator[bytes]:
        """`size` bytes, in pieces."""
        source = random.Random(seed)
        while size > 0:
            piece = b"".join(source.choices(self._paragraphs, k=min(2_000, size // 1_700 + 1)))[:size]
            size -= len(piece)
            yield piece

    def write(self, path: str, size: int, seed: int, *, plant: bytes = b"", form: str = "") -> None:
        """A file of about `size` bytes; `plant` stands in its middle, besides. `form`: of `FORMS`, or plain ASCII."""
        written = 0
        with open(path, "wb") as file:
            for piece in self.text(size, seed):
                file.write(_formed(piece, form))
                before, written = written, written + len(piece)
                if before <= size // 2 < written:
                    file.write(plant)

    def small(self, folder: str, count: int, largest: int = 10_000) -> int:
        """`count` files of 200 to `largest` bytes, 500 to a folder; the sum of their sizes."""
        source = random.Random(count)
        whole = b"".join(self.text(8_000_000, 7))
        total = 0
        for number in range(count):
            below = os.path.join(folder, f"{number // 500:04d}")
            if number % 500 == 0:
                os.makedirs(below)
            size = source.randrange(200, largest)
            start = source.randrange(len(whole) - size)
            with open(os.path.join(below, f"{number:06d}.txt"), "wb") as file:
                file.write(whole[start : start + size])
            total += size
        return total


def secrets(folder: str, shingles: int, documents: int = 100, seed: int = 2) -> int:
    """`documents` files of together about `shingles` selected shingles; the sum of their sizes."""
    source = random.Random(seed)
    words = vocabularies()[0]
    # Of 100 characters about 79 are letters and digits.
    size = shingles * SYMBOLS_A_SHINGLE * 100 // 79 // documents
    total = 0
    os.makedirs(folder)
    for number in range(documents):
        parts: list[str] = []
        length = 0
        while length < size:
            parts.append(paragraph(source, words, min(1_500, size - length)))
            length += len(parts[-1])
        with open(os.path.join(folder, f"secret-{number:06d}.txt"), "w", encoding="ascii", newline="") as file:
            total += file.write("".join(parts))
    return total
