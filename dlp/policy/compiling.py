"""Conditions made ready for the matters of one key: what the key tells is answered once, and what is left is a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlp.policy.conditions import CONDITIONS
from dlp.policy.forms import OfFile, Test
from dlp.policy.matter import Facts, Key, Known, Thing, key_of
from dlp.policy.nodes import AllOf, AnyOf, Leaf, Node, Not, With

MAX_KEYS = 10_000
"""Keys that are kept ready. Beyond, all are made anew: names of documents are without number."""


class Compiler:
    """For one policy."""

    def __init__(self, classes_of: Callable[[Key], tuple[str, ...]]) -> None:
        self._classes_of = classes_of
        self._withs: dict[tuple[int, bool], Test] = {}

    def compile(self, node: Node, key: Key, *, every: bool = False) -> bool | Test | None:
        """What it comes to for matters of this key: an answer, or what gives it. None: it does not speak of such a
        matter; then what it is part of does not either, unless that is an `any`. `every`: where a matter has several of
        what is asked for, such as paths, all must be so."""
        return self._compile(node, Known(key, self._classes_of(key)), every)

    def _compile(self, node: Node, known: Known, every: bool) -> bool | Test | None:
        if isinstance(node, Leaf):
            return CONDITIONS[node.name].test(node.value, known, every)
        if isinstance(node, With):
            return self._with(node, every)
        if isinstance(node, Not):
            made = self._compile(node.part, known, not every)
            return _negated(made) if callable(made) else made if made is None else not made
        parts = [self._compile(part, known, every) for part in sorted(node.parts, key=_costs)]
        tests = [part for part in parts if callable(part)]
        if isinstance(node, AllOf):
            return None if None in parts else False if False in parts else _all(tests)
        return None if parts.count(None) == len(parts) else True in parts or _any(tests)

    def _with(self, node: With, every: bool) -> Test:
        """One for all keys: its answer is the file's."""
        if test := self._withs.get((id(node), every)):
            return test
        made: dict[Key, bool | Test | None] = {}
        place = 2 * id(node) + every

        def holds(thing: Thing, facts: Facts) -> bool:
            key = key_of(thing)
            if key not in made:
                if len(made) >= MAX_KEYS:
                    made.clear()
                made[key] = self.compile(node.part, key, every=every)
            test = made[key]
            return test(thing, facts) if callable(test) else bool(test)

        def asked(_: Thing, facts: Facts) -> bool:
            answer = facts.memo.get(place)
            if answer is None:
                answer = facts.memo[place] = any(holds(each, facts) for each in facts.matters)
            return answer

        self._withs[id(node), every] = asked
        return asked

    def holds_alone(self, node: Node, key: Key) -> bool:
        """Whether it may hold of a matter that is the only one of its file."""
        if isinstance(node, With):
            return self.holds_alone(node.part, key)
        if isinstance(node, AllOf):
            return all(self.holds_alone(part, key) for part in node.parts)
        if isinstance(node, AnyOf):
            return any(self.holds_alone(part, key) for part in node.parts)
        return self.compile(node, key) not in (None, False)


def _costs(node: Node) -> bool:
    """Whether it is asked behind others: a look at a path takes ten times a comparison."""
    return not isinstance(node, Leaf) or isinstance(CONDITIONS[node.name], OfFile)


def _negated(test: Test) -> Test:
    return lambda thing, facts: not test(thing, facts)


def _all(tests: Sequence[Test]) -> bool | Test:
    if not tests:
        return True
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda thing, facts: first(thing, facts) and second(thing, facts)
    if len(tests) == 3:
        first, second, third = tests
        return lambda thing, facts: first(thing, facts) and second(thing, facts) and third(thing, facts)
    return lambda thing, facts: all(test(thing, facts) for test in tests)


def _any(tests: Sequence[Test]) -> bool | Test:
    if len(tests) < 2:
        return tests[0] if tests else False
    return lambda thing, facts: any(test(thing, facts) for test in tests)
