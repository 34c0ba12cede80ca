"""How much of a document is known, along it, when one stretch after another comes in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

STRETCHES = 20_000
"""Stretches of one document kept apart; beyond, those close to one another become one. By then there is at least half a
million symbols of it."""

_Part = tuple[float, float, float, float]
"""(start, end, density that another stretch must exceed to count here, density)."""


class Cover:
    """How densely evidence lies along a document; of all that was said of one place, the densest. The same whatever the
    order it is said in, as long as that is no more than STRETCHES."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        """In order, apart."""

    def add(self, start: float, end: float, density: float) -> None:
        parts = self._parts
        at = bisect_right(parts, start, key=_start) - 1
        if at >= 0 and parts[at][1] >= end and parts[at][2] >= density:
            return  # nothing new, as most often
        first, last = bisect_left(parts, start, key=_end), bisect_right(parts, end, key=_start)
        made: list[_Part] = []
        reached = start
        for low, high, bar, given in parts[first:last]:
            _append(made, low, min(high, start), bar, given)
            _append(made, reached, min(low, end), density, density)
            inner = (density, density) if density > bar else (bar, given)
            _append(made, max(low, start), min(high, end), *inner)
            reached = max(reached, min(high, end))
            if high > end:
                _append(made, reached, end, density, density)
                _append(made, max(low, end), high, bar, given)
                reached = end
        _append(made, reached, end, density, density)
        parts[first:last] = made
        while len(parts) > STRETCHES:
            self._join()

    def merge(self, other: Cover) -> None:
        for start, end, _, density in other._parts:
            self.add(start, end, density)

    def evidence(self) -> float:
        return sum((end - start) * density for start, end, _, density in self._parts)

    def within(self, other: Cover) -> float:
        """The evidence where `other` has any."""
        total = 0.0
        for low, high, _, _ in other._parts:
            for start, end, _, density in self._parts[
                bisect_right(self._parts, low, key=_end) : bisect_left(self._parts, high, key=_start)
            ]:
                total += (min(end, high) - max(start, low)) * density
        return total

    def __len__(self) -> int:
        return len(self._parts)

    def _join(self) -> None:
        """Joins neighbours that are close to one another. What they hold stays as much; what is said again, here or
        between them, must be denser than either to count."""
        gaps = [right[0] - left[1] for left, right in zip(self._parts, self._parts[1:], strict=False)]
        close = sorted(gaps)[len(gaps) // 2]
        out = [self._parts[0]]
        joined = False
        for part, gap in zip(self._parts[1:], gaps, strict=True):
            joined = gap <= close and not joined
            if joined:
                start, end, bar, density = out[-1]
                held = (end - start) * density + (part[1] - part[0]) * part[3]
                out[-1] = (start, part[1], max(bar, part[2]), held / (part[1] - start))
            else:
                out.append(part)
        self._parts[:] = out


def _start(part: _Part) -> float:
    return part[0]


def _end(part: _Part) -> float:
    return part[1]


def _append(parts: list[_Part], start: float, end: float, bar: float, density: float) -> None:
    """Appends a stretch, if there is any of it; joined to the last one where they touch and say the same."""
    if start >= end:
        return
    if parts and parts[-1][1:] == (start, bar, density):
        start = parts.pop()[0]
    parts.append((start, end, bar, density))
