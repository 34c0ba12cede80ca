"""Conditions that can never hold, and rules that are never asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from dlp.model import LEVELS, Level
from dlp.policy.amounts import Amount
from dlp.policy.matter import ANY_KIND
from dlp.policy.nodes import AnyOf, Leaf, Node, Not, With, Wrong, conjuncts, kinds

_LEVELS = ("severity", "confidence")
_SINGLE = ("kind", "class", "class-at-least", "skipped", "type", "channel", "coverage", "lies", "jurisdiction")
"""Of which a matter has one: it is in the sets of all conditions on it."""

_ALIKE = {"class-at-least": "class"}


def check(node: Node) -> None:
    """Raises Wrong where it, or what an `any` offers, can never hold."""
    _check(node, ())


def _check(node: Node, outer: Sequence[Node]) -> None:
    """`outer`: what must hold besides."""
    parts = [*outer, *conjuncts(node)]
    _together(parts, node)
    for part in conjuncts(node):
        if isinstance(part, AnyOf):
            rest = [each for each in parts if each is not part and not isinstance(each, AnyOf)]
            for each in part.parts:
                _check(each, rest)
        elif isinstance(part, With) or (isinstance(part, Not) and not isinstance(part.part, Leaf)):
            _check(part.part, ())


def _together(parts: Sequence[Node], node: Node) -> None:
    of = frozenset.intersection(*map(kinds, parts))
    if not of:
        said = ", ".join(map(_name, parts))
        raise Wrong(node.path, f"these never speak of one thing together: {said}; ask for another one by `with`")
    there = [each for each in parts if isinstance(each, Leaf)]
    negated = [each.part for each in parts if isinstance(each, Not) and isinstance(each.part, Leaf)]
    for name in dict.fromkeys(_ALIKE.get(each.name, each.name) for each in there + negated):
        yes = [each for each in there if _ALIKE.get(each.name, each.name) == name]
        no = [each for each in negated if _ALIKE.get(each.name, each.name) == name]
        if not _possible(name, yes, no):
            raise Wrong((yes + no)[-1].path, f"`{name}` can never be so: {_said(yes, no)}")


def _possible(name: str, yes: Sequence[Leaf], no: Sequence[Leaf]) -> bool:
    if any(isinstance(each.value, Amount) for each in (*yes, *no)):
        return _amount_possible([each.value for each in yes], [each.value for each in no])
    if name in _LEVELS:
        lowest = max((each.value.rank for each in yes), default=0)
        return lowest < min((each.value.rank for each in no), default=len(LEVELS))
    if name in _SINGLE and yes:
        allowed = frozenset.intersection(*(frozenset(each.value) for each in yes))
        return bool(allowed.difference(*(each.value for each in no)))
    return not any(one.written == other.written for one in yes for other in no)


def _amount_possible(yes: Sequence[Amount], no: Sequence[Amount]) -> bool:
    least = max((each.least for each in yes), default=0.0)
    below = min((each.below for each in yes), default=math.inf)
    for each in sorted(no, key=lambda amount: amount.least):  # each takes a stretch away
        if each.least <= least:
            least = max(least, each.below)
        elif each.below >= below:
            below = min(below, each.least)
    return least < below and not math.isinf(least)


def _name(node: Node) -> str:
    if isinstance(node, Leaf):
        return f"`{node.name}`"
    return f"`{'not' if isinstance(node, Not) else 'with' if isinstance(node, With) else 'any'}`"


def _said(yes: Sequence[Leaf], no: Sequence[Leaf]) -> str:
    return " and ".join([*(_text(each.written) for each in yes), *(f"not {_text(each.written)}" for each in no)])


def _text(written: Any) -> str:
    return str(written).lower() if isinstance(written, bool) else str(written)


def covers(wide: Node, narrow: Node) -> bool:
    """Whether `wide` surely holds wherever `narrow` does, as far as the conditions' own figures and lists tell."""
    parts = list(conjuncts(narrow))
    return all(any(_implied(need, each) for each in parts) for need in conjuncts(wide))


def _implied(need: Node, there: Node) -> bool:
    if isinstance(need, AnyOf):
        return any(covers(each, there) for each in need.parts)
    if isinstance(there, AnyOf):
        return all(covers(need, each) for each in there.parts)
    if isinstance(need, Not) and isinstance(there, Not):
        return covers(there.part, need.part)
    if isinstance(need, With) and isinstance(there, With):
        return covers(need.part, there.part)
    return isinstance(need, Leaf) and isinstance(there, Leaf) and _weaker(need, there)


def _weaker(need: Leaf, there: Leaf) -> bool:
    if need.name == "kind":
        return frozenset(need.value) >= there.kinds
    if need.name != there.name:
        return False
    if isinstance(need.value, Amount) and isinstance(there.value, Amount):
        return need.value.least <= there.value.least and there.value.below <= need.value.below
    if isinstance(need.value, Level) and isinstance(there.value, Level):
        return need.value.rank <= there.value.rank
    if need.name in _SINGLE:
        return frozenset(need.value) >= frozenset(there.value)
    return _listed(need) >= _listed(there)


def _listed(leaf: Leaf) -> frozenset[str]:
    return frozenset(map(str, leaf.written if isinstance(leaf.written, list) else [leaf.written]))


def unreachable(rules: Sequence[tuple[str, Node, bool]]) -> Iterator[tuple[int, str]]:
    """(place of a rule that is never asked, name of the one that stops before it). `rules`: name, conditions, whether
    it stops the search."""
    for at, (_, node, _) in enumerate(rules):
        for name, wide, stops in rules[:at]:
            if stops and kinds(node) <= kinds(wide) and covers(wide, node):
                yield at, name
                break


def bare(node: Node) -> bool:
    """Whether it says nothing of what was found in a file."""
    return kinds(node) == ANY_KIND and not any(isinstance(each, With) for each in conjuncts(node))
