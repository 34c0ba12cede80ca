"""What is kept of a document's text beside its fingerprint: a sketch of its words, and, where asked for, the text."""

from __future__ import annotations

from array import array

import msgspec

from dlp.fingerprint import split_words
from dlp.registry.records import KeptText, WordSketch

FILLER = 15
"""Code of a place that no word stands at; see kernel/words.h."""

LONGEST = 255
"""Symbols of one row of a sketch."""

MOST_WORDS = 4_000_000
"""Words of a sketch: some 25 MB of text. What lies beyond is found by its shingles."""

MOST_TEXT = 64 << 20
"""Bytes of text that are kept; of a longer text nothing is."""

_TAIL = 4096


class Keep(msgspec.Struct, frozen=True):
    """What of a document's text is kept beside its fingerprint."""

    sketch: bool = True
    text: bool = False


class Words:
    """The words of one text that arrives in pieces, and the text itself."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._rest = b""
        self.codes, self.lengths = array("H"), array("B")
        self.text = bytearray()

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        if self._keep.text and len(self.text) <= MOST_TEXT:
            self.text += chunk
        if self._keep.sketch and len(self.codes) < MOST_WORDS:
            data = self._rest + bytes(chunk)
            low = max(0, len(data) - _TAIL)
            cut = max(data.rfind(b" ", low), data.rfind(b"\n", low)) + 1
            if not cut and low:  # a word of this length is none; cut before its last character
                cut = len(data) - next((n for n in range(1, 5) if data[-n] & 0xC0 != 0x80), 1)
            self._split(data[:cut])
            self._rest = data[cut:]

    def _split(self, data: bytes) -> None:
        codes, lengths, _, _ = split_words(data)
        self.codes.extend(codes)
        self.lengths.extend(lengths)

    def finish(self) -> None:
        if self._keep.sketch and len(self.codes) < MOST_WORDS:
            self._split(self._rest)
        self._rest = b""


class Kept:
    """What is kept of all the texts of one document, one after the other as its columns count them."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._codes, self._lengths = array("H"), array("B")
        self._text = ""
        self._symbols = 0

    def add(self, words: Words, symbols: int, characters: int) -> None:
        """`symbols`, `characters`: of the document before this text."""
        words.finish()
        if self._keep.sketch:
            self._fill(symbols - self._symbols)
            self._codes.extend(words.codes)
            self._lengths.extend(words.lengths)
            self._symbols = symbols + sum(words.lengths)
        if self._keep.text:
            self._text = self._text[:characters].ljust(characters) + words.text.decode("utf-8", "replace")

    def _fill(self, symbols: int) -> None:
        while symbols > 0:
            self._codes.append(FILLER)
            self._lengths.append(min(symbols, LONGEST))
            symbols -= LONGEST

    def records(self) -> tuple[WordSketch | None, KeptText | None]:
        """For the store; None where there is nothing, or too much."""
        text = self._text.encode("utf-8", "replace")
        return (
            WordSketch.of(self._codes, self._lengths) if self._codes else None,
            KeptText.of(text) if text and len(text) <= MOST_TEXT else None,
        )
