"""Patterns of names and of paths, which cannot run away whatever they are asked of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from dlp.globs import Glob, parse_glob


class Wildcard:
    """Names in which `*` stands for anything and `?` for one character."""

    def __init__(self, patterns: Sequence[str], *, fold: bool = False) -> None:
        """`fold`: whether capitals mean nothing."""
        text = "|".join(f"(?:{_regex(each)})" for each in patterns)
        self._matches = re.compile(text, re.DOTALL | (re.IGNORECASE if fold else 0)).match

    def matches(self, name: str) -> bool:
        return self._matches(name) is not None


def _regex(pattern: str) -> str:
    """What stands between two stars is taken where it first fits: no choice is ever undone."""
    first, *others = ["".join("." if char == "?" else re.escape(char) for char in part) for part in pattern.split("*")]
    if not others:
        return first + r"\Z"
    *middle, last = others
    return first + "".join(f"(?>.*?{part})" for part in middle if part) + f".*{last}" + r"\Z"


class Paths:
    """Patterns of paths as in .gitignore. One that begins with `/` is of the whole path; any other matches at whatever
    depth. What matches a folder matches all that lies in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises ValueError for what is no pattern."""
        for each in patterns:
            parse_glob(each)
        self._whole = _any(each for each in patterns if each.startswith("/"))
        self._any_depth = _any("**/" + each.removeprefix("./") for each in patterns if not each.startswith("/"))

    def matches(self, path: str, whole: str) -> bool:
        """`path` as it is known; `whole`: from the root on."""
        if self._any_depth is not None and self._any_depth(path.strip("/")):
            return True
        return self._whole is not None and self._whole(whole.strip("/")) is not None


def _any(patterns: Iterable[str]) -> Callable[[str], re.Match[str] | None] | None:
    texts = [f"(?:{_within(parse_glob(each))})" for each in patterns]
    return re.compile("|".join(texts)).match if texts else None


def _within(glob: Glob) -> str:
    """Of what it matches, and of all that lies in that."""
    end = r"\Z"
    assert glob.regex.endswith(end)
    below = r"/[\s\S]*\Z" if glob.folders_only else r"(?:/[\s\S]*)?\Z"
    return glob.regex.removesuffix(end) + below
