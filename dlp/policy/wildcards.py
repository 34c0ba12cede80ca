"""Patterns of names and of paths, which cannot run away whatever they are asked of."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from dlp.globs import GlobSet, parse_glob


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
        self._whole = GlobSet(parse_glob(each) for each in patterns if each.startswith("/"))
        self._any_depth = GlobSet(parse_glob("**/" + each.removeprefix("./")) for each in patterns if each[:1] != "/")

    def matches(self, path: str, whole: str) -> bool:
        """`path` as it is known; `whole`: from the root on."""
        return _matches(self._any_depth, path.strip("/")) or _matches(self._whole, whole.strip("/"))


def _matches(globs: GlobSet, path: str) -> bool:
    at = path.find("/")
    while at >= 0:
        if globs.matches(path[:at], os.path.basename(path[:at]), True):
            return True
        at = path.find("/", at + 1)
    return globs.matches(path, os.path.basename(path), False)
