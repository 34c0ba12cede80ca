"""What the store knows of a document, and what registering one brings."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left, bisect_right

import msgspec

from dlp.fingerprint import BYTES_SCALE, TEXT_SCALE, Alphabet, Scale, Sketch, pack_outline, unpack_outline
from dlp.model import Document, Mark, SourceSpan
from dlp.registry.inflating import inflated
from dlp.registry.term_list import TermList

MOST_ROWS = 1 << 24
"""Of a sketch: so the symbols before any word are a number of 32 bits, whatever the lengths are."""

MOST_TEXT = 64 << 20
"""Bytes of a text that is kept; of a longer one its beginning is."""

ROW_BYTES = 24
"""Of an outline's row, unpacked, at most: four numbers of six groups of 7 bits."""


class Registered(msgspec.Struct, frozen=True):
    """A registered document: one version of it.

    `id` is the same for all versions. `size` and `digest` (BLAKE2b, 32 bytes) are of the file. `symbols`: length of
    its folded text, or of its bytes, by alphabet. `entries`: shingles selected. `registered`: seconds since 1970.
    `words`: in its sketch, 0 without one. `keeps_text`: whether its text is kept, sealed. `terms`: of a list of terms,
    which has neither symbols nor entries, and the digest of its TermList; 0 for any other document.
    """

    id: str
    name: str
    label: str
    owner: str
    version: int
    background: bool
    size: int
    digest: bytes
    symbols: dict[Alphabet, int]
    entries: int
    registered: int
    words: int = 0
    keeps_text: bool = False
    terms: int = 0

    @property
    def document(self) -> Document:
        """As a finding names it."""
        return Document(self.id, self.name, self.label, self.version)


class Outline(msgspec.Struct, frozen=True):
    """Where the selected shingles of a document stand in its text (the texts of its parts, one after the other).

    `rows` packed rows in `packed` (zlib over `pack_outline`); `marks` are places; without any, lines serve.
    """

    rows: int
    packed: bytes
    marks: tuple[Mark, ...]

    def unpack(self, alphabet: Alphabet) -> Places:
        """Raises ValueError where the outline is not one."""
        if not 0 < self.rows < 1 << 32:
            raise ValueError("an outline has rows, as many as positions at most")
        plain = inflated(self.packed, ROW_BYTES * self.rows)
        return Places(*unpack_outline(plain, self.rows), self.marks, alphabet)


NEAR = 64
"""Symbols between selected shingles, above which there is something between the texts they are of."""


