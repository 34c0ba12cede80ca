"""What the store knows of a document, and what registering one brings."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right

import msgspec

from dlp.fingerprint import BYTES_SCALE, TEXT_SCALE, Alphabet, Scale, Sketch, pack_outline, unpack_outline
from dlp.model import Document, Mark, SourceSpan


class Registered(msgspec.Struct, frozen=True):
    """A registered document: one version of it.

    `id` is the same for all versions. `size` and `digest` (BLAKE2b, 32 bytes) are of the file. `symbols`: length of
    its folded text, or of its bytes, by alphabet. `entries`: shingles selected. `registered`: seconds since 1970.
    `words`: in its sketch, 0 without one. `keeps_text`: whether its text is kept, sealed.
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
        try:
            plain = zlib.decompress(self.packed)
        except zlib.error:
            raise ValueError("not a packed outline") from None
        return Places(*unpack_outline(plain, self.rows), self.marks, alphabet)


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
        self._positions, self._starts, self._ends, self._lines, self._marks = positions, starts, ends, lines, marks
        self._mark_starts = [mark.start for mark in marks]

    def __len__(self) -> int:
        """How many shingles were selected."""
        return len(self._positions)

    def span(self, source: int, source_end: int) -> SourceSpan:
        """The stretch of symbols from `source` to `source_end`. Exact where a selected shingle begins or ends, else off
        by the white space and punctuation between there and the next one."""
        row = max(0, bisect_right(self._positions, source) - 1)
        start = self._character(source)
        mark = bisect_right(self._mark_starts, start) - 1
        if mark >= 0:
            locator = self._marks[mark].locator
        else:
            locator = f"line {self._lines[row] + 1}" if self._alphabet == Alphabet.TEXT else f"byte {start}"
        k = TEXT_SCALE.k if self._alphabet == Alphabet.TEXT else BYTES_SCALE.k
        last = bisect_right(self._positions, source_end - k) - 1
        if last >= 0 and self._positions[last] == source_end - k:
            return SourceSpan(start, self._ends[last], locator)
        return SourceSpan(start, max(self._character(source_end - 1) + 1, start + 1), locator)

    def _character(self, symbol: int) -> int:
        """Of a symbol, by the selected shingles before and after it."""
        row = bisect_right(self._positions, symbol) - 1
        if row < 0:
            return max(0, self._starts[0] - (self._positions[0] - symbol))
        start, position = self._starts[row], self._positions[row]
        if symbol == position:
            return start
        if row + 1 < len(self._positions) and self._positions[row + 1] - position < 64:
            symbols, characters = self._positions[row + 1] - position, self._starts[row + 1] - start
        else:
            k = TEXT_SCALE.k if self._alphabet == Alphabet.TEXT else BYTES_SCALE.k
            symbols, characters = k, self._ends[row] - start
        return start + (symbol - position) * characters // symbols


class WordSketch(msgspec.Struct, frozen=True):
    """The words of a document's text, in order, each as what alignment needs and no more: 12 bits of a hash of its first
    letters, and how long it is. It does not give the text back.

    `codes`: u16 each, little-endian; `lengths`: u8 each, symbols, packed by zlib.
    """

    codes: bytes
    lengths: bytes

    @classmethod
    def of(cls, codes: array[int], lengths: array[int]) -> WordSketch:
        return cls(codes.tobytes(), zlib.compress(lengths.tobytes(), 6))

    def unpack(self) -> Sketch:
        """Raises ValueError where the record is none."""
        codes = array("H")
        try:
            codes.frombytes(self.codes)
            lengths = array("B", zlib.decompress(self.lengths))
        except (zlib.error, ValueError):
            raise ValueError("not a sketch") from None
        return Sketch(codes, lengths)


class KeptText(msgspec.Struct, frozen=True):
    """A document's text, the texts of its parts one after the other as its outline counts them. UTF-8, packed by zlib;
    `size` bytes when it is unpacked."""

    packed: bytes
    size: int

    @classmethod
    def of(cls, text: bytes) -> KeptText:
        return cls(zlib.compress(text, 6), len(text))

    def unpack(self) -> bytes:
        """Raises ValueError where the record is none."""
        unpacker = zlib.decompressobj()
        try:
            text = unpacker.decompress(self.packed, self.size + 1)
        except zlib.error:
            raise ValueError("not a kept text") from None
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
