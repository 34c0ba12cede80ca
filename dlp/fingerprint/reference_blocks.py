"""The part of the reference that makes what a store keeps: sorted entries, packed keys, outlines."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate

from dlp.fingerprint.parameters import GONE

MASK = (1 << 64) - 1


def sort_entries(keys: array[int], postings: array[int], most: int) -> tuple[array[int], array[int]]:
    """Entries in the order of their keys, equal keys in the order given; of one key and document the first `most`.

    A document's entries are given together. The arrays given may be used up.
    """
    if len(keys) != len(postings):
        raise ValueError("keys and postings differ in number")
    order = sorted(range(len(keys)), key=keys.__getitem__)
    before, run = None, 0
    out_keys, out_postings = array("Q"), array("Q")
    for i in order:
        mine = (keys[i], postings[i] >> 32)
        before, run = mine, run + 1 if mine == before else 1
        if run <= most:
            out_keys.append(keys[i])
            out_postings.append(postings[i])
    return out_keys, out_postings


def live_entries(keys: array[int], postings: array[int], groups: Sequence[int]) -> tuple[array[int], array[int]]:
    """The entries whose documents are still registered (their group is not GONE)."""
    if len(keys) != len(postings):
        raise ValueError("keys and postings differ in number")
    kept = [i for i, posting in enumerate(postings) if posting >> 32 < len(groups) and groups[posting >> 32] != GONE]
    return array("Q", [keys[i] for i in kept]), array("Q", [postings[i] for i in kept])


def pack_keys(keys: Sequence[int]) -> bytes:
    """Ascending keys as the store keeps them: lengths of the differences, two to a byte, then the differences."""
    lengths, out, before = bytearray((len(keys) + 1) // 2), bytearray(), 0
    for i, key in enumerate(keys):
        length = ((key - before).bit_length() + 7) // 8
        lengths[i // 2] |= length << i % 2 * 4
        out += (key - before).to_bytes(length, "little")
        before = key
    return bytes(lengths + out)


def unpack_keys(data: bytes | bytearray | memoryview, n: int) -> array[int]:
    """The n keys that `pack_keys` packed. Raises ValueError for anything else."""
    data, at, key, keys = bytes(data), (n + 1) // 2, 0, array("Q")
    if len(data) < at:
        raise ValueError("not a block of packed keys")
    for i in range(n):
        length = data[i // 2] >> i % 2 * 4 & 15
        key += int.from_bytes(data[at : at + length], "little")
        at += length
        if length > 8 or at > len(data) or key > MASK:
            raise ValueError("not a block of packed keys")
        keys.append(key)
    if at != len(data):
        raise ValueError("not a block of packed keys")
    return keys


def pack_outline(positions: Sequence[int], starts: Sequence[int], ends: Sequence[int], lines: Sequence[int]) -> bytes:
    """Where the selected shingles of a text stand, as the store keeps it: four streams of differences."""
    if not len(positions) == len(starts) == len(ends) == len(lines):
        raise ValueError("the columns of an outline differ in length")
    from_position = [start - position for start, position in zip(starts, positions, strict=True)]
    lengths = [end - start for end, start in zip(ends, starts, strict=True)]
    out = bytearray()
    for column in (positions, from_position, lengths, lines):
        before = 0
        for value in column:
            difference, before = value - before, value
            zigzag = 2 * difference if difference >= 0 else -2 * difference - 1
            while zigzag > 127:
                out.append(zigzag & 127 | 128)
                zigzag >>= 7
            out.append(zigzag)
    return bytes(out)


def unpack_outline(data: bytes | memoryview, n: int) -> tuple[array[int], array[int], array[int], array[int]]:
    """(positions, starts, ends, lines) of n rows. Raises ValueError for anything that `pack_outline` did not make."""
    numbers: list[int] = []
    value = shift = 0
    for byte in bytes(data):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value >> 1 if not value & 1 else -(value >> 1) - 1)
            value = shift = 0
        elif shift > 35:
            raise ValueError("not a packed outline")
    if shift or len(numbers) != 4 * n:
        raise ValueError("not a packed outline")
    positions, from_position, lengths, lines = (list(accumulate(numbers[i * n : (i + 1) * n])) for i in range(4))
    starts = [position + more for position, more in zip(positions, from_position, strict=True)]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    try:
        return array("I", positions), array("I", starts), array("I", ends), array("I", lines)
    except OverflowError:
        raise ValueError("not a packed outline") from None
