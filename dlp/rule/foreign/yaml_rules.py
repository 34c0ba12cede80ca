"""What kingfisher's and Nosey Parker's rules have in common: a list `rules` of YAML, each with name, id and pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from dlp.errors import ConfigError
from dlp.plain_yaml import Page
from dlp.rule.foreign.drafting import Drafts, bounded
from dlp.rule.foreign.patterns import needs_line_ends, uncommented
from dlp.rule.foreign.seam import Effect
from dlp.rule.loading import MAX_SIZE
from dlp.rule.parsing import MAX_LENGTH, PatternError, parse
from dlp.rule.syntax import Node

MAX_DEPTH: Final = 30
"""Lists and mappings inside one another: requests that would validate a secret are deep."""

OURS: Final = frozenset(("tags", "severity", "counterexamples"))
"""Fields that our rules must have, and theirs never do."""

_VERSION: Final = re.compile(rb"^[\"']?version[\"']?[ \t]*:", re.MULTILINE)

T = TypeVar("T")


def opened(text: bytes, where: str, what: str) -> Page:
    """Raises ConfigError."""
    return Page(text, where, what, size=MAX_SIZE, depth=MAX_DEPTH)


def rules_of(text: bytes, where: str) -> list[Mapping[str, Any]]:
    """The rules of a file that may be of one of these tools; none where it is not."""
    if _VERSION.search(text):
        return []
    try:
        data = opened(text, where, "").data
    except ConfigError:
        return []
    rules = data.get("rules") if isinstance(data, dict) and "version" not in data else None
    if not isinstance(rules, list) or not all(isinstance(each, dict) for each in rules):
        return []
    theirs = [each for each in rules if {"id", "name", "pattern"} & set(each) and not OURS & set(each)]
    return theirs if len(theirs) == len(rules) else []


def typed(page: Page, kind: type[T]) -> list[T]:
    """Its rules. Raises ConfigError."""
    rules: list[T] = page.convert(page.data["rules"], list[kind], "rules")  # type: ignore[valid-type]
    bounded(rules, page.where)
    return rules


def unknown(page: Page, number: int, kind: Any) -> Sequence[str]:
    """Fields of a rule that its format does not have."""
    return [str(each) for each in page.data["rules"][number] if each not in kind.__struct_fields__]


Say = Callable[[str, str, Effect], None]
"""Notes something of one rule: field, problem, effect."""


def noting(drafts: Drafts, page: Page, number: int, id: str) -> Say:
    def note(field: str, problem: str, effect: Effect) -> None:
        drafts.note(page.at("rules", number, *field.split(".")), id, field, problem, effect)

    return note


def tree_of(pattern: str, note: Say) -> Node | None:
    """None, with a note, where the pattern cannot be read."""
    if len(pattern) > MAX_LENGTH:
        note("pattern", f"{len(pattern):,} characters; at most {MAX_LENGTH:,} are read", Effect.LEFT_OUT)
        return None
    plain = uncommented(pattern)
    try:
        tree = parse(plain)
    except PatternError as error:
        note("pattern", str(error), Effect.LEFT_OUT)
        return None
    if needs_line_ends(plain, tree):
        note("pattern", "`^` and `$` are ends of lines here, and of the whole text there", Effect.LOOSER)
    return tree
