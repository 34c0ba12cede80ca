"""Whether a place in a text is a match of a rule: its regex, then everything else that the rule asks for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import msgspec

from dlp.model import Level
from dlp.rule.parsing import parse
from dlp.rule.placeholders import is_placeholder
from dlp.rule.randomness import entropy
from dlp.rule.required import MAX_MATCH, longest, required
from dlp.rule.rule import ANY, WITHIN, Rule
from dlp.rule.syntax import render

_UP: Final = {Level.LOW: Level.MEDIUM, Level.MEDIUM: Level.HIGH, Level.HIGH: Level.HIGH}


AHEAD: Final = 64
"""Characters that a pattern may look ahead."""


class Match(msgspec.Struct, frozen=True):
    """Characters of the searched text: of the whole match, and of its value."""

    start: int
    end: int
    value_start: int
    value_end: int
    value: str
    confidence: Level


class TooSlow(Exception):
    """A rule took more than its time."""


LINE_END: Final = r"(?=\r?$)"
"""What `$` stands for: lines may end in CR LF."""


def compiled(pattern: str) -> Any:
    """For the module `regex`. `^` and `$` are ends of lines; classes are ASCII's where the pattern is."""
    return _compiled(render(parse(pattern), LINE_END), pattern.isascii())


def _compiled(source: str, ascii: bool) -> Any:
    import regex

    return regex.compile(source, regex.MULTILINE | (regex.ASCII if ascii else regex.UNICODE))


class Shape(msgspec.Struct, frozen=True, array_like=True):
    """What is computed of a rule's pattern. `source`: as `regex` takes it; `longest`: characters behind the beginning
    of a match that are searched; `needed`: one of these is in every match, in lower case, where there is nothing but
    ASCII around."""

    source: str
    longest: int
    needed: tuple[str, ...]


def shape(rule: Rule) -> Shape:
    """Takes milliseconds. Raises `dlp.rule.parsing.PatternError`."""
    tree = parse(rule.pattern)
    size = longest(tree, ascii=True)
    found = required(tree)
    return Shape(
        render(tree, LINE_END),
        MAX_MATCH if size is None else min(size + AHEAD, MAX_MATCH),
        tuple(each.decode() for each in found.literals if each.isascii()) if found else (),
    )


class Confirmer:
    """One rule, ready to search. Compiles its regexes when they are first needed."""

    def __init__(self, rule: Rule, known: Shape | None = None) -> None:
        """`known`: its shape, where that was computed before."""
        self.rule = rule
        self._known = known
        self.spent = 0.0
        """Seconds of CPU time, since whoever uses it set it to 0."""
        self._keywords = [each.lower() for each in rule.keywords]
        self._context = [each.lower() for each in rule.context]
        self._least = None if rule.least == ANY else rule.least
        self._stopwords = [each.lower() for each in rule.allow.stopwords]
        self._confidence = Level(rule.confidence)
        self._refused = ("", "")
        """The value that was refused last for its own sake, and why: text that repeats itself has it line by line."""

    @cached_property
    def _shape(self) -> Shape:
        return self._known or shape(self.rule)

    @cached_property
    def _regex(self) -> Any:
        return _compiled(self._shape.source, self.rule.pattern.isascii())

    @cached_property
    def _validators(self) -> list[tuple[str, Any]]:
        if not self.rule.validators:
            return []
        from dlp.rule.validators import VALIDATORS  # 45 ms, which a scan that meets no value saves

        return [(name, VALIDATORS[name]) for name in self.rule.validators]

    @cached_property
    def _allowed(self) -> list[Any]:
        return [compiled(each) for each in self.rule.allow.values]

    @cached_property
    def _allowed_matches(self) -> list[Any]:
        return [compiled(each) for each in self.rule.allow.matches]

    @cached_property
    def _allowed_lines(self) -> list[Any]:
        return [compiled(each) for each in self.rule.allow.lines]

    def search(self, text: str, start: int, end: int, seconds: float) -> Iterator[Match]:
        """Matches that begin in text[start:end], in their order; what stands around is seen. Raises TooSlow after
        `seconds`."""
        return (each for each in self.judged(text, start, end, seconds) if not isinstance(each, str))

    def judged(self, text: str, start: int, end: int, seconds: float) -> Iterator[Match | str]:
        """As `search`; what the regex matches and is no match tells why."""
        begun = time.thread_time()  # a busy machine is nothing to hold against a rule
        try:
            last = min(end + self._shape.longest, len(text))
            if self._shape.needed:
                # A regex takes a hundred times as long to see that nothing is there.
                region = text[start:last]
                if region.isascii() and not self._holds(region.lower()):
                    return
            found = self._regex.finditer(text, start, last, timeout=max(seconds, 0.001))
            for each in found:
                if each.start() >= end:
                    break
                yield self._judge(text, each)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.spent += time.thread_time() - begun

    def _holds(self, region: str) -> bool:
        return any(word in region for word in self._shape.needed)

    def _judge(self, text: str, found: Any) -> Match | str:
        rule = self.rule
        group = "value" if "value" in self._regex.groupindex else 1 if self._regex.groups else 0
        value = found[group]
        start, end = found.span()
        if not value:
            return "there is no value in the match"
        if end - start > MAX_MATCH:
            return "the match is too long"
        if self._keywords and not self._near(text, start, end, rule.within, self._keywords):
            return "no keyword is near"
        if value == self._refused[0]:
            return self._refused[1]
        if unfit := self._unfit(value):
            self._refused = (value, unfit)
            return unfit
        if self._stopwords:
            low = value.lower()
            if any(each in low for each in self._stopwords):
                return "allowed by a stopword"
        if any(each.search(value, timeout=1) for each in self._allowed):
            return "allowed by its value"
        if any(each.search(found[0], timeout=1) for each in self._allowed_matches):
            return "allowed by its match"
        if self._allowed_lines and any(each.search(line(text, start, end), timeout=1) for each in self._allowed_lines):
            return "allowed by its line"
        for name, valid in self._validators:
            if not valid(value):
                self._refused = (value, f"the validator {name} refuses the value")
                return self._refused[1]
        raised = self._context and self._near(text, start, end, WITHIN, self._context)
        confidence = _UP[self._confidence] if raised else self._confidence
        return Match(start, end, found.start(group), found.end(group), value, confidence)

    def _unfit(self, value: str) -> str:
        """Why it is no value of the rule, by its looks; nothing if it may be one."""
        rule = self.rule
        if rule.entropy and (has := entropy(value)) < rule.entropy:
            return f"entropy {has:.4g} < {rule.entropy:g}"
        if self._least and (lacking := self._least.lacking(value)):
            return lacking
        if rule.secret and is_placeholder(value):
            return "the value looks like a placeholder"
        return ""

    @staticmethod
    def _near(text: str, start: int, end: int, within: int, words: list[str]) -> bool:
        around = text[max(0, start - within) : end + within].lower()
        return any(each in around for each in words)


LINE: Final = 1000
"""Characters of a line that are looked at, before and behind a match."""


def line(text: str, start: int, end: int) -> str:
    """The line or lines in which text[start:end] stands, as far as LINE."""
    first = text.rfind("\n", max(0, start - LINE), start) + 1 or max(0, start - LINE)
    last = text.find("\n", end, end + LINE)
    return text[first : last if last >= 0 else end + LINE]
