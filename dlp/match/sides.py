"""The two sides of a passage, word by word: what both have, what is gone, what was added."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Literal

from dlp.fingerprint import fold, split_words
from dlp.model import Operation, Range, Sides

MOST_WORDS = 5000
"""Words of a side that are looked at."""

MOST_CHARACTERS = 100_000
"""Characters of a side that are looked at: words of any length cost no more."""

SLIGHT = 5
"""Symbols in common that are passed over where all around them differs on both sides."""

NEAR = 50
"""Words beside the region of a sketch that belong to it, too."""

FILLER = 15
"""Code of a place in a sketch that no word stands at."""

class _Words:
    """A text by its words, each with what stands between it and the next; the first, with what stands before it."""

    def __init__(self, text: str) -> None:
        data = text[:MOST_CHARACTERS].encode("utf-8", "replace")
        self.codes, _, starts, ends = split_words(data)
        cut = starts[MOST_WORDS] if len(starts) > MOST_WORDS else len(data)
        self.cut = cut < len(data) or len(text) > MOST_CHARACTERS
        begins = [0, *starts[1:MOST_WORDS]] if starts else []
        self.folded = [fold(data[start:end]) for start, end in zip(starts, ends, strict=True)][:MOST_WORDS]
        tokens = [data[start:end] for start, end in zip(begins, [*begins, cut][1:], strict=bool(begins))]
        self.tokens = [" ".join(token.decode().split()) for token in tokens]
        self.at = [0]
        for token in tokens:
            self.at.append(self.at[-1] + len(token.decode()))
        self.codes = self.codes[:MOST_WORDS]
        self.text = data[:cut].decode() if tokens else ""

    def range(self, start: int, end: int) -> Range:
        return self.at[start], self.at[end]


def pair(scanned: str, source: str) -> Sides:
    """`scanned` beside the document's own text."""
    here, there = _Words(scanned), _Words(source)
    made: list[Operation] = []
    for alike, i, to_i, j, to_j in _opcodes(there.folded, here.folded):
        if alike:
            for a, b in zip(range(i, to_i), range(j, to_j), strict=True):
                kind: Literal["equal", "same"] = "equal" if there.tokens[a] == here.tokens[b] else "same"
                _add(made, Operation(kind, here.range(b, b + 1), there.range(a, a + 1), 1))
            continue
        if i < to_i:
            _add(made, Operation("delete", here.range(j, j), there.range(i, to_i), to_i - i))
        if j < to_j:
            _add(made, Operation("insert", here.range(j, to_j), there.range(to_i, to_i), to_j - j))
    return Sides(here.text, there.text, tuple(made), here.cut or there.cut)


def pair_with_sketch(scanned: str, codes: array[int]) -> Sides:
    """`scanned` beside the sketch of a whole document: which of its words have a pair, and how many have not."""
    here = _Words(scanned)
    region = _region(codes, here.codes)
    made: list[Operation] = []
    for alike, i, to_i, j, to_j in _opcodes(region, here.codes) if region else ():
        if alike:
            _add(made, Operation("equal", here.range(j, to_j), None, to_j - j))
            continue
        gone = sum(each != FILLER for each in region[i:to_i])
        inside = j > 0 and to_j < len(here.codes)  # what the document says beside the passage is not gone from it
        if gone and inside:
            _add(made, Operation("delete", here.range(j, j), None, gone))
        if j < to_j:
            _add(made, Operation("insert", here.range(j, to_j), None, to_j - j))
    if region:
        return Sides(here.text, None, tuple(made), here.cut)
    return alone(scanned)


def alone(scanned: str) -> Sides:
    """Of whose words nothing is known."""
    here = _Words(scanned)
    whole = Operation("equal", (0, len(here.text)), None, len(here.codes))
    return Sides(here.text, None, (whole,), here.cut, paired=False)


def _add(made: list[Operation], more: Operation) -> None:
    last = made[-1] if made else None
    if last is None or last.kind != more.kind:
        made.append(more)
        return
    source = (last.source[0], more.source[1]) if last.source and more.source else None
    made[-1] = Operation(more.kind, (last.scanned[0], more.scanned[1]), source, last.words + more.words)


def _opcodes(one: Sequence[int | bytes], other: Sequence[int | bytes]) -> list[tuple[bool, int, int, int, int]]:
    """What turns `one` into `other`: (whether alike, from and to in `one`, from and to in `other`), in order.

    The longest common subsequence, a row of bits for each word of `other` (Hyyrö 2004): 5,000 words beside 5,000 take
    some 30 ms whatever they are, where difflib may take minutes.
    """
    places: dict[int | bytes, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    mask = (1 << len(one)) - 1
    rows, row = [mask], mask
    for word in other:
        hit = row & places.get(word, 0)
        row = (row + hit | row - hit) & mask
        rows.append(row)
    pairs: list[tuple[int, int]] = []
    i, j = len(one), len(other)
    while i and j:
        if rows[j] >> i - 1 & 1:
            i -= 1
            continue
        j -= 1
        if rows[j] >> i - 1 & 1:
            i -= 1
            pairs.append((i, j))
    return _stretches(pairs[::-1], one, len(other))


def _stretches(
    pairs: list[tuple[int, int]], one: Sequence[int | bytes], others: int
) -> list[tuple[bool, int, int, int, int]]:
    blocks: list[tuple[int, int, int]] = []
    for i, j in pairs:
        if blocks and (i, j) == (blocks[-1][0] + blocks[-1][2], blocks[-1][1] + blocks[-1][2]):
            blocks[-1] = (*blocks[-1][:2], blocks[-1][2] + 1)
        else:
            blocks.append((i, j, 1))
    made: list[tuple[bool, int, int, int, int]] = []
    i = j = 0
    for at, (to_i, to_j, count) in enumerate([*blocks, (len(one), others, 0)]):
        then = blocks[at + 1][:2] if at + 1 < len(blocks) else (len(one), others)
        gaps = (to_i - i, to_j - j, then[0] - to_i - count, then[1] - to_j - count)
        if count and min(gaps) and _slight(one[to_i : to_i + count]):
            continue
        if (i, j) != (to_i, to_j):
            made.append((False, i, to_i, j, to_j))
        if count:
            made.append((True, to_i, to_i + count, to_j, to_j + count))
        i, j = to_i + count, to_j + count
    return made


def _slight(words: Sequence[int | bytes]) -> bool:
    """Whether they are a word or two such as `of the`, which mean nothing amid words that differ."""
    return sum((each & 15) + 1 if isinstance(each, int) else len(each) for each in words) <= SLIGHT


def _region(codes: array[int], wanted: array[int]) -> array[int]:
    """The part of a document's words that `wanted` is from: where most of its threes in a row stand, in their order."""
    threes: dict[tuple[int, int, int], int] = {}
    for at in range(len(wanted) - 2):
        threes.setdefault((wanted[at], wanted[at + 1], wanted[at + 2]), at)
    cell = max(64, len(wanted) // 2)
    found: dict[int, list[int]] = {}
    for at in range(len(codes) - 2):
        there = threes.get((codes[at], codes[at + 1], codes[at + 2]))
        if there is not None:
            found.setdefault((at - there) // cell, []).append(at)
    if not found:
        return array("H")
    best = max(found, key=lambda each: len(found[each]) + len(found.get(each + 1, ())))
    places = found[best] + found.get(best + 1, [])
    return codes[max(0, min(places) - NEAR) : max(places) + 3 + NEAR]
