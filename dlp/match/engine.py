"""The pass that says where in a text rules may match: one seam, two engines, the same findings from both.

An engine may name a place where nothing is, and must name every place where something is. What decides is the rule's
own regex, and where it is tried does not depend on the engine (see `dlp.match.pattern`).
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from dlp.errors import UsageError
from dlp.rule.parsing import parse
from dlp.rule.prefilter import Expression, expression, value_expression
from dlp.rule.required import MAX_MATCH, Required, longest, required
from dlp.rule.rule import Rule

Ends = Sequence[tuple[int, int]]
"""(trigger, byte behind what was seen), in any order."""

Places = Sequence[tuple[int, int, int]]
"""(rule, first byte, last byte): a match of the rule may begin there. In any order; bytes may lie before the window."""


class Reach(msgspec.Struct, frozen=True, array_like=True):
    """A match of the rule may begin from `back` bytes before the end that was seen to `ahead` bytes behind it; where
    `needs` are named, only if one of these triggers ends from `before` bytes before that end to `behind` bytes behind
    it."""

    rule: int
    back: int
    ahead: int
    needs: tuple[int, ...] = ()
    before: int = 0
    behind: int = 0


EVERYWHERE: Final = 0
VALUE: Final = 1
PHRASE: Final = 2
"""Where an expression is looked for: in all of a text, or around literals that are named for values or for phrases."""

Around = tuple[int, int, int, int]
"""Bytes before and behind a literal; the same in a text of ASCII alone."""


class Trigger(msgspec.Struct, frozen=True, array_like=True):
    """What is looked for: a literal in lower case, whatever the case in the text, or else an expression, and where.
    `around`: by where, how far from the literal expressions are looked for."""

    reaches: tuple[Reach, ...]
    literal: bytes = b""
    expression: str = ""
    where: int = EVERYWHERE
    around: Mapping[int, Around] = msgspec.field(default_factory=dict)


class Plan(msgspec.Struct, frozen=True, array_like=True):
    """What an engine looks for, and rules that it must try everywhere."""

    triggers: tuple[Trigger, ...]
    everywhere: tuple[int, ...] = ()


class Engine(Protocol):
    """Looks for places where rules may match."""

    def places(self, window: bytes) -> Places:
        """Every place in `window`. Raises MemoryError."""
        ...


class Kind(Protocol):
    """A kind of engine."""

    name: str

    def plan(self, rules: Sequence[Rule]) -> Plan:
        """What to look for."""
        ...

    def compile(self, plan: Plan, rules: Sequence[Rule]) -> bytes:
        """What takes long to make, for `load`; empty where nothing does. Raises ConfigError for a rule that the engine
        cannot take."""
        ...

    def load(self, plan: Plan, compiled: bytes) -> Engine: ...

    def version(self) -> str:
        """Of the library and of the form of what it compiles."""
        ...


def kinds() -> Mapping[str, Kind]:
    """The engines that there are, the quickest first."""
    from dlp.match.engine_hyperscan import HYPERSCAN
    from dlp.match.engine_native import NATIVE
    from dlp.match.engine_portable import PORTABLE

    return {each.name: each for each in (NATIVE, HYPERSCAN, PORTABLE)}


def choose() -> Kind:
    """Hyperscan where it is installed, else the portable one. `$DLP_ENGINE` names one: then there is no other. Raises
    UsageError."""
    from dlp.match.engine_hyperscan import installed

    demand = os.environ.get("DLP_ENGINE", "")
    there_are = kinds()
    if demand and demand not in there_are:
        raise UsageError(f"DLP_ENGINE={demand!r}: no such engine; there are {', '.join(there_are)}")
    if demand == "hyperscan" and not installed():
        raise UsageError("DLP_ENGINE=hyperscan: the package hyperscan is not installed here; unset it, or use portable")
    return there_are[demand or "native"]


class Reaches:
    """Of a plan: from what was seen to where matches may begin."""

    def __init__(self, plan: Plan) -> None:
        # Plain tuples: they are read for every place that the pass names.
        self._reaches = [
            tuple((r.rule, r.back, r.ahead, r.needs, r.before, r.behind) for r in each.reaches)
            for each in plan.triggers
        ]

    def places(self, found: Ends) -> Places:
        seen: dict[int, list[int]] = {}
        for trigger, end in found:
            if trigger in seen:
                seen[trigger].append(end)
            else:
                seen[trigger] = [end]
        places: list[tuple[int, int, int]] = []
        for trigger, ends in seen.items():
            for rule, back, ahead, needs, before, behind in self._reaches[trigger]:
                beside = [seen[need] for need in needs if need in seen]
                if needs and not beside:
                    continue
                last = -1
                for end in ends:
                    if end >> 4 == last:
                        continue  # the same place but for what every reach is rounded up by
                    if beside and not any(_within(each, end - before - 16, end + behind + 16) for each in beside):
                        continue
                    last = end >> 4
                    places.append((rule, end - back - 16, end + ahead + 16))
        return places


def _within(ends: list[int], first: int, last: int) -> bool:
    """Whether one of them, which ascend, lies there."""
    at = bisect_left(ends, first)
    return at < len(ends) and ends[at] <= last


class Seen(msgspec.Struct, frozen=True):
    """What the pass may go by to find a rule's matches: its keywords (the characters beside a match in which one must
    stand, and the bytes a match may have), the pattern's own literals, an expression."""

    keywords: tuple[bytes, ...]
    within: int
    longest: int
    longest_ascii: int
    required: Required | None
    expression: Expression
    value: Expression | None
    """Of the value alone."""

    def beside(self) -> tuple[int, int, int, int]:
        """Bytes in which a match may begin before a keyword's end, and behind it; the same in a text of ASCII alone."""
        word = max(map(len, self.keywords), default=0)
        wide = 4 * self.within  # the text may be of any script
        return self.longest + wide + word, wide, self.longest_ascii + self.within + word, self.within


