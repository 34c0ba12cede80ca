"""What every match of a pattern must hold, and how long it can be: computed from the pattern's tree.

All lengths are bytes of UTF-8. Literals are in lower case as far as ASCII goes: what looks for them does not tell case.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator
from typing import Final

import msgspec

from dlp.rule.grams import rates
from dlp.rule.syntax import DIGIT, Alt, Cat, Chars, Edge, Group, Node, Ranges, Repeat

MAX_MATCH: Final = 4096
"""Bytes that a match may have. Nothing longer is looked for."""

MOST: Final = 64
"""Literals of one pattern, one of which must be there."""

MOST_TOGETHER: Final = 500
"""The same, of all branches of a pattern together."""

LONGEST: Final = 24
"""Bytes of a literal; what follows is not looked for."""

SHORTEST: Final = 2
"""Bytes that a literal must have to be worth looking for."""

_Strings = frozenset[bytes]
_Found = tuple[_Strings, int]


SIGNS: Final = b"@+["
"""Single bytes that are rare enough to be looked for."""


class Required(msgspec.Struct, frozen=True):
    """One of `literals` is in every match, and ends at most `end` bytes behind the match's beginning."""

    literals: tuple[bytes, ...]
    end: int


def longest(node: Node, ascii: bool = False) -> int | None:
    """Bytes of the longest match; None where there is no bound. `ascii`: in a text of ASCII alone."""
    if isinstance(node, Chars):
        return 1 if ascii else _size(node.ranges[-1][1])
    if isinstance(node, Edge) or (isinstance(node, Group) and node.look):
        return 0
    if isinstance(node, Group):
        return longest(node.node, ascii)
    if isinstance(node, Repeat):
        one = longest(node.node, ascii)
        return 0 if one == 0 else None if one is None or node.most is None else one * node.most
    each = [longest(part, ascii) for part in node.nodes]
    if None in each:
        return None
    known = [size for size in each if size is not None]
    return sum(known) if isinstance(node, Cat) else max(known, default=0)


@functools.lru_cache(maxsize=5000)
def required(node: Node) -> Required | None:
    """The best literals there are; None where there are none of at least SHORTEST bytes."""
    made = _best(node)
    return None if made is None or min(map(len, made.literals)) < SHORTEST else made


def required_signs(node: Node) -> Required | None:
    """One of SIGNS each, where they are all there is to look for."""
    made = _best(node)
    if made is None:
        return None
    signs = {next((each[at : at + 1] for at in range(len(each)) if each[at] in SIGNS), b"") for each in made.literals}
    return None if b"" in signs else Required(tuple(sorted(signs)), made.end)


def _best(node: Node) -> Required | None:
    found = _Literals().best(node)
    return None if found is None else _made(*found)


def cost(literals: Collection[bytes], end: int) -> float:
    """Of looking for literals that end at most `end` bytes behind a match's beginning: how often they stand in a
    megabyte, and how much is then looked at."""
    return (rates(literals) + len(literals) / 64) * (1 + end / 256)


class Run(msgspec.Struct, frozen=True):
    """At least `least` bytes in a row of one kind. It begins at most `before` bytes behind the match's beginning; None:
    there is no bound."""

    kind: int
    least: int
    before: int | None = 0

    @property
    def rate(self) -> float:
        """How many such there are in a megabyte of program code, about."""
        _, many, half = _KINDS[self.kind]
        return many / 2 ** ((self.least - RUN_LEAST) / half)


HEX: Final = 1
ALNUM: Final = 2
TOKEN: Final = 3
CAPS: Final = 4
WORDS: Final = 5
_KINDS: Final[dict[int, tuple[Ranges, float, float]]] = {
    HEX: (((48, 57), (65, 70), (97, 102)), 100, 12),
    ALNUM: (((48, 57), (65, 90), (97, 122)), 2700, 5),
    TOKEN: (((43, 43), (45, 57), (61, 61), (65, 90), (95, 95), (97, 122), (126, 126)), 8500, 6),
    CAPS: (((48, 57), (60, 60), (65, 90)), 110, 10),
    WORDS: (((32, 32), (97, 122)), 8500, 9),
}
"""Hexadecimal digits; letters and digits; what encodings and tokens add; capitals, digits and `<`; small letters and
blanks. With each, how many runs of RUN_LEAST bytes there are in a megabyte of program code, and how many bytes more
halve that."""

RUN_LEAST: Final = 16
RUN_MOST: Final = 255


