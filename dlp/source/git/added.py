"""Which lines of a file are new: those that the version before it has not got as often."""

from __future__ import annotations

from collections import Counter


def added_lines(old: bytes, new: bytes) -> tuple[tuple[int, int], ...] | None:
    """Ranges of lines of `new`, from and to, counted from 1 and ascending; None where one is no plain text, so that all
    of it counts.

    Between the first and the last line that differ, a line is new if the old version has no more of it there; so what
    was only moved is not. The cost grows with the sizes alone, whatever the two hold."""
    if b"\0" in new or b"\0" in old:
        return None
    before, after = old.split(b"\n"), new.split(b"\n")
    first = 0
    most = min(len(before), len(after))
    while first < most and before[first] == after[first]:
        first += 1
    last = 0
    while last < most - first and before[-1 - last] == after[-1 - last]:
        last += 1
    left = Counter(before[first : len(before) - last])
    ranges: list[tuple[int, int]] = []
    for number in range(first, len(after) - last):
        line = after[number]
        if left[line] > 0:
            left[line] -= 1
        elif ranges and ranges[-1][1] == number:
            ranges[-1] = ranges[-1][0], number + 1
        else:
            ranges.append((number + 1, number + 1))
    return tuple(ranges)
