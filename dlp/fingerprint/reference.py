"""The kernel in plain Python: slow, short, and the definition of what the C kernel computes.

Bit-identical to `dlp.fingerprint._kernel` (property tests and fixed digests hold it). Texts are bytes; a
*symbol* is a byte of the folded text, or of the file for the alphabet `bytes`.
"""

from __future__ import annotations

import struct
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from dlp.fingerprint.parameters import BACKGROUND, GONE, Alphabet, Scale
from dlp.fingerprint.reference_familiar import Familiar, rarity, weigh
from dlp.fingerprint.reference_blocks import (
    live_entries,
    pack_keys,
    pack_outline,
    sort_entries,
    unpack_keys,
    unpack_outline,
)

__all__ = [
    "Columns",
    "Index",
    "Run",
    "Scanner",
    "Selector",
    "fold",
    "live_entries",
    "pack_keys",
    "pack_outline",
    "shingle_hash",
    "sort_entries",
    "unpack_keys",
    "unpack_outline",
]

ROLL_BASE = 0xD1342543DE82EF95
MASK = (1 << 64) - 1
VARIED = 8
"""Different bytes that a selected byte shingle has at least."""

EXCERPT = 128
"""Bytes of text that a run keeps at most."""

POSTINGS = 64
"""Postings of one shingle that are joined to runs, the oldest ones; all of them count its documents."""

Run = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, bytes]
"""(document, source symbol, start symbol, end symbol, from character, to character, line, column, from byte, to byte,
symbols of its first character that stand before it, hits, evidence symbols, excerpt): a stretch of text that agrees symbol for symbol with a stretch of a document. `line`
and `column` count from 0."""

Aligned = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, bytes, bytes, bytes]
"""(document, source symbol, its end, start symbol, end symbol, from character, to character, line, column, score, faith,
paired words, whether it is a digest, evidence symbols of its runs, symbols of its runs, symbols, marks, excerpt): a
passage that alignment found. `symbols`: of the passage, and up to 24 before it. `marks`: for each symbol of the passage
0 where its word has no pair, 1 where it has, 2 where its neighbour has one, too."""

Columns = tuple["array[int]", "array[int]", "array[int]", "array[int]", "array[int]"]
"""Keys (u64), positions in symbols, first characters, end characters, lines (u32), one row a selected shingle."""


@cache
def _table() -> tuple[tuple[int, ...], tuple[int, ...], bytes]:
    data = files("dlp.fingerprint").joinpath("fold_table.bin").read_bytes()
    _, first, second, _ = struct.unpack_from("<4I", data)
    stage1 = struct.unpack_from(f"<{first}H", data, 16)
    stage2 = struct.unpack_from(f"<{second}I", data, 16 + 2 * first)
    return stage1, stage2, data[16 + 2 * first + 4 * second :]