def required_run(node: Node) -> Run | None:
    """The most telling run that every match of the pattern holds; None where there is none of RUN_LEAST bytes."""
    pattern = _Runs()
    runs = (pattern.run(node, kind) for kind in _KINDS)
    return min((run for run in runs if run is not None), key=lambda run: run.rate, default=None)


_Sizes = tuple[int | None, ...]
"""By kind, in the order of _KINDS: bytes that something has at least, if all it has are of the kind; else None."""


class _Runs:
    """Of one pattern. Each part is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[_Sizes, int | None]] = {}
        """By the node's identity, as all nodes live as long as the pattern does; with the longest that it can be."""

    def run(self, node: Node, kind: int) -> Run | None:
        """The longest of one kind."""
        least = self._sizes(node)[0][kind - 1]
        if isinstance(node, Chars):
            return None
        if least is not None:
            return Run(kind, min(least, RUN_MOST)) if least >= RUN_LEAST else None
        if isinstance(node, Group):
            return None if node.look else self.run(node.node, kind)
        if isinstance(node, Repeat):
            return self.run(node.node, kind) if node.least else None  # of the times that it stands, the first will do
        if isinstance(node, Cat):
            return max(self._within(node, kind), key=lambda run: run.least, default=None)
        if isinstance(node, Alt):
            runs = [self.run(each, kind) for each in node.nodes]
            known = [run for run in runs if run is not None]
            if known and len(known) == len(runs):
                bounds = [run.before for run in known if run.before is not None]
                before = max(bounds) if len(bounds) == len(known) else None
                return Run(kind, min(run.least for run in known), before)
        return None

    def _within(self, cat: Cat, kind: int) -> Iterator[Run]:
        """What each part of a sequence holds, and what parts hold together that are of nothing else."""
        before: int | None = 0
        joined, joined_before = 0, before
        for part in cat.nodes:
            sizes, most = self._sizes(part)
            least = sizes[kind - 1]
            if least is not None:
                joined_before = joined_before if joined else before
                joined += least
            else:
                if joined >= RUN_LEAST:
                    yield Run(kind, min(joined, RUN_MOST), joined_before)
                joined = 0
                run = self.run(part, kind)
                if run is not None:
                    yield Run(kind, run.least, None if before is None or run.before is None else before + run.before)
            before = None if before is None or most is None else before + most
        if joined >= RUN_LEAST:
            yield Run(kind, min(joined, RUN_MOST), joined_before)

    def _sizes(self, node: Node) -> tuple[_Sizes, int | None]:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = self._computed(node)
        return known

    def _computed(self, node: Node) -> tuple[_Sizes, int | None]:
        if isinstance(node, Chars):
            return _one(node.ranges), _size(node.ranges[-1][1])
        if isinstance(node, Edge) or (isinstance(node, Group) and node.look):
            return _NOTHING, 0
        if isinstance(node, Group):
            return self._sizes(node.node)
        if isinstance(node, Repeat):
            sizes, most = self._sizes(node.node)
            most = 0 if most == 0 else None if most is None or node.most is None else most * node.most
            return tuple(None if size is None else size * node.least for size in sizes), most
        each = [self._sizes(part) for part in node.nodes]
        together = sum if isinstance(node, Cat) else min
        sizes = tuple(
            None if None in column else together(column)
            for column in zip(*(sizes for sizes, _ in each), strict=True)
        )
        known = [most for _, most in each if most is not None]
        most = None if len(known) < len(each) else sum(known) if isinstance(node, Cat) else max(known, default=0)
        return sizes or _NOTHING, most


_NOTHING: Final[_Sizes] = (0,) * len(_KINDS)


@functools.lru_cache(maxsize=5000)
def _one(ranges: Ranges) -> _Sizes:
    return tuple(1 if within(ranges, wide) else None for wide, _, _ in _KINDS.values())


def required_digit(node: Node) -> int | None:
    """Bytes from the beginning of a match to a digit that it must have, at most; None where there need be none, or
    there is no bound."""
    if isinstance(node, Chars):
        return 0 if within(node.ranges, DIGIT) else None
    if isinstance(node, Group):
        return None if node.look else required_digit(node.node)
    if isinstance(node, Repeat):
        return required_digit(node.node) if node.least else None
    if isinstance(node, Alt):
        each = [required_digit(branch) for branch in node.nodes]
        known = [at for at in each if at is not None]
        return max(known) if known and len(known) == len(each) else None
    before = 0
    if isinstance(node, Cat):
        for part in node.nodes:
            at = required_digit(part)
            if at is not None:
                return before + at
            size = longest(part)
            if size is None:
                return None
            before += size
    return None


