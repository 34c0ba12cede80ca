"""The part of the reference that finds registered terms.

A term is found where whole words fold to it, however they are spelled and parted. It begins where a word begins and
ends where a word ends (see `reference_words`), so a script that writes no spaces between words has no such rule.
"""

from __future__ import annotations

from array import array

from dlp.fingerprint.reference_fold import decode, length_at, symbols_of
from dlp.fingerprint.reference_words import separates, stands_alone

LEAST = 3
"""Symbols of a term."""

MOST = 1024

SPREAD = 4096
"""Bytes of text that a term stands in, at most."""

LOOK = 64
"""Bytes without symbols that keep words apart, whatever they are: more than these in a row."""

MARGIN = SPREAD + LOOK + 8
"""Bytes behind a word that decide what begins there."""

APART = -1
"""What precedes a byte where a word may begin; else, the bytes since the last symbol of a word that may go on."""


class Terms:
    """Terms to find. `symbols`: of all of them, each with a newline behind it; the same one may be there again.

    Raises ValueError where one has fewer than LEAST symbols or more than MOST.
    """

    def __init__(self, symbols: bytes) -> None:
        self._terms = symbols.split(b"\n")
        if self._terms.pop() or not all(LEAST <= len(each) <= MOST for each in self._terms):
            raise ValueError("a term has 3 to 1024 symbols, and a newline behind it")
        self._numbers: dict[bytes, list[int]] = {}
        for number, term in enumerate(self._terms):
            self._numbers.setdefault(term, []).append(number)
        self._longest = max(map(len, self._terms), default=0)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._terms)

    def symbols(self, term: int) -> bytes:
        """Of the term of this number."""
        return self._terms[term]

    def find(
        self, data: bytes | bytearray | memoryview, state: int = APART, last: bool = False
    ) -> tuple[array[int], int, int]:
        """(hits, bytes used, state there). Hits are number, first byte and end byte of each, one after the other, by
        their bytes and number: those that begin in what is used.

        All of the text is used with `last`; else all but MARGIN bytes of it, about, and the next call begins there.
        `state` is what precedes the text; see APART.
        """
        data = bytes(data)
        stop = len(data) if last else max(0, len(data) - MARGIN)
        resume: tuple[int, int] | None = None
        symbols = bytearray()
        words: list[tuple[int, int, int]] = []  # the symbol and the byte each begins with; where the one before ends
        at = behind = 0
        while at < len(data):
            if resume is None and at >= stop:
                resume = at, state
            length = length_at(data, at)
            if not length and not last:
                break
            character = data[at : at + (length or 1)]
            folded = symbols_of(decode(character))
            at += len(character)
            if folded:
                alone = stands_alone(folded)
                if state == APART or alone:
                    words.append((len(symbols), at - len(character), behind))
                symbols += folded
                behind = at
                state = APART if alone else 0
            elif state != APART:
                state += len(character)
                if separates(character) or state > LOOK:
                    state = APART
        starts = list(words)
        if last or state == APART:
            words.append((len(symbols), at, behind))
        used, state = resume or (at, state)
        return self._hits(bytes(symbols), [each for each in starts if each[1] < stop], words), used, state

    def _hits(
        self, symbols: bytes, starts: list[tuple[int, int, int]], words: list[tuple[int, int, int]]
    ) -> array[int]:
        hits = array("I")
        for word, (begin, start, _) in enumerate(starts):
            for end, _, end_byte in words[word + 1 :]:
                if end - begin > self._longest:
                    break
                if end_byte - start <= SPREAD:
                    for number in self._numbers.get(symbols[begin:end], ()):
                        hits.extend((number, start, end_byte))
        return hits
