"""A pattern as an automaton over bytes (Glushkov's): what may begin a match, what may follow what, what may end one.

It says yes too often and never no wrongly, as `dlp.rule.prefilter` does: looks and edges inside a pattern are left out,
long repetitions are not counted, a character beyond ASCII is any bytes with the high bit set. At its beginning and end
a pattern's edges are kept, as one byte more that must be there unless the text begins or ends.
"""

from __future__ import annotations

import functools
import itertools
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from dlp.rule.required import MAX_MATCH, longest
from dlp.rule.syntax import WORD, Alt, Cat, Chars, Edge, Group, Node, Ranges, Repeat, without

COUNTED: Final = 64
"""Times that something must stand which are counted; beyond, it is only known to go on."""

OPTIONAL: Final = 8
"""Times that something may stand besides which are counted."""

MOST: Final = 1500
"""Positions of an automaton; of a pattern with more, no repetition is counted."""

ACCEPTS: Final = 1
ACCEPTS_AT_END: Final = 2

_HIGH_BYTES: Final = sum(1 << byte for byte in range(128, 256))
_WORD_BYTES: Final = sum(1 << byte for low, high in WORD for byte in range(low, high + 1))
_ALL_BYTES: Final = (1 << 256) - 1


class Automaton(msgspec.Struct, frozen=True, array_like=True):
    """Packed numbers of this machine's order: `sets`, 256 bits each; by position `set_of` (16 bits), `follow_from`
    (32 bits, one more than there are) into `follow` (16 bits), `flags` (8 bits), `entry` (16 bits: which of several
    patterns); `first` and `at_start`, positions (16 bits) that begin a match, and that begin one where the text
    does."""

    sets: bytes
    set_of: bytes
    follow_from: bytes
    follow: bytes
    first: bytes
    at_start: bytes
    flags: bytes
    entry: bytes


class _TooMany(Exception):
    """More positions than MOST."""


def automaton(node: Node, ascii: bool) -> Automaton | None:
    """Of one pattern. `ascii`: `\\b` in it goes by ASCII's letters. None for one that is too large, or takes up
    nothing."""
    builder = Builder()
    return builder.made() if builder.add(node, ascii, 0) else None


def reach(node: Node, ascii: bool = False) -> int:
    """Bytes from where a match begins to where the automaton has seen it, at most; one for an edge at either end."""
    size = longest(ending(node), ascii)
    return min(MAX_MATCH if size is None else size, MAX_MATCH) + 2


def ending(node: Node) -> Node:
    """Without what a match may as well end before: what the automaton goes by."""
    if isinstance(node, Repeat):
        if node.least == 0:
            return Cat(())
        if isinstance(node.node, Chars):
            return Repeat(node.node, node.least, node.least, "")
        return node if node.least > 1 else ending(node.node)
    if isinstance(node, Group):
        return node if node.look else Group(ending(node.node), "(?:")
    if isinstance(node, Alt):
        return Alt(tuple(map(ending, node.nodes)))
    if isinstance(node, Cat):
        nodes = list(node.nodes)
        while nodes:
            if _tells(nodes[-1]):
                break
            last = Cat(()) if isinstance(nodes[-1], Edge) else ending(nodes[-1])
            if (isinstance(last, Group) and last.look) or last == Cat(()):
                nodes.pop()
                continue
            nodes[-1] = last
            break
        return Cat(tuple(nodes))
    return node


def _tells(node: Node) -> bool:
    """Whether one byte decides an edge or a look at the end of a pattern."""
    if isinstance(node, Edge):
        return node.source in (r"\b", "$")
    return isinstance(node, Group) and node.opening in ("(?!", "(?=") and isinstance(node.node, Chars)


_Part = tuple[bool, list[int], list[int]]
"""Whether it may take up nothing; its first positions; its last ones."""

_EMPTY: Final[_Part] = (True, [], [])


