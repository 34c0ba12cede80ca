"""The matcher of patterns, made from what the user asks for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from dlp.errors import UsageError
from dlp.match.allowing import COMMENTS, Allowing
from dlp.match.compiling import ready
from dlp.match.engines import choose
from dlp.match.pattern import SECONDS, PatternMatcher
from dlp.match.values import Digests
from dlp.report.excerpt import REDACTED, redact
from dlp.rule.packs import Selection, written


class Patterns(msgspec.Struct, frozen=True):
    """`comments`: whose words on a line allow it (see `dlp.match.allowing.COMMENTS`); `redact`: percent of a value that
    is hidden; `seconds`: that a rule may take for one text."""

    selection: Selection = Selection()
    comments: tuple[str, ...] = ("dlp",)
    redact: int = REDACTED
    seconds: float = SECONDS


def pattern_matcher(
    patterns: Patterns,
    key: bytes,
    version: str,
    environment: Mapping[str, str],
    tell: Callable[[str], None] = lambda _: None,
    compiling: Callable[[], None] = lambda: None,
    listing: Digests | None = None,
) -> PatternMatcher:
    """`key`: of digests; `listing`: those of a baseline. `tell`: the user, of rules that are not quite what their files
    say. `compiling` is called before what takes seconds, and is done once. Raises ConfigError, UsageError."""
    selection = patterns.selection
    made = ready(written(selection), selection, choose(), version, cache_folder(environment), compiling)
    for note in made.notes:
        tell(note)
    try:
        allowing = Allowing(patterns.comments, made.allow)
    except KeyError as error:
        raise UsageError(f"no comments of {error}; there are those of {', '.join(COMMENTS)}") from None
    mask = partial(redact, percent=patterns.redact)
    return PatternMatcher(made.rules, Digests(key), mask, allowing, patterns.seconds, listing)


def cache_folder(environment: Mapping[str, str]) -> str | None:
    """$DLP_CACHE, else `dlp` in the user's cache folder. An empty $DLP_CACHE: nothing is kept."""
    if "DLP_CACHE" in environment:
        return environment["DLP_CACHE"] or None
    base = environment.get("XDG_CACHE_HOME", "")
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    base = base if os.path.isabs(base) else os.path.expanduser(usual)
    return os.path.join(base, "dlp") if os.path.isabs(base) else None
