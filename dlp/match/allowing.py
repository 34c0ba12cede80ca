"""Who allows what: words in the text beside a match, and lists. What is allowed is suppressed: counted, never lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from dlp.globs import GlobSet, parse_glob
from dlp.model import Provenance
from dlp.rule.confirm import Match, compiled, line
from dlp.rule.packs import has
from dlp.rule.rule import Allow, Rule

COMMENTS: Final[dict[str, tuple[str, ...]]] = {
    "dlp": ("dlp:allow",),
    "gitleaks": ("gitleaks:allow",),
    "kingfisher": ("kingfisher:ignore", "kingfisher:allow"),
    "betterleaks": ("betterleaks:allow",),
    "trufflehog": ("trufflehog:ignore",),
    "detect-secrets": ("pragma: allowlist secret", "pragma: whitelist secret"),
}
"""What people write on a line to say that it may stand there, by the tool that reads it."""


class Paths:
    """Globs as in .gitignore, or `/regex/`; of a path or of a folder that it is in."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Raises ValueError, saying what is wrong with which."""
        globs, regexes = [], []
        for each in patterns:
            if len(each) > 2 and each.startswith("/") and each.endswith("/"):
                regexes.append(each[1:-1])
            else:
                try:
                    globs.append(parse_glob(each))
                except ValueError as error:
                    raise ValueError(f"`{each}`: {error}") from None
        self._globs = GlobSet(globs) if globs else None
        self._regexes = [compiled(each) for each in regexes]

    def matches(self, provenance: Provenance) -> bool:
        path = "/".join(provenance)
        if any(each.search(path, timeout=1) for each in self._regexes):
            return True
        if self._globs is None:
            return False
        parts = path.lstrip("/").split("/")
        for count in range(1, len(parts) + 1):
            if self._globs.matches("/".join(parts[:count]), parts[count - 1], count < len(parts)):
                return True
        return False


class _List:
    def __init__(self, allow: Allow) -> None:
        self.all, self.rules = allow.all, allow.rules
        self.paths = Paths(allow.paths) if allow.paths else None
        self.values = [compiled(each) for each in allow.values]
        self.matches = [compiled(each) for each in allow.matches]
        self.lines = [compiled(each) for each in allow.lines]
        self.stopwords = [each.lower() for each in allow.stopwords]
        self.digests = frozenset(each.lower() for each in allow.digests)
        self._known: dict[str, bool] = {}

    def is_for(self, rule: Rule) -> bool:
        if not self.rules:
            return True
        if rule.id not in self._known:
            self._known[rule.id] = any(has(rule, each) for each in self.rules)
        return self._known[rule.id]

    def cause(self, text: str, match: Match, digest: str, provenance: Provenance) -> str:
        """What of the match allows it; empty where nothing does."""
        reached = []
        try:
            for name, holds in self._conditions(text, match, digest, provenance):
                if holds and not self.all:
                    return name
                if self.all and not holds:
                    return ""
                reached.append(name)
        except TimeoutError:  # what cannot be told is not allowed
            return ""
        return " and ".join(reached) if self.all else ""

    def _conditions(self, text: str, match: Match, digest: str, provenance: Provenance) -> Iterator[tuple[str, bool]]:
        """(what is looked at, whether it is listed), for each field that is given."""
        if self.digests:
            yield "its digest", digest in self.digests
        if self.stopwords:
            yield "a stopword", any(word in match.value.lower() for word in self.stopwords)
        if self.values:
            yield "its value", any(each.search(match.value, timeout=1) for each in self.values)
        if self.matches:
            whole = text[match.start : match.end]
            yield "its match", any(each.search(whole, timeout=1) for each in self.matches)
        if self.lines:
            beside = line(text, match.start, match.end)
            yield "its line", any(each.search(beside, timeout=1) for each in self.lines)
        if self.paths:
            yield "its path", self.paths.matches(provenance)


class Allowing:
    """What is allowed besides what a rule itself leaves out."""

    def __init__(self, comments: Sequence[str] = ("dlp",), lists: Sequence[Allow] = ()) -> None:
        """`comments`: keys of COMMENTS. Raises ValueError for a list with a bad path."""
        words = [(word, f"{word} on its line") for name in comments for word in COMMENTS[name]]
        self._words: dict[str, str] = dict(words)
        either = "|".join(re.escape(word) for word, _ in words)
        self._comment: Any = re.compile(either) if words else None
        self._lists = [_List(each) for each in lists]

    def cause(self, rule: Rule, text: str, match: Match, digest: str, provenance: Provenance) -> str:
        """Who allows the match of the rule; empty where nobody does."""
        if self._comment:
            found = self._comment.search(line(text, match.start, match.end))
            if found:
                return self._words[found[0]]
        for each in self._lists:
            cause = each.cause(text, match, digest, provenance) if each.is_for(rule) else ""
            if cause:
                return f"allowed by {cause}"
        return ""


@lru_cache(maxsize=4096)
def paths(patterns: tuple[str, ...]) -> Paths:
    """Those of a rule, made once."""
    return Paths(patterns)
