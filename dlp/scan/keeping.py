"""What is kept of a document's text beside its fingerprint: a sketch of its words, and, where asked for, the text."""

from __future__ import annotations

import codecs
import re
from array import array

import msgspec

from dlp.fingerprint import split_words
from dlp.registry.records import MOST_TEXT, KeptText, WordSketch

FILLER = 15
"""Code of a place that no word stands at; see kernel/words.h."""

LONGEST = 255
"""Symbols of one row of a sketch."""

MOST_WORDS = 4_000_000
"""Words of a sketch: some 25 MB of text. What lies beyond is found by its shingles."""

PIECE = 1 << 16
"""Bytes that are split at a time: splitting takes sixteen times as many for a moment."""

MOST_OPEN = 1 << 13
"""Bytes from the beginning of a word to where a piece ends, above which the word is over. Letters of one take 1 kB at
most, so only a text that puts thousands of invisible characters into a word is split otherwise than as a whole."""

_CUT = 3
"""Bytes at the end that may be the beginning of a character."""

_LONE = re.compile("[\udc80-\udcbf]")
_BROKEN = re.compile("[\udcc0-\udcff]")


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
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        view = memoryview(chunk)
        for at in range(0, len(view), PIECE):
            if self._keep.text and len(self.text) < MOST_TEXT:
                self._take(self._decoder.decode(view[at : at + PIECE]))
            if self._keep.sketch and len(self.codes) < MOST_WORDS:
                self._split(self._rest + view[at : at + PIECE])

    def _split(self, data: bytes) -> None:
        """Takes all words but the last one, which may go on: it is split again with what follows."""
        codes, lengths, starts, ends = split_words(data)
        if not codes:
            self._rest = data[-_CUT:]
            return
        if len(data) - starts[-1] <= MOST_OPEN:
            self._rest = data[starts[-1] :]
            codes.pop()
            lengths.pop()
        else:
            self._rest = data[max(ends[-1], len(data) - _CUT) :]
        self.codes.extend(codes)
        self.lengths.extend(lengths)

    def _take(self, text: str) -> None:
        """As many characters as the kernel counts, which takes each byte but a continuation for one, also where the
        text is not UTF-8."""
        if not text.isascii():
            text = _BROKEN.sub("\N{REPLACEMENT CHARACTER}", _LONE.sub("", text))
        self.text += text.encode()

    def finish(self) -> None:
        if self._keep.text and len(self.text) < MOST_TEXT:
            self._take(self._decoder.decode(b"", final=True))
        if self._keep.sketch and len(self.codes) < MOST_WORDS:
            codes, lengths, _, _ = split_words(self._rest)
            self.codes.extend(codes)
            self.lengths.extend(lengths)
        self._rest = b""


class Kept:
    """What is kept of all the texts of one document, one after the other as its columns count them."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._codes, self._lengths = array("H"), array("B")
        self._symbols = 0
        self._text = bytearray()
        self._begins = self._characters = 0
        """Of the last text in it: its first byte, and the characters before it."""
        self._over = False

    def add(self, words: Words, symbols: int, characters: int) -> None:
        """`symbols`, `characters`: of the document before this text."""
        words.finish()
        if self._keep.sketch and len(self._codes) < MOST_WORDS:
            self._fill(symbols - self._symbols)
            self._codes.extend(words.codes)
            self._lengths.extend(words.lengths)
            self._symbols = symbols + sum(words.lengths)
            if len(self._codes) > MOST_WORDS:  # nothing follows: its place would be wrong
                del self._codes[MOST_WORDS:], self._lengths[MOST_WORDS:]
        if self._keep.text and not self._over and self._cut(characters):
            if self._text:
                self._text += words.text
            else:  # of a long text a second copy would be half of what a worker may take
                self._text = words.text
            if len(self._text) > MOST_TEXT:
                del self._text[_whole(self._text) :]

    def _fill(self, symbols: int) -> None:
        while symbols > 0:
            self._codes.append(FILLER)
            self._lengths.append(min(symbols, LONGEST))
            symbols -= LONGEST

    def _cut(self, characters: int) -> bool:
        """Leaves as much of the last text as the document's columns count: to the end of its last shingle. False where
        that is not there: then nothing can follow."""
        last = self._text[self._begins :].decode()
        wanted = characters - self._characters
        self._over = len(last) < wanted
        if len(last) > wanted:
            self._text[self._begins :] = last[:wanted].encode()
        self._begins, self._characters = len(self._text), characters
        return not self._over

    def records(self) -> tuple[WordSketch | None, KeptText | None]:
        """For the store; None where there is nothing. Of what is too long, the beginning."""
        return (
            WordSketch.of(self._codes, self._lengths) if self._codes else None,
            KeptText.of(self._text) if self._text else None,
        )


def _whole(text: bytearray) -> int:
    """MOST_TEXT, or fewer: so many bytes of a longer text that the last character is whole."""
    end = MOST_TEXT
    while end and text[end] & 0xC0 == 0x80:
        end -= 1
    return end
