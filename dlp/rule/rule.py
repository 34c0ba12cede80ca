"""A rule as data. rules/README.md is the reference of its fields."""

from __future__ import annotations

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
    """What is no finding though it matches. `values` and `lines`: regexes, searched for; `stopwords`: in the value,
    whatever the case; `paths`: globs as in .gitignore, or `/regex/`; `digests`: as findings have them."""

    values: Sequence[str] = ()
    lines: Sequence[str] = ()
    stopwords: Sequence[str] = ()
    paths: Sequence[str] = ()
    digests: Sequence[str] = ()


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