def seen(rule: Rule) -> Seen:
    """Raises `dlp.rule.parsing.PatternError`."""
    tree = parse(rule.pattern)
    size, ascii_size = (
        MAX_MATCH if size is None else min(size, MAX_MATCH) for size in (longest(tree), longest(tree, ascii=True))
    )
    keywords = sorted({each.encode().lower() for keyword in rule.keywords for each in _cases(keyword)})
    whole = expression(tree, rule.pattern.isascii())
    value = value_expression(tree, rule.pattern.isascii())
    return Seen(tuple(keywords), rule.within, size, ascii_size, required(tree), whole, value)


def _cases(word: str) -> tuple[str, ...]:
    return word, word.lower(), word.upper(), word.title()


class Triggers:
    """Gathers triggers, those that look for the same as one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[bytes, str, int], int] = {}
        self._reaches: list[list[Reach]] = []
        self._around: dict[int, dict[int, Around]] = {}

    def number(self, literal: bytes = b"", expression: str = "", where: int = EVERYWHERE) -> int:
        """Of what is looked for."""
        number = self._numbers.setdefault((literal, expression, where), len(self._numbers))
        if number == len(self._reaches):
            self._reaches.append([])
        return number

    def add(self, number: int, reach: Reach) -> None:
        self._reaches[number].append(reach)

    def at_keywords(self, rule: int, found: Seen) -> None:
        """The rule is tried wherever one of its keywords stands."""
        wide = 4 * found.within  # the text may be of any script
        for word in found.keywords:
            self.add(self.number(word), Reach(rule, found.longest + wide + len(word), wide))

    def look_around(self, number: int, where: int, around: Around) -> None:
        """At least so far from a literal."""
        known = self._around.setdefault(number, {})
        a, b, c, d = known.get(where, (0, 0, 0, 0))
        known[where] = max(a, around[0]), max(b, around[1]), max(c, around[2]), max(d, around[3])

    def plan(self, everywhere: Sequence[int] = ()) -> Plan:
        made = [
            Trigger(tuple(self._reaches[number]), *what, self._around.get(number, {}))
            for what, number in self._numbers.items()
        ]
        return Plan(tuple(made), tuple(everywhere))
