"""The pass that says where in a text rules may match: one seam, two engines, the same findings from both.

An engine may name a place where nothing is, and must name every place where something is. What decides is the rule's
own regex, and where it is tried does not depend on the engine (see `dlp.match.pattern`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from dlp.rule.parsing import parse
from dlp.rule.required import MAX_MATCH, Required, longest, required
from dlp.rule.rule import Rule

Places = Sequence[tuple[int, int, int]]
"""(rule, first byte, last byte): a match of the rule may begin there. In any order; they may lie outside the window."""


class Engine(Protocol):
    """Looks for places where rules may match."""

    def places(self, window: bytes) -> Places:
        """Every place in `window`. Raises MemoryError."""
        ...


class Kind(Protocol):
    """A kind of engine."""

    name: str

    def compile(self, rules: Sequence[Rule]) -> bytes:
        """All that `load` needs to look for the rules. Raises `dlp.rule.parsing.PatternError`."""
        ...

    def load(self, compiled: bytes) -> Engine: ...

    def version(self) -> str:
        """Of the form of what it compiles."""
        ...


class Sought(msgspec.Struct, frozen=True):
    """What an engine may go by to find a rule's matches: its keywords (the characters beside a match in which one must
    stand, and the bytes a match may have), and the pattern's own literals."""

    keywords: tuple[bytes, ...]
    within: int
    longest: int
    required: Required | None

    def beside(self) -> tuple[int, int]:
        """Bytes in which a match may begin before a keyword's end, and behind it."""
        wide = 4 * self.within  # the text may be of any script
        return self.longest + wide + max(map(len, self.keywords), default=0), wide


def sought(rule: Rule) -> Sought:
    """Raises `dlp.rule.parsing.PatternError`."""
    tree = parse(rule.pattern)
    size = longest(tree)
    keywords = sorted({each.encode().lower() for keyword in rule.keywords for each in _cases(keyword)})
    return Sought(tuple(keywords), rule.within, MAX_MATCH if size is None else min(size, MAX_MATCH), required(tree))


def _cases(word: str) -> tuple[str, ...]:
    return word, word.lower(), word.upper(), word.title()