def within(some: Ranges, ranges: Ranges) -> bool:
    """Whether each character of one set is in the other."""
    return all(any(a <= low and high <= b for a, b in ranges) for low, high in some)


class _Literals:
    """Of one pattern. Each part is looked at once."""

    def __init__(self) -> None:
        self._known: dict[int, _Strings | None] = {}
        """By the node's identity: all nodes live as long as the pattern does."""

    def best(self, node: Node) -> _Found | None:
        whole = self._exact(node)
        if whole and b"" not in whole:
            return whole, max(map(len, whole))
        if isinstance(node, Group):
            return None if node.look else self.best(node.node)
        if isinstance(node, Repeat):
            return self.best(node.node) if node.least else None
        if isinstance(node, Cat):
            return min(self._runs(node), key=lambda each: cost(*each), default=None)
        if isinstance(node, Alt):
            strings: set[bytes] = set()
            end = 0
            for branch in map(self.best, node.nodes):
                if branch is None:
                    return None
                strings.update(branch[0])
                end = max(end, branch[1])
            return (frozenset(strings), end) if len(strings) <= MOST_TOGETHER else None
        return None

    def _runs(self, cat: Cat) -> Iterator[_Found]:
        """What each part of a sequence, and each run of parts that are known exactly, requires."""
        before: int | None = 0  # bytes in front of the part
        run: _Strings | None = None
        run_before: int | None = 0
        for part in cat.nodes:
            exact = self._exact(part)
            if exact is not None:
                joined = None if run is None else _product(run, exact)
                if joined is None:
                    run, run_before = exact, before
                else:
                    run = joined
                if b"" not in run:
                    yield run, _plus(run_before, max(map(len, run)))
            else:
                run = None
                inner = self.best(part)
                if inner is not None:
                    yield inner[0], _plus(before, inner[1])
            size = longest(part)
            before = None if before is None or size is None else min(before + size, MAX_MATCH)

    def _exact(self, node: Node) -> _Strings | None:
        """Everything that the node matches, in lower case, if it is little."""
        if id(node) not in self._known:
            self._known[id(node)] = self._all(node)
        return self._known[id(node)]

    def _all(self, node: Node) -> _Strings | None:
        if isinstance(node, Chars):
            return _characters(node.ranges)
        if isinstance(node, Edge):
            return frozenset((b"",))
        if isinstance(node, Group):
            return frozenset((b"",)) if node.look else self._exact(node.node)
        if isinstance(node, Repeat):
            return self._repeated(node)
        if isinstance(node, Alt):
            union: set[bytes] = set()
            for one in map(self._exact, node.nodes):
                if one is None or len(union) > MOST:
                    return None
                union |= one
            return frozenset(union) if len(union) <= MOST else None
        made: _Strings | None = frozenset((b"",))
        for each in node.nodes:
            made = _product(made, self._exact(each))
            if made is None:
                return None
        return made

    def _repeated(self, node: Repeat) -> _Strings | None:
        if node.most is None or node.most > LONGEST:
            return None
        one = self._exact(node.node)
        if one is None:
            return None
        out: set[bytes] = set()
        power: _Strings | None = frozenset((b"",))
        for count in range(node.most + 1):
            if count:
                power = _product(power, one)
            if power is None or len(out) > MOST:
                return None
            if count >= node.least:
                out |= power
        return frozenset(out) if len(out) <= MOST else None


def _made(strings: _Strings, end: int) -> Required:
    # A literal that holds another one adds nothing.
    short = {each[:LONGEST] for each in strings}
    kept: Collection[bytes] = short
    if 1 < len(short) <= MOST:
        kept = [each for each in short if not any(other != each and other in each for other in short)]
    return Required(tuple(sorted(kept)), end)


def _plus(before: int | None, size: int) -> int:
    return MAX_MATCH if before is None else min(before + size, MAX_MATCH)


def _product(one: _Strings | None, other: _Strings | None) -> _Strings | None:
    if one is None or other is None or len(one) * len(other) > MOST:
        return None
    return frozenset(a + b for a, b in itertools.product(one, other))


def _characters(ranges: Ranges) -> _Strings | None:
    if sum(high - low + 1 for low, high in ranges) > 8:
        return None
    codes = (code for low, high in ranges for code in range(low, high + 1))
    try:
        return frozenset(chr(code).encode().lower() for code in codes)
    except UnicodeEncodeError:  # a lone surrogate is in no text
        return None


def _size(code: int) -> int:
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4