class Builder:
    """Several patterns together."""

    def __init__(self) -> None:
        self._sets: dict[int, int] = {}
        self._set_of: list[int] = []
        self._bits: list[int] = []
        self._follow: list[list[int]] = []
        self._flags: list[int] = []
        self._entry: list[int] = []
        self._leads: set[int] = set()
        self._first: list[int] = []
        self._at_start: list[int] = []
        self._number = 0
        self._ascii = True
        self._counted = True
        self._most = 0

    def add(self, node: Node, ascii: bool, entry: int) -> bool:
        """Whether it could: see `automaton`."""
        self._ascii, self._number = ascii, entry
        ended = ending(node)
        before = self.size()
        for counted in (True, False):
            self._counted, self._most = counted, min(before[0] + MOST, 0xFFFF)
            try:
                nothing, first, last = self._part(ended, True, True)
            except _TooMany:
                self.cut(before)
                continue
            if nothing:
                self.cut(before)
                return False
            for each in last:
                self._flags[each] |= ACCEPTS
            self._first += first
            self._at_start += [each for lead in first if lead in self._leads for each in self._follow[lead]]
            return True
        return False

    def size(self) -> tuple[int, int, int]:
        """For `cut`."""
        return len(self._flags), len(self._first), len(self._at_start)

    def cut(self, size: tuple[int, int, int]) -> None:
        """Back to what it was when it had this size."""
        positions, first, at_start = size
        for each in (self._set_of, self._bits, self._follow, self._flags, self._entry):
            del each[positions:]
        del self._first[first:], self._at_start[at_start:]
        self._leads = {each for each in self._leads if each < positions}

    def made(self) -> Automaton:
        follow = [sorted(set(each)) for each in self._follow]
        starts = [0]
        for each in follow:
            starts.append(starts[-1] + len(each))
        return Automaton(
            b"".join(bits.to_bytes(32, "little") for bits in self._sets),
            array("H", self._set_of).tobytes(),
            array("I", starts).tobytes(),
            array("H", [position for each in follow for position in each]).tobytes(),
            array("H", sorted(set(self._first))).tobytes(),
            array("H", sorted(set(self._at_start))).tobytes(),
            bytes(self._flags),
            array("H", self._entry).tobytes(),
        )

    def _position(self, bits: int) -> int:
        if len(self._flags) >= self._most:
            raise _TooMany
        self._set_of.append(self._sets.setdefault(bits, len(self._sets)))
        self._bits.append(bits)
        self._follow.append([])
        self._flags.append(0)
        self._entry.append(self._number)
        return len(self._flags) - 1

    def _part(self, node: Node, leading: bool, trailing: bool) -> _Part:
        """`leading`, `trailing`: nothing of the pattern stands in front of it, or behind."""
        if isinstance(node, Chars):
            return self._chars(node.ranges)
        if isinstance(node, Cat):
            return self._cat(node.nodes, leading, trailing)
        if isinstance(node, Alt):
            return self._alt([self._part(each, leading, trailing) for each in node.nodes])
        if isinstance(node, Group) and not node.look:
            return self._part(node.node, leading, trailing)
        if isinstance(node, Repeat):
            return self._repeat(node)
        return _EMPTY

    def _alt(self, parts: Iterable[_Part]) -> _Part:
        nothing, first, last = False, [], []
        for part in parts:
            nothing = nothing or part[0]
            first += part[1]
            last += part[2]
        return nothing, first, last

    def _cat(self, nodes: Sequence[Node], leading: bool, trailing: bool) -> _Part:
        nodes = [each for each in nodes if not _is_nothing(each)]
        lead = nodes[0] if leading and nodes and _takes_nothing(nodes[0]) else None
        tail = nodes[-1] if trailing and len(nodes) > 1 and _takes_nothing(nodes[-1]) else None
        inner = nodes[lead is not None : len(nodes) - (tail is not None)]
        whole = _EMPTY
        for number, each in enumerate(inner):
            at_front = leading and lead is None and not whole[1]
            at_back = trailing and tail is None and number == len(inner) - 1
            whole = self._joined(whole, self._part(each, at_front, at_back))
        if whole[0] or not whole[1]:
            return whole
        if tail is not None:
            whole = self._ended(whole, tail)
        return whole if lead is None else self._led(whole, lead)

    def _joined(self, one: _Part, other: _Part) -> _Part:
        for position in one[2]:
            self._follow[position] += other[1]
        return (
            one[0] and other[0],
            one[1] + other[1] if one[0] else one[1],
            one[2] + other[2] if other[0] else other[2],
        )

    def _led(self, whole: _Part, lead: Node) -> _Part:
        """With the byte in front that an edge or a look asks for."""
        bits, always = self._beside(lead, whole[1])
        if not bits:
            return whole
        position = self._position(bits)
        if not always:
            self._leads.add(position)
        self._follow[position] += whole[1]
        return False, [position], whole[2]

    def _ended(self, whole: _Part, tail: Node) -> _Part:
        """With the byte behind that an edge or a look asks for."""
        bits, always = self._beside(tail, whole[2])
        if not bits:
            return whole
        position = self._position(bits)
        for each in whole[2]:
            self._follow[each].append(position)
            if not always:
                self._flags[each] |= ACCEPTS_AT_END
        return False, whole[1], [position]

    def _beside(self, node: Node, positions: Sequence[int]) -> tuple[int, bool]:
        """The bytes that may stand at an edge of `positions`, 0 where any may; whether one must."""
        if isinstance(node, Edge):
            if node.source == "^":
                return 1 << 10, False
            if node.source == "$":
                return 1 << 10 | 1 << 13, False
            within = all(self._bits[each] | _WORD_BYTES == _WORD_BYTES for each in positions)
            return (_ALL_BYTES ^ _WORD_BYTES, False) if node.source == r"\b" and self._ascii and within else (0, False)
        if not isinstance(node, Group) or not isinstance(node.node, Chars):
            return 0, False
        if node.opening in ("(?<!", "(?!"):
            # A byte with the high bit set may be part of a character that is allowed, and of one that is not.
            return _bytes(without(node.node.ranges)) | _HIGH_BYTES, False
        return (_bytes(node.node.ranges), True) if node.opening in ("(?<=", "(?=") else (0, False)

    def _chars(self, ranges: Ranges) -> _Part:
        high = [(max(low, 0x80), end) for low, end in ranges if end >= 0x80]
        parts: list[_Part] = []
        if bits := _bytes(ranges) & ~_HIGH_BYTES:
            position = self._position(bits)
            parts.append((False, [position], [position]))
        if sum(end - low + 1 for low, end in high) > 8:
            position = self._position(_HIGH_BYTES)
            self._follow[position].append(position)
            parts.append((False, [position], [position]))
        else:
            parts += [self._exact(chr(code)) for low, end in high for code in range(low, end + 1)]
        return self._alt(parts)

    def _exact(self, character: str) -> _Part:
        positions = [self._position(1 << byte) for byte in character.encode("utf-8", "surrogatepass")]
        for one, other in itertools.pairwise(positions):
            self._follow[one].append(other)
        return False, positions[:1], positions[-1:]

    def _repeat(self, node: Repeat) -> _Part:
        least, most = node.least, node.most
        if most == 0:
            return _EMPTY
        if isinstance(node.node, Chars) and node.node.ranges and node.node.ranges[-1][1] >= 0x80:
            # A character may be four bytes: as many of any.
            return self._times(lambda: self._any(_bytes(node.node.ranges)), least, None if most is None else 4 * most)  # type: ignore[union-attr]
        return self._times(lambda: self._part(node.node, False, False), least, most)

    def _any(self, bits: int) -> _Part:
        position = self._position(bits)
        return False, [position], [position]

    def _times(self, make: Callable[[], _Part], least: int, most: int | None) -> _Part:
        if not self._counted:
            least, most = min(least, 1), None if most is None or most > 1 else most
        if least > COUNTED:
            least, most = COUNTED, None
        if most is not None and most - least > OPTIONAL:
            most = None
        whole = _EMPTY
        for _ in range(least):
            whole = self._joined(whole, make())
        if most is None:
            part = make()
            for position in part[2]:
                self._follow[position] += part[1]
            return self._joined(whole, (True, part[1], part[2]))
        # x{0,3} is (x(x(x)?)?)?
        ends = list(whole[2])
        first, nothing = list(whole[1]), whole[0]
        last = whole
        for _ in range(most - least):
            part = make()
            for position in last[2]:
                self._follow[position] += part[1]
            if last[0]:
                first += part[1]
            ends += part[2]
            last = (last[0] and part[0], part[1], part[2])
        return nothing, first, ends


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Cat | Alt) and not node.nodes


def _takes_nothing(node: Node) -> bool:
    return isinstance(node, Edge) or (isinstance(node, Group) and node.look)


@functools.lru_cache(maxsize=5000)
def _bytes(ranges: Ranges) -> int:
    """One bit for each byte of ASCII that is meant, and all beyond if any character beyond is."""
    bits = 0
    for low, high in ranges:
        if low < 0x80:
            bits |= (1 << (min(high, 0x7F) + 1)) - (1 << low)
        if high >= 0x80:
            bits |= _HIGH_BYTES
    return bits
