"""The engine in C (`native/pass.h`): literals by one pass over the text, automata where they stand."""

from __future__ import annotations

import functools
import random
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from dlp.match.engine import Places, sought
from dlp.rule.automaton import Automaton, Builder, automaton, ending, reach
from dlp.rule.common import WORDS
from dlp.rule.grams import rarest, rates
from dlp.rule.parsing import parse
from dlp.rule.required import Run, cost, required, required_digit, required_run, required_signs
from dlp.rule.rule import Rule
from dlp.rule.syntax import Node

if TYPE_CHECKING:
    from dlp.match._native import Pass

MOST_TOGETHER: Final = 2500
"""States that patterns which are looked for everywhere may have together over a sample of text."""

ALONE: Final = 4.0
A_RUN: Final = 8.0
A_SIGN: Final = 2000.0
READ_ALL: Final = 40_000.0
TO_DIGIT: Final = {8: 1000.0, 24: 4000.0}
"""What it costs: to go by literals where keywords would refuse most places, times so much; to try an automaton at a
run; to look for single bytes; to have one more pattern read all of a text; and the same of what stands around digits,
where a match has one so many bytes from its beginning at most. 1 is what a literal costs."""

EVERYWHERE: Final = 0xFFFFFFFF

_USE: Final = struct.Struct("=IIi")
_RUN_USE: Final = struct.Struct("=IIII")
_TASK: Final = struct.Struct("=iIBBxx")


class Compiled(msgspec.Struct, frozen=True, array_like=True):
    """Packed numbers, as `native/pass.h` has them. A literal is given by its bytes in lower case. `everywhere`:
    with each, how far before a digit its matches begin at most, or EVERYWHERE. `always`: rules of which nothing is
    known that could be looked for."""

    literals: bytes
    literal_from: bytes
    anchored: bytes
    use_from: bytes
    uses: bytes
    run_uses: bytes
    tasks: bytes
    automata: tuple[Automaton, ...]
    everywhere: tuple[tuple[Automaton, int], ...]
    always: tuple[int, ...]
    everywhere_rule: bytes
    everywhere_reach: bytes


class _Native:
    name = "native"

    def compile(self, rules: Sequence[Rule]) -> bytes:
        return msgspec.msgpack.encode(_Compiler(rules).compiled())

    def load(self, compiled: bytes) -> _Engine:
        return _Engine(msgspec.msgpack.decode(compiled, type=Compiled))

    def version(self) -> str:
        return "native 1"


class _Engine:
    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._pass: Pass | None = None

    def places(self, window: bytes) -> Places:
        if self._pass is None:  # in the process that scans: what it learns from texts is its own
            from dlp.match._native import Pass

            self._pass = Pass(self._compiled)
        places = self._pass.places(window)
        always = self._compiled.always
        return places + [(rule, 0, len(window)) for rule in always] if always else places


_Way = Callable[[], bool]


