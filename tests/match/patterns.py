"""Rules and texts for tests of patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlp.match.allowing import Allowing
from dlp.match.engine import Kind, Places
from dlp.match.engines import kinds
from dlp.match.pattern import PatternMatcher, RuleSet
from dlp.match.seam import Heard
from dlp.match.values import Digests
from dlp.model import Level, Text
from dlp.rule.confirm import shape
from dlp.rule.rule import Rule

KEY = b"k" * 32


def rule(pattern: str, id: str = "a-rule", **more: Any) -> Rule:
    fields: dict[str, Any] = {
        "id": id,
        "name": id.replace("-", " "),
        "tags": ("test",),
        "severity": Level.HIGH,
        "confidence": "medium",
        "examples": (),
        "counterexamples": (),
    }
    return Rule(pattern=pattern, **(fields | more))


class Everywhere:
    """The reference: no pass at all, every rule is tried in every block."""

    name = "everywhere"
    rules = 0

    def compile(self, rules: Sequence[Rule]) -> bytes:
        return b"%d" % len(rules)

    def load(self, compiled: bytes) -> Everywhere:
        loaded = Everywhere()
        loaded.rules = int(compiled)
        return loaded

    def places(self, window: bytes) -> Places:
        return [(rule, 0, len(window)) for rule in range(self.rules)]

    def version(self) -> str:
        return ""


def engines() -> list[Kind]:
    return [*kinds().values(), Everywhere()]


def matcher(rules: Sequence[Rule], kind: Kind | None = None, **more: Any) -> PatternMatcher:
    kind = kind or kinds()["native"]
    made = RuleSet(tuple(rules), tuple(map(shape, rules)), kind.load(kind.compile(rules)))
    allowing = more.pop("allowing", Allowing())
    return PatternMatcher(made, Digests(KEY), lambda value: value, allowing, **more)


def heard(made: PatternMatcher, data: bytes, sizes: Sequence[int] = (), path: str = "file.txt") -> list[Heard]:
    """`sizes`: of the chunks, again and again; one chunk where there are none."""
    listener = made.listen(Text((path,), "text", iter(()), []))
    if listener is None:
        return []
    at = number = 0
    while at < len(data):
        size = max(sizes[number % len(sizes)], 1) if sizes else len(data)
        listener.feed(data[at : at + size])
        at += size
        number += 1
    return listener.finish()
