"""The engine in C (`native/pass.h`): literals by one pass over the text, automata where they stand."""

from __future__ import annotations

import functools
import random
import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from dlp.match.engine import Places, Sought, sought
from dlp.rule.automaton import Automaton, Builder, automaton, ending, reach
from dlp.rule.common import WORDS
from dlp.rule.grams import rarest, rates
from dlp.rule.parsing import parse
from dlp.rule.required import Required, Run, cost, required, required_digit, required_run, required_signs
from dlp.rule.rule import Rule

if TYPE_CHECKING:
    from dlp.match._native import Pass

MOST_TOGETHER: Final = 2500
"""States that patterns which are looked for everywhere may have together over a sample of text."""

TO_DIGIT: Final = 8
"""Bytes: a match with a digit so near its beginning is looked for around digits alone."""

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


class _Compiler:
    def __init__(self, rules: Sequence[Rule]) -> None:
        self._uses: dict[bytes, list[tuple[int, int, int]]] = {}
        self._automata: dict[Automaton, int] = {}
        self._run_uses: list[bytes] = []
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
        run = required_run(tree)
        digit = required_digit(tree)
        index = -1
        held = required(tree if made is None else ending(tree))
        if self._by_literals(number, sought(rule), held):
            index = self._number(made)
        elif made is None:
            self._always.append(number)
        elif digit is not None and digit <= TO_DIGIT:
            self._everywhere.append((number, reach(tree), digit))
        elif run is not None and run.before is not None:
            self._run_uses.append(_RUN_USE.pack(number, run.before, run.kind, run.least))
            index = self._number(made)
        elif signs := required_signs(tree if made is None else ending(tree)):
            for sign in signs.literals:
                self._use(sign, number, signs.end, -1)
            index = self._number(made)
        else:
            self._everywhere.append((number, reach(tree), EVERYWHERE))
        run = run or Run(0, 0)
        self._tasks.append(_TASK.pack(index, reach(tree), run.kind, run.least))

    def _by_literals(self, number: int, found: Sought, held: Required | None) -> bool:
        """By its keywords or by the pattern's own literals, whichever are rarer; whether it has any. `held`: those that
        the automaton reads."""
        literals = held.literals if held else ()
        behind, ahead = found.beside()
        near = rates(found.keywords) * (1 + (behind + ahead) / 64)  # all that is near is read, for each of them
        if found.keywords and (held is None or near < cost(literals, held.end)):
            for word in found.keywords:
                self._use(word, number, behind, ahead)
        elif held:
            for word in literals:
                self._use(word, number, held.end, -len(word))
        return bool(literals or found.keywords)

    def _number(self, made: Automaton | None) -> int:
        return -1 if made is None else self._automata.setdefault(made, len(self._automata))

    def _use(self, word: bytes, rule: int, back: int, ahead: int) -> None:
        self._uses.setdefault(word, []).append((rule, back, ahead))

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
            b"".join(self._run_uses),
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
        entries = range(len(self._everywhere))
        near = {entry: self._everywhere[entry][2] for entry in entries}
        for left in (
            [entry for entry in entries if near[entry] != EVERYWHERE],
            [entry for entry in entries if near[entry] == EVERYWHERE],
        ):
            while left:
                builder, before = Builder(), left
                left = self._gather(builder, left)
                yield builder.made(), max(near[entry] for entry in before if entry not in left)

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
