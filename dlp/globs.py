"""Glob patterns as `.gitignore` writes them, as regular expressions that cannot run away.

`*` and `?` stay within one part of a path, `[a-z]` `[!a]` `[[:digit:]]` are one character, `\\`
takes the next character as it is, `**` as a whole part stands for any number of folders. A pattern
without `/` matches a name at any depth, one with a `/` (but at its end) starts at the root, a `/`
at the end means folders only. Source: https://git-scm.com/docs/gitignore.

Between two `*` of a part, and between two `**` of a path, stands something that matches a fixed
number of characters or parts. Whoever takes its first fit leaves the most for what follows, so that
choice never needs to be undone: each stands in an atomic group, and matching costs at most
(length of the pattern) x (length of the path).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

MAX_PATTERN = 4096
"""Characters. A longer pattern is longer than any path."""

_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r"\ \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\ \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}

_STEP = "(?:[^/]++/)*?"


class Glob(msgspec.Struct, frozen=True):
    """One pattern. `regex` is matched from the start of a name (`by_name`) or of a path below the root."""

    regex: str
    by_name: bool
    folders_only: bool


def parse_glob(pattern: str) -> Glob:
    """Raises ValueError, saying what is wrong with the pattern."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(pattern):,} characters; no path is longer than {MAX_PATTERN:,}")
    if pattern.startswith("./"):  # as a shell completes it
        pattern = pattern[1:]
    folders_only = pattern.endswith("/")
    parts = [part for part in pattern.split("/") if part]
    if not parts:
        raise ValueError("the pattern is empty")
    if "/" not in pattern.rstrip("/") and parts != ["**"]:
        return Glob(_part(parts[0]) + r"\Z", True, folders_only)
    return Glob(_path(parts), False, folders_only)


def _path(parts: Sequence[str]) -> str:
    """Runs of parts between `**`: the first at the start, the last at the end, the others where they first fit."""
    runs: list[list[str]] = [[]]
    for part in parts:
        if part != "**":
            runs[-1].append(_part(part))
        elif runs[-1] or len(runs) == 1:  # `**/**` says no more than `**`
            runs.append([])
    if len(runs) == 1:
        return "/".join(runs[0]) + r"\Z"
    first, *middle, last = runs
    out = ["".join(part + "/" for part in first)]
    out += ["(?>" + _STEP + "".join(part + "/" for part in run) + ")" for run in middle]
    out.append(_STEP + "/".join(last) + r"\Z" if last else r"[\s\S]+\Z")
    return "".join(out)


def _part(part: str) -> str:
    """One part of a path: fixed pieces between `*`."""
    pieces: list[str] = [""]
    at = 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            if pieces[-1] or len(pieces) == 1:
                pieces.append("")
        elif char == "?":
            pieces[-1] += "[^/]"
        elif char == "[":
            piece, at = _set(part, at)
            pieces[-1] += piece
        elif char == "\\":
            if at == len(part):
                raise ValueError("a backslash at the end of a part escapes nothing")
            pieces[-1] += re.escape(part[at])
            at += 1
        else:
            pieces[-1] += re.escape(char)
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    # A part is never empty, so a star that stands alone takes one character at least.
    star = "[^/]*" if first or middle or last else "[^/]+"
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle) + star + last + "(?![^/])"


def _set(part: str, at: int) -> tuple[str, int]:
    """The set whose `[` stands before `at`, as a regex, and where it ends. It never matches a `/`."""
    start = at
    inverted = part[at : at + 1] in ("!", "^")
    at += inverted
    out = ""
    first = True
    while True:
        if at >= len(part):
            raise ValueError(f"the '[' at character {start} of a part is never closed")
        if part[at] == "]" and not first:
            break
        first = False
        if part.startswith("[:", at):
            end = part.find(":]", at)
            name = part[at + 2 : end] if end > 0 else ""
            if name not in _POSIX:
                raise ValueError(f"unknown character class in the '[' at character {start} of a part")
            out += _POSIX[name]
            at = end + 2
            continue
        low, at = _char(part, at, start)
        high = low
        if part[at : at + 1] == "-" and part[at + 1 : at + 2] not in ("", "]"):
            high, at = _char(part, at + 1, start)
        if low <= high:
            out += f"{re.escape(low)}-{re.escape(high)}"
    if inverted:
        return (f"[^/{out}]", at + 1)
    return (f"(?!/)[{out}]" if out else "(?!)"), at + 1


def _char(part: str, at: int, start: int) -> tuple[str, int]:
    if part[at] == "\\":
        at += 1
        if at >= len(part):
            raise ValueError(f"the '[' at character {start} of a part is never closed")
    return part[at], at + 1


class GlobSet:
    """Whether any of some patterns matches."""

    def __init__(self, globs: Iterable[Glob]) -> None:
        globs = list(globs)
        self._file_name = _any(g.regex for g in globs if g.by_name and not g.folders_only)
        self._file_path = _any(g.regex for g in globs if not g.by_name and not g.folders_only)
        self._folder_name = _any(g.regex for g in globs if g.by_name)
        self._folder_path = _any(g.regex for g in globs if not g.by_name)

    def matches(self, relative: str, name: str, folder: bool) -> bool:
        """`relative` is the path below the root, `name` its last part."""
        by_name, by_path = (self._folder_name, self._folder_path) if folder else (self._file_name, self._file_path)
        return (by_name is not None and by_name.match(name) is not None) or (
            by_path is not None and by_path.match(relative) is not None
        )


def _any(regexes: Iterable[str]) -> re.Pattern[str] | None:
    text = "|".join(f"(?:{regex})" for regex in regexes)
    return re.compile(text) if text else None


class IgnoreRules:
    """The lines of one ignore file: the last one that matches decides, and `!` takes a name back in."""

    def __init__(self, text: str) -> None:
        self.errors: list[tuple[int, str]] = []
        """Line, counted from 1, and what is wrong with it. Such a line leaves out nothing."""
        rules: list[tuple[Glob, bool]] = []
        for number, line in enumerate(text.split("\n"), 1):
            line = line.removesuffix("\r")
            stripped = line.rstrip(" ")
            if len(stripped) < len(line) and (len(stripped) - len(stripped.rstrip("\\"))) % 2:
                stripped += " "  # the backslash keeps one
            if not stripped or stripped.startswith("#"):
                continue
            negated = stripped.startswith("!")
            try:
                rules.append((parse_glob(stripped[negated:]), negated))
            except ValueError as error:
                self.errors.append((number, str(error)))
        self._any = GlobSet(glob for glob, _ in rules)
        self._latest_first = [(GlobSet((glob,)), not negated) for glob, negated in reversed(rules)]

    def verdict(self, relative: str, name: str, folder: bool) -> bool | None:
        """True: left out. False: taken back in. None: this file says nothing of it."""
        if not self._any.matches(relative, name, folder):
            return None
        return next(ignored for rule, ignored in self._latest_first if rule.matches(relative, name, folder))