class Places:
    """An outline ready for questions."""

    def __init__(
        self,
        positions: array[int],
        starts: array[int],
        ends: array[int],
        lines: array[int],
        marks: tuple[Mark, ...],
        alphabet: Alphabet,
    ) -> None:
        self._alphabet = alphabet
        self._scale = TEXT_SCALE if alphabet == Alphabet.TEXT else BYTES_SCALE
        self._positions, self._starts, self._ends, self._lines, self._marks = positions, starts, ends, lines, marks
        self._mark_starts = [mark.start for mark in marks]

    def __len__(self) -> int:
        """How many shingles were selected."""
        return len(self._positions)

    def span(self, source: int, source_end: int) -> SourceSpan:
        """The stretch of symbols from `source` to `source_end`. Exact where a selected shingle begins or ends, else off
        by the white space and punctuation between there and the next one."""
        start = self._character(source)
        mark = bisect_right(self._mark_starts, start) - 1
        if mark >= 0:
            locator = self._marks[mark].locator
        else:
            inside = min(bisect_left(self._positions, source), len(self._positions) - 1)  # the first shingle within it
            locator = f"line {self._lines[inside] + 1}" if self._alphabet == Alphabet.TEXT else f"byte {start}"
        last = bisect_right(self._positions, source_end - self._scale.k) - 1
        if last >= 0 and self._positions[last] == source_end - self._scale.k:
            return SourceSpan(start, max(self._ends[last], start + 1), locator)
        return SourceSpan(start, max(self._character(source_end - 1) + 1, start + 1), locator)

    def _character(self, symbol: int) -> int:
        """Of a symbol, by the selected shingles before and after it."""
        row = bisect_right(self._positions, symbol) - 1
        if row < 0:
            return max(0, self._starts[0] - (self._positions[0] - symbol))
        start, position = self._starts[row], self._positions[row]
        after = row + 1
        if after < len(self._positions) and 0 < self._positions[after] - position < NEAR:
            symbols, characters = self._positions[after] - position, self._starts[after] - start
        else:
            symbols, characters = self._scale.k, self._ends[row] - start
            if after == len(self._positions):  # of w shingles in a row one is selected: so much may follow the last
                symbol = min(symbol, position + self._scale.threshold)
        return max(0, start + (symbol - position) * characters // symbols)


class WordSketch(msgspec.Struct, frozen=True):
    """The words of a document's text, in order, each as what alignment needs and no more: 12 bits of a hash of its
    first letters, and how long it is. With a list of words much of ordinary text can be guessed from it (SECURITY.md).

    `codes`: u16 each, little-endian, MOST_ROWS at most; `lengths`: u8 each, symbols from 1 on, packed by zlib. Both go
    as far as the sketch does, which may be less than the text.
    """

    codes: bytes
    lengths: bytes

    @classmethod
    def of(cls, codes: array[int], lengths: array[int]) -> WordSketch:
        # Lengths have no order worth looking for: coding them alone packs as small, ten times as fast.
        packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
        return cls(codes.tobytes(), packer.compress(lengths.tobytes()) + packer.flush())

    def unpack(self) -> Sketch:
        """Raises ValueError where the record is none."""
        rows = len(self.codes) // 2
        if not 0 < rows <= MOST_ROWS:
            raise ValueError("a sketch has 1 to 2^24 words")
        lengths = inflated(self.lengths, rows)
        if b"\0" in lengths:
            raise ValueError("a word has a length")
        codes = array("H")
        codes.frombytes(self.codes)  # raises ValueError for half a code, and the sketch for other numbers of both
        return Sketch(codes, array("B", lengths))


class KeptText(msgspec.Struct, frozen=True):
    """A document's text, the texts of its parts one after the other as its outline counts them; of a long one the
    beginning. UTF-8, packed by zlib; `size` bytes, MOST_TEXT or fewer, when it is unpacked."""

    packed: bytes
    size: int

    @classmethod
    def of(cls, text: bytes | bytearray) -> KeptText:
        return cls(zlib.compress(text, 6), len(text))

    def unpack(self) -> bytes:
        """Raises ValueError where the record is none."""
        if not 0 <= self.size <= MOST_TEXT:
            raise ValueError("a kept text has 2^26 bytes at most")
        text = inflated(self.packed, self.size)
        if len(text) != self.size:
            raise ValueError("not a kept text")
        return text


class Fingerprint(msgspec.Struct, frozen=True):
    """One alphabet's view of a document: selected shingles, and where they stand.

    `keys` and `positions`: u64 and u32, little-endian, in the text's order.
    """

    alphabet: Alphabet
    symbols: int
    keys: bytes
    positions: bytes
    outline: Outline

    @property
    def whole(self) -> bool:
        """Whether there are shingles, and each column has all of them."""
        return len(self.keys) == 8 * self.outline.rows == 2 * len(self.positions) > 0

    @classmethod
    def of(cls, scale: Scale, symbols: int, columns: list[array[int]], marks: tuple[Mark, ...]) -> Fingerprint:
        """From the columns (keys, positions, starts, ends, lines) of all the texts of a document."""
        keys, positions, starts, ends, lines = columns
        # Differences hardly repeat at a distance: looking for runs alone packs them as small, five times as fast.
        packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
        packed = packer.compress(pack_outline(positions, starts, ends, lines)) + packer.flush()
        outline = Outline(len(keys), packed, marks)
        return cls(scale.alphabet, symbols, keys.tobytes(), positions.tobytes(), outline)


class Added(msgspec.Struct, frozen=True):
    """A document that is not committed yet. One value, so that an interruption leaves all of it or nothing."""

    document: Registered
    outlines: dict[Alphabet, Outline]
    fingerprints: tuple[Fingerprint, ...]
    sketch: WordSketch | None
    text: KeptText | None
    terms: TermList | None = None
