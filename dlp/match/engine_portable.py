"""pyahocorasick (https://pyahocorasick.readthedocs.io): literals only. A rule that has none is tried everywhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from dlp.match.engine import Places, sought
from dlp.rule.rule import Rule


class Reach(msgspec.Struct, frozen=True, array_like=True):
    """A match of the rule may begin from `back` bytes before a literal's end to `ahead` bytes behind it; where `needs`
    are named, only if one of these literals ends from `before` bytes before that end to `behind` bytes behind it."""

    rule: int
    back: int
    ahead: int
    needs: tuple[bytes, ...] = ()
    before: int = 0
    behind: int = 0


class Plan(msgspec.Struct, frozen=True, array_like=True):
    """By literal, in lower case; and rules that are tried everywhere."""

    literals: dict[bytes, tuple[Reach, ...]]
    everywhere: tuple[int, ...]


class _Portable:
    name = "portable"

    def compile(self, rules: Sequence[Rule]) -> bytes:
        literals: dict[bytes, list[Reach]] = defaultdict(list)
        everywhere: list[int] = []
        for number, rule in enumerate(rules):
            found = sought(rule)
            behind, ahead = found.beside()
            if found.required:
                end = found.required.end
                for word in found.required.literals:
                    literals[word].append(Reach(number, end, 0, found.keywords, end + ahead, behind))
            elif found.keywords:
                for word in found.keywords:
                    literals[word].append(Reach(number, behind, ahead))
            else:
                everywhere.append(number)
            for word in found.keywords:
                literals[word] += ()
        return msgspec.msgpack.encode(Plan({word: tuple(each) for word, each in literals.items()}, tuple(everywhere)))

    def load(self, compiled: bytes) -> _Engine:
        return _Engine(msgspec.msgpack.decode(compiled, type=Plan))

    def version(self) -> str:
        return "portable 2"


class _Engine:
    def __init__(self, plan: Plan) -> None:
        self._everywhere = plan.everywhere
        # Plain tuples: they are read for every literal that is there.
        self._reaches = {
            word: [(r.rule, r.back, r.ahead, r.needs, r.before, r.behind) for r in each]
            for word, each in plan.literals.items()
        }
        self._automaton: Any = None

    def places(self, window: bytes) -> Places:
        everywhere = [(rule, 0, len(window)) for rule in self._everywhere]
        return [*everywhere, *self._beside(window)] if self._reaches else everywhere

    def _beside(self, window: bytes) -> Places:
        """Places around literals."""
        seen: dict[bytes, list[int]] = {}
        for last, word in self._search(window):
            seen.setdefault(word, []).append(last + 1)
        places: list[tuple[int, int, int]] = []
        for word, ends in seen.items():
            for rule, back, ahead, needs, before, behind in self._reaches[word]:
                beside = [seen[need] for need in needs if need in seen]
                if needs and not beside:
                    continue
                places += [
                    (rule, end - back, end + ahead)
                    for end in ends
                    if not beside or any(_within(each, end - before, end + behind) for each in beside)
                ]
        return places

    def _search(self, window: bytes) -> Any:
        if self._automaton is None:
            import ahocorasick

            self._automaton = ahocorasick.Automaton()
            for word in self._reaches:
                self._automaton.add_word(word.decode("latin-1"), word)
            self._automaton.make_automaton()
        # bytes.lower changes ASCII alone.
        return self._automaton.iter(window.lower().decode("latin-1"))


def _within(ends: list[int], first: int, last: int) -> bool:
    """Whether one of them, which ascend, lies there."""
    at = bisect_left(ends, first)
    return at < len(ends) and ends[at] <= last


PORTABLE: Final = _Portable()