class _Compiler:
    def __init__(self, rules: Sequence[Rule]) -> None:
        self._uses: dict[bytes, list[tuple[int, int, int]]] = {}
        self._automata: dict[Automaton, int] = {}
        self._run_uses: list[tuple[int, int, int, int]] = []
        """(kind, bytes at least, rule, bytes before)."""
        self._tasks: list[bytes] = []
        self._always: list[int] = []
        self._everywhere: list[tuple[int, int, int]] = []
        """(rule, reach, bytes to a digit or EVERYWHERE)."""
        self._rules = rules
        for number, rule in enumerate(rules):
            self._add(number, rule)

    def _add(self, number: int, rule: Rule) -> None:
        tree = parse(rule.pattern)
        made = automaton(tree, rule.pattern.isascii())
        index = -1 if made is None else self._automata.get(made, len(self._automata))
        run = required_run(tree)
        led = min(self._ways(number, rule, tree, made, run), key=lambda way: way[0], default=None)
        if led is None:
            self._always.append(number)
        elif led[1]() and made is not None:
            self._automata[made] = index
        else:
            index = -1
        run = run or Run(0, 0)
        self._tasks.append(_TASK.pack(index, reach(tree), run.kind, run.least))

    def _ways(
        self, number: int, rule: Rule, tree: Node, made: Automaton | None, run: Run | None
    ) -> Iterator[tuple[float, _Way]]:
        """What may lead to a rule's matches. With each, what it costs, for a megabyte of program code: 1 is as much as
        a literal that is there; and what takes it, and tells whether it leads to the rule's own automaton."""
        found = sought(rule)
        if found.keywords:
            behind, ahead = found.beside()
            price = rates(found.keywords) * (1 + (behind + ahead) / 64)  # all that is near is read
            yield price, partial(self._literals, number, found.keywords, behind, ahead)
        read = tree if made is None else ending(tree)  # what the automaton reads
        if held := required(read):
            price = cost(held.literals, held.end) * (ALONE if found.keywords else 1)
            yield price, partial(self._literals, number, held.literals, held.end, None)
        if made is None:
            return
        if run is not None and run.before is not None:
            yield A_RUN * run.rate, partial(self._run, number, run, run.before)
        if found.keywords:
            return  # far fewer places have one near
        if not held and (signs := required_signs(read)):
            yield A_SIGN, partial(self._literals, number, signs.literals, signs.end, None)
        digit = required_digit(tree)
        for near, price in TO_DIGIT.items():
            if digit is not None and digit <= near:
                yield price, partial(self._anywhere, number, reach(tree), near)
        yield READ_ALL, partial(self._anywhere, number, reach(tree), EVERYWHERE)

    def _literals(self, rule: int, literals: Sequence[bytes], back: int, ahead: int | None) -> bool:
        for word in literals:
            self._uses.setdefault(word, []).append((rule, back, -len(word) if ahead is None else ahead))
        return True

    def _run(self, rule: int, run: Run, before: int) -> bool:
        self._run_uses.append((run.kind, run.least, rule, before))
        return True

    def _anywhere(self, rule: int, far: int, near: int) -> bool:
        self._everywhere.append((rule, far, near))
        return False

    def compiled(self) -> Compiled:
        words = list(self._uses)
        literal_from, use_from, uses = [0], [0], []
        for word in words:
            literal_from.append(literal_from[-1] + len(word))
            uses += self._uses[word]
            use_from.append(len(uses))
        return Compiled(
            b"".join(words),
            array("I", literal_from).tobytes(),
            bytes(map(rarest, words)),
            array("I", use_from).tobytes(),
            b"".join(_USE.pack(*use) for use in uses),
            b"".join(_RUN_USE.pack(*use) for use in sorted(self._run_uses)),
            b"".join(self._tasks),
            tuple(self._automata),
            tuple(self._groups()),
            tuple(self._always),
            array("I", [rule for rule, _, _ in self._everywhere]).tobytes(),
            array("I", [far for _, far, _ in self._everywhere]).tobytes(),
        )

    def _groups(self) -> Iterator[tuple[Automaton, int]]:
        """Those without a literal, together as far as they get on with one another: each group costs a look at every
        byte, or at every one near a digit, but some patterns make one another's states many."""
        for near in (*TO_DIGIT, EVERYWHERE):
            left = [entry for entry, each in enumerate(self._everywhere) if each[2] == near]
            while left:
                builder = Builder()
                left = self._gather(builder, left)
                yield builder.made(), near

    def _added(self, builder: Builder, entry: int) -> bool:
        rule = self._rules[self._everywhere[entry][0]]
        return builder.add(parse(rule.pattern), rule.pattern.isascii(), entry)

    def _gather(self, builder: Builder, entries: list[int]) -> list[int]:
        """Adds what there is room for; the others."""
        from dlp.match._native import run

        before = builder.size()
        whole = all(self._added(builder, entry) for entry in entries)
        if (len(entries) == 1 and not before[0]) or (whole and run(builder.made(), _sample())[0] <= MOST_TOGETHER):
            return []
        builder.cut(before)
        if len(entries) == 1:
            return entries
        half = len(entries) // 2
        return self._gather(builder, entries[:half]) + self._gather(builder, entries[half:])


@functools.cache
def _sample() -> bytes:
    """Words as they stand in prose and program code, numbers and identifiers."""
    chance = random.Random(1)
    words = sorted(WORDS)
    parts = []
    for _ in range(4000):
        word = chance.choice(words)
        number = chance.randrange(10 ** chance.randrange(1, 17))
        names = word.title(), word.upper(), f"{word}_{chance.choice(words)}"
        parts.append(chance.choice((word, word, word, *names, str(number), f"{number:x}")))
        parts.append(chance.choice((*"    \n-:/@(\"", ", ", ". ", ") ", " = ")))
    return "".join(parts).encode()


NATIVE: Final = _Native()