@cache
def _symbols(character: int) -> bytes:
    """What one character folds to; see `kernel/fold.c` for the table's layout."""
    stage1, stage2, expansions = _table()
    kind = stage1[character >> 7]
    if kind == 0:
        return b""
    if kind == 1:
        return chr(character).encode()
    if kind == 2:
        syllable = character - 0xAC00
        jamo = chr(0x1100 + syllable // 588) + chr(0x1161 + syllable % 588 // 28)
        return jamo.encode() + (_symbols(0x11A7 + syllable % 28) if syllable % 28 else b"")
    entry = stage2[(kind - 3) << 7 | character & 127]
    if entry & 255 == 255:
        at = entry >> 8
        return expansions[at + 1 : at + 1 + expansions[at]]
    return (entry >> 8).to_bytes(3, "little")[: entry & 255]


def _length(data: bytes, at: int) -> int:
    """Bytes of the character that begins at `at`: 1 for a byte that begins none, 0 where it is cut off."""
    lead = data[at]
    length = 1 if lead < 0xC2 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4 if lead < 0xF5 else 1
    for i in range(1, length):
        if at + i == len(data):
            return 0
        if data[at + i] & 0xC0 != 0x80:
            return 1
    return length


def _decode(data: bytes) -> int:
    """The character of a whole sequence; 0, which folds to nothing, where it is overlong, a lone byte or too large."""
    if len(data) == 1:
        return data[0] if data[0] < 0x80 else 0
    value = data[0] & (0xFF >> (len(data) + 1))
    for byte in data[1:]:
        value = value << 6 | byte & 0x3F
    smallest = {2: 0x80, 3: 0x800, 4: 0x10000}[len(data)]
    return value if smallest <= value <= 0x10FFFF else 0


def fold(data: bytes | memoryview) -> bytes:
    """The symbols of a text in UTF-8. Bytes that are not UTF-8 fold to nothing."""
    data, at, out = bytes(data), 0, bytearray()
    while at < len(data):
        length = _length(data, at) or 1
        out += _symbols(_decode(data[at : at + length]))
        at += length
    return bytes(out)


def shingle_hash(symbols: bytes) -> int:
    """The key of one shingle."""
    value = 0
    for symbol in symbols:
        value = (value * ROLL_BASE + symbol) & MASK
    return value


class _Place:
    """A symbol and where it comes from. `end` is the byte after its character."""

    __slots__ = ("byte", "character", "column", "end", "line", "symbol")

    def __init__(self, symbol: int, byte: int, end: int, character: int, line: int, column: int) -> None:
        self.symbol, self.byte, self.end = symbol, byte, end
        self.character, self.line, self.column = character, line, column


class _Stream:
    """Symbols with their places, from a text that arrives in pieces."""

    def __init__(self, plain: bool) -> None:
        self.plain = plain
        self.pending = b""
        self.byte = self.character = self.line = self.column = 0
        self.tail = bytearray()
        self.symbols = 0

    def feed(self, data: bytes, last: bool) -> Iterator[_Place]:
        data, at = self.pending + data, 0
        self.pending = b""
        while at < len(data):
            length = 1 if self.plain else _length(data, at)
            if length == 0 and not last:
                self.pending = data[at:]
                return
            part = data[at : at + (length or 1)]
            at += len(part)
            symbols = part if self.plain else _symbols(_decode(part))
            self.tail = (self.tail + part)[-2 * EXCERPT :]
            place = (self.byte, self.byte + len(part), self.character, self.line, self.column)
            self.byte += len(part)
            if self.plain or part[0] & 0xC0 != 0x80:
                self.character += 1
                self.column += 1
            if part == b"\n" and not self.plain:
                self.line += 1
                self.column = 0
            for symbol in symbols:
                self.symbols += 1
                yield _Place(symbol, *place)


def _check(scale: Scale) -> None:
    """The C kernel's arrays hold no larger k and w, and a scale may come from a file."""
    if not (1 <= scale.k <= 64 and 1 <= scale.w <= 64):
        raise ValueError("a scale's k and w are 1 to 64")


class Selector:
    """Winnows one text. Of any w shingles in a row, the one with the largest hash is selected; of equal ones the
    one that is selected already, else the last. Byte shingles of fewer than 8 different bytes never are."""

    def __init__(self, scale: Scale) -> None:
        _check(scale)
        self._scale = scale
        self._stream = _Stream(scale.alphabet == Alphabet.BYTES)
        self._window: deque[_Place] = deque(maxlen=scale.k)
        self._recent: deque[tuple[int, int, int, int, int, bool]] = deque(maxlen=scale.w)
        self._best: tuple[int, int, int, int, int, bool] | None = None
        self._emitted = -1
        self._rows: list[tuple[int, int, int, int, int, bool]] = []

    @property
    def symbols(self) -> int:
        """Symbols read so far."""
        return self._stream.symbols

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Takes the next piece of the text, of any size."""
        self._feed(bytes(data), False)

    def _feed(self, data: bytes, last: bool) -> None:
        k, w = self._scale.k, self._scale.w
        for place in self._stream.feed(data, last):
            self._window.append(place)
            if len(self._window) < k:
                continue
            symbols = bytes(each.symbol for each in self._window)
            position, begin = self._stream.symbols - k, self._window[0]
            varied = not self._stream.plain or len(set(symbols)) >= VARIED
            row = (shingle_hash(symbols), position, begin.character, place.character + 1, begin.line, varied)
            self._recent.append(row)
            if self._best is None or (self._best[1] + w > position and row[0] > self._best[0]):
                self._best = row
            elif self._best[1] + w <= position:
                self._best = max(self._recent, key=lambda each: (each[0], each[1]))
            if position + 1 >= w and self._best[1] != self._emitted:
                self._emitted = self._best[1]
                if self._best[5]:
                    self._rows.append(self._best)

    def finish(self) -> Columns:
        """The selected shingles, in the text's order."""
        self._feed(b"", True)
        kinds = ("Q", "I", "I", "I", "I")
        made = [array(kind, [row[i] for row in self._rows]) for i, kind in enumerate(kinds)]
        return made[0], made[1], made[2], made[3], made[4]


class Index:
    """All registered shingles of one scale.

    `segments`: pairs of arrays, keys ascending and postings (document << 32 | position). `groups`: for each
    document its group's number below `group_count`, or GONE or BACKGROUND; versions of a document share a
    group. A shingle in more than `common` groups is no evidence. The arrays must not change while it lives.
    """

    def __init__(
        self,
        scale: Scale,
        segments: Sequence[tuple[Sequence[int], Sequence[int]]],
        groups: Sequence[int],
        group_count: int,
        common: int,
    ) -> None:
        _check(scale)
        if any(group_count <= group < BACKGROUND for group in groups):
            raise ValueError("a document's group is not below the number of groups")
        self.scale = scale
        self.group_count = group_count
        self._common = common
        self._groups = groups
        self._postings: dict[int, list[int]] = {}
        for keys, postings in segments:
            if len(keys) != len(postings):
                raise ValueError("a segment's keys and postings differ in number")
            for key, posting in zip(keys, postings, strict=True):
                self._postings.setdefault(key, []).append(posting)

    def look_up(self, key: int) -> tuple[list[int], bool]:
        """(postings of documents that are still registered, whether they are evidence). A shingle of the background
        alone has none, and is none."""
        postings: list[int] = []
        groups: set[int] = set()
        rare = True
        for posting in self._postings.get(key, ()):
            document = posting >> 32
            group = self._groups[document] if document < len(self._groups) else GONE
            if group == BACKGROUND:
                rare = False
            elif group != GONE:
                groups.add(group)
                if len(postings) < POSTINGS:
                    postings.append(posting)
        return postings, rare and len(groups) <= self._common


class _Open:
    """A run that may still grow."""

    def __init__(self, document: int, source: int, start: int, begin: _Place, excerpt: bytes) -> None:
        self.document, self.source, self.start, self.begin, self.excerpt = document, source, start, begin, excerpt
        self.end = self.to = self.hits = self.evidence = 0
        self.piece = self.piece_to = start

    def count_piece(self, least: int) -> None:
        """Winnowing leaves w - 1 symbols at either edge of common text to chance: a shorter piece may be no more."""
        if self.piece_to - self.piece >= least:
            self.evidence += self.piece_to - self.piece

    def run(self, least: int) -> Run:
        self.count_piece(least)
        begin = self.begin
        where = (begin.character, self.to, begin.line, begin.column)
        return (self.document, self.source, self.start, self.end, *where, self.hits, self.evidence, self.excerpt)


class Scanner:
    """Finds the runs of one text at a time; the order in which they come out, and when, means nothing.

    Evidence: symbols in pieces of w or more that rare shingles cover and no common shingle touches.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self.reset()

    def reset(self) -> None:
        """Makes ready for another text."""
        self._stream = _Stream(self._index.scale.alphabet == Alphabet.BYTES)
        self._window: deque[_Place] = deque(maxlen=self._index.scale.k)
        self._open: dict[tuple[int, int], _Open] = {}
        self._ended: list[_Open] = []
        self._common_to = 0
        self._recent: dict[int, tuple[int, int]] = {}
        self.suppressed = 0

    @property
    def symbols(self) -> int:
        """Symbols read so far."""
        return self._stream.symbols

    def feed(self, data: bytes | bytearray | memoryview) -> list[Run]:
        """Takes the next piece of the text, of any size; runs that are finished."""
        self._feed(bytes(data), False)
        return []

    def finish(self) -> list[Run]:
        """The runs that end with the text."""
        self._feed(b"", True)
        runs = [each.run(self._index.scale.w) for each in (*self._ended, *self._open.values())]
        self._open.clear()
        self._ended.clear()
        return runs

    def _feed(self, data: bytes, last: bool) -> None:
        k, w = self._index.scale.k, self._index.scale.w
        for place in self._stream.feed(data, last):
            self._window.append(place)
            if len(self._window) < k:
                continue
            key = shingle_hash(bytes(each.symbol for each in self._window))
            postings, rare = self._index.look_up(key)
            start = self._stream.symbols - k
            if (not postings and rare) or self._repeats(key, start):
                continue
            if not rare:
                for each in (*self._ended, *self._open.values()):
                    if each.piece_to > start:
                        each.piece_to = max(each.piece, start)
                self._common_to = start + k
            if not postings:
                continue
            joined = False
            for posting in postings:
                document, source = posting >> 32, posting & 0xFFFFFFFF
                mine = (document, start - source)
                run = self._open.get(mine)
                if run and run.end - k + w < start:
                    self._ended.append(self._open.pop(mine))
                    run = None
                if not run:
                    if not rare:
                        continue
                    run = self._open[mine] = _Open(document, source, start, self._window[0], self._excerpt(place))
                joined = True
                run.hits += 1
                run.end, run.to = start + k, place.character + 1
                fresh = max(start, self._common_to)
                if rare and fresh < run.end:
                    if fresh > run.piece_to:
                        run.count_piece(w)
                        run.piece = fresh
                    run.piece_to = run.end
            self.suppressed += not joined

    def _repeats(self, key: int, at: int) -> bool:
        """Whether the same shingle was hit less than its own length ago: only its first turn counts."""
        slot = key >> 40 & 255
        before = self._recent.get(slot)
        self._recent[slot] = (key, at)
        return before is not None and before[0] == key and at - before[1] < self._index.scale.k

    def _excerpt(self, last: _Place) -> bytes:
        first = max(self._window[0].byte, last.end - EXCERPT)
        here = self._stream.byte - len(self._stream.tail)
        return bytes(self._stream.tail[first - here : last.end - here])
