"""What the store knows of a document, and what registering one brings."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right

import msgspec

from dlp.fingerprint import Alphabet, Scale, pack_outline, unpack_outline
from dlp.model import Document, Mark, SourceSpan


class Registered(msgspec.Struct, frozen=True):
    """A registered document: one version of it.

    `id` is the same for all versions. `size` and `digest` (BLAKE2b, 32 bytes) are of the file. `symbols`: length of
    its folded text, or of its bytes, by alphabet. `entries`: shingles selected. `registered`: seconds since 1970.
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

    def span(self, first: int, last: int) -> SourceSpan:
        """From the shingle at symbol position `first` to the one at `last`; both were selected."""
        begin = max(0, bisect_right(self._positions, first) - 1)
        end = max(0, bisect_right(self._positions, last) - 1)
        start = self._starts[begin]
        mark = bisect_right(self._mark_starts, start) - 1
        if mark >= 0:
            locator = self._marks[mark].locator
        else:
            locator = f"line {self._lines[begin] + 1}" if self._alphabet == Alphabet.TEXT else f"byte {start}"
        return SourceSpan(start, self._ends[end], locator)


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
