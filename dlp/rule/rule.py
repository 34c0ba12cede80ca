"""A rule as data. rules/README.md is the reference of its fields."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from dlp.model import Level

WITHIN: Final = 80
"""Characters beside a match in which a keyword must stand, where a rule does not say otherwise, and in which context
words raise the confidence."""

SECRET: Final = "secret"
"""The tag of rules whose values must not look like placeholders."""

GENERIC: Final = "generic"
"""The tag of rules that yield to any other rule that finds the same place."""


class Allow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is no finding though it matches. `values`, `matches` (the whole match) and `lines`: regexes, searched for;
    `stopwords`: in the value, whatever the case; `paths`: globs as in .gitignore, or `/regex/`; `digests`: as findings
    have them. One of these allows, or, with `all`, each field that is given must. `rules`: ids or tags for whose rules
    it is; where it names none, for every rule. A rule's own list has neither `digests` nor `all` nor `rules`."""

    values: Sequence[str] = ()
    matches: Sequence[str] = ()
    lines: Sequence[str] = ()
    stopwords: Sequence[str] = ()
    paths: Sequence[str] = ()
    digests: Sequence[str] = ()
    all: bool = False
    rules: Sequence[str] = ()


class Least(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Characters of a kind that a value must have at least; ASCII's. `special`: of those in `specials`."""

    digits: int = 0
    upper: int = 0
    lower: int = 0
    special: int = 0
    specials: str = string.punctuation

    def lacking(self, value: str) -> str:
        """What the value has too few of, in words; empty where it has enough."""
        for name, least, kind in (
            ("digits", self.digits, string.digits),
            ("capital letters", self.upper, string.ascii_uppercase),
            ("small letters", self.lower, string.ascii_lowercase),
            ("special characters", self.special, self.specials),
        ):
            if least and (there := sum(each in kind for each in value)) < least:
                return f"{name}: {there} < {least}"
        return ""


ANY: Final = Least()


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See rules/README.md. `pattern` is in the one dialect (see `dlp.rule.parsing`)."""

    id: str
    name: str
    tags: Sequence[str]
    severity: Level
    confidence: Literal["low", "medium", "high"]
    pattern: str
    examples: Sequence[str]
    counterexamples: Sequence[str]
    description: str = ""
    service: str = ""
    keywords: Sequence[str] = ()
    within: int = WITHIN
    entropy: float = 0.0
    least: Least = ANY
    validators: Sequence[str] = ()
    context: Sequence[str] = ()
    paths: Sequence[str] = ()
    allow: Allow = Allow()
    counts: Mapping[int, Level] = msgspec.field(default_factory=dict)
    references: Sequence[str] = ()

    @property
    def counting(self) -> bool:
        """Whether all values in one text are one finding, which counts them."""
        return bool(self.counts)

    @property
    def secret(self) -> bool:
        return SECRET in self.tags
