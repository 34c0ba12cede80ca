"""A list of terms, as the store keeps it: the one thing registered that has no text and no shingles."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

import msgspec

from dlp.fingerprint import Terms
from dlp.registry.inflating import inflated

MOST_TERMS = 1_000_000

MOST_SIZE = 64 << 20
"""Bytes of a list, unpacked."""

MOST_WORDS = 255
"""Of a term, as far as they are counted."""


class TermList(msgspec.Struct, frozen=True):
    """Folded terms, ascending. `packed`: their symbols, each with a newline behind it, by zlib; `size` bytes, MOST_SIZE
    or fewer, when it is unpacked. `words`: u8 each, the words that the term was written as, by zlib."""

    packed: bytes
    size: int
    words: bytes

    @classmethod
    def of(cls, terms: Mapping[bytes, int]) -> TermList:
        """Of folded terms, and the words of each. Raises ValueError where there are more than a list may have."""
        ordered = sorted(terms)
        symbols = b"".join(term + b"\n" for term in ordered)
        if len(terms) > MOST_TERMS or len(symbols) > MOST_SIZE:
            raise ValueError("too many terms")
        words = bytes(min(terms[term], MOST_WORDS) for term in ordered)
        return cls(zlib.compress(symbols, 6), len(symbols), zlib.compress(words, 6))

    def unpack(self) -> tuple[bytes, bytes]:
        """(symbols, words). Raises ValueError where the record is none; `Terms` does where the symbols are none."""
        if not 0 < self.size <= MOST_SIZE:
            raise ValueError("a list of terms has 1 to 2^26 bytes")
        symbols = inflated(self.packed, self.size)
        words = inflated(self.words, MOST_TERMS)
        if len(symbols) != self.size or symbols.count(b"\n") != len(words):
            raise ValueError("not a list of terms")
        return symbols, words

    def check(self) -> int:
        """That a scan can use the list: the number of its terms. Raises ValueError."""
        symbols, _ = self.unpack()
        return len(Terms(symbols))

    @property
    def digest(self) -> bytes:
        """Of what it says, 32 bytes: the same however the file had them ordered and spelled. No file's digest."""
        made = hashlib.blake2b(digest_size=32, person=b"dlp terms")
        for part in self.unpack():
            made.update(part)
        return made.digest()
