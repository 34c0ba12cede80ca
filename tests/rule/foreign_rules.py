"""Reading and running rules of other tools, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from dlp.match.allowing import Allowing
from dlp.match.compiling import compile_rules
from dlp.match.engines import kinds
from dlp.match.pattern import PatternMatcher
from dlp.match.values import Digests
from dlp.model import PatternFinding, Suppressed, Text
from dlp.rule.foreign import Converted, Effect, format_of
from dlp.rule.packs import Rules
from dlp.rule.rule import Rule


def converted(text: str, where: str = "theirs", examples: bool = True) -> Converted:
    format = format_of(text.encode(), where)
    assert format is not None
    return format.convert(text.encode(), where, examples=examples)


def one(made: Converted) -> Rule:
    """The only rule there is."""
    (rule,) = made.rules
    return rule


def told(made: Converted, effect: Effect | None = None) -> list[tuple[str, str]]:
    """(rule, field) of the notes."""
    return [(each.rule, each.field) for each in made.notes if effect in (None, each.effect)]


def values(made: Converted, text: str, path: str = "notes.txt") -> list[str]:
    """What the rules find, in the order of the text."""
    return [each.excerpt for each in _heard(made, text, path) if isinstance(each, PatternFinding)]


def allowed(made: Converted, text: str, path: str = "notes.txt") -> list[str]:
    """Why what else matches is no finding."""
    return [each.causes[0] for each in _heard(made, text, path) if isinstance(each, Suppressed)]


def _heard(made: Converted, text: str, path: str) -> Sequence[object]:
    rules = compile_rules(Rules(made.rules, made.allow), kinds()["portable"])
    matcher = PatternMatcher(rules, Digests(b"k" * 32), lambda value: value, Allowing((), made.allow))
    listener = matcher.listen(Text((path,), "text", iter(()), []))
    if listener is None:
        return ()
    listener.feed(text.encode())
    return listener.finish()
