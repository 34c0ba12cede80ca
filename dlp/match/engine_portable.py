"""pyahocorasick (https://pyahocorasick.readthedocs.io): literals only. A rule that has none is tried everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dlp.match.engine import Places, Plan, Reach, Reaches, Triggers, seen
from dlp.rule.rule import Rule


class _Portable:
    name = "portable"

    def plan(self, rules: Sequence[Rule]) -> Plan:
        triggers = Triggers()
        everywhere: list[int] = []
        for number, rule in enumerate(rules):
            found = seen(rule)
            needs = tuple(triggers.number(word) for word in found.keywords)
            if found.required:
                behind, ahead, _, _ = found.beside()
                reach = Reach(number, found.required.end, 0, needs, found.required.end + ahead, behind)
                for word in found.required.literals:
                    triggers.add(triggers.number(word), reach)
            elif needs:
                triggers.at_keywords(number, found)
            else:
                everywhere.append(number)
        return triggers.plan(everywhere)

    def compile(self, plan: Plan, rules: Sequence[Rule]) -> bytes:
        return b""  # made in less time than it takes to read

    def load(self, plan: Plan, compiled: bytes) -> _Engine:
        return _Engine(plan)

    def version(self) -> str:
        return "portable 1"


class _Engine:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._reaches = Reaches(plan)
        self._automaton: Any = None

    def places(self, window: bytes) -> Places:
        if not self._plan.triggers:
            return ()
        if self._automaton is None:
            import ahocorasick

            automaton = ahocorasick.Automaton()
            for number, trigger in enumerate(self._plan.triggers):
                automaton.add_word(trigger.literal.decode("latin-1"), number)
            automaton.make_automaton()
            self._automaton = automaton
        # bytes.lower changes ASCII alone, as Hyperscan's caseless literals do.
        text = window.lower().decode("latin-1")
        return self._reaches.places([(number, last + 1) for last, number in self._automaton.iter(text)])


PORTABLE: Final = _Portable()
