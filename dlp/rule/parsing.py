"""Reading patterns. The dialect is Python's `re` without backreferences and conditionals. Those of RE2 and of Rust are
read as well, where they say something that Python's can: flags in the middle, POSIX classes, `\\z`, `\\x{…}`,
`\\Q…\\E`.
"""

from __future__ import annotations

import functools
import string
from typing import Final

from dlp.rule.syntax import (
    DIGIT,
    HIGH,
    LAST,
    WORD,
    Alt,
    Cat,
    Chars,
    Edge,
    Group,
    Node,
    Ranges,
    Repeat,
    cased,
    escaped,
    merged,
    piece,
    without,
)

MAX_DEPTH: Final = 50
"""Groups inside one another."""

MAX_REPEAT: Final = 100_000

MAX_LENGTH: Final = 20_000
"""Characters of a pattern."""


class PatternError(ValueError):
    """What is wrong, and at which character of the pattern."""


_SPACE: Final[Ranges] = ((9, 13), (32, 32))
_POSIX: Final[dict[str, Ranges]] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": _SPACE,
    "upper": ((65, 90),),
    "word": WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_CONTROL: Final = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "a": 7, "0": 0}
_EDGES: Final = {"b": r"\b", "B": r"\B", "A": r"\A", "Z": r"\Z", "z": r"\Z"}


@functools.lru_cache(maxsize=5000)
def parse(pattern: str) -> Node:
    """Raises PatternError."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"{len(pattern):,} characters; a pattern has at most {MAX_LENGTH:,}")
    return _Parser(pattern).whole()


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0
        self._flags: frozenset[str] = frozenset()
        self._wide = not pattern.isascii()
        """Whether classes such as \\w hold letters beyond ASCII."""

    def whole(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._text):
            raise self._error("`)` that closes nothing")
        return node

    def _error(self, problem: str) -> PatternError:
        return PatternError(f"{problem}, at character {self._at + 1}")

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self._at += len(text)
            return True
        return False

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise self._error("the pattern ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _alternatives(self) -> Node:
        before = self._flags
        branches: list[Node] = []
        while True:
            now = "i" in self._flags
            branch = self._sequence()
            # A flag that an earlier branch has set holds for this one, too.
            branches.append(branch if now == ("i" in before) else Group(branch, "(?i:" if now else "(?-i:"))
            if not self._take("|"):
                break
        self._flags = before
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def _sequence(self) -> Node:
        nodes: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if "x" in self._flags and self._blank():
                continue
            before = "i" in self._flags
            if self._flag_group():
                now = "i" in self._flags
                if now != before:  # to the end of the group that it stands in
                    nodes.append(Group(self._sequence(), "(?i:" if now else "(?-i:"))
                continue
            node = self._atom()
            if isinstance(node, Cat):  # quoted: only its last character is repeated
                nodes += node.nodes[:-1]
                node = node.nodes[-1] if node.nodes else None
            if node is not None:
                nodes.append(self._repeated(node))
        return nodes[0] if len(nodes) == 1 else Cat(tuple(nodes))

    def _blank(self) -> bool:
        """Skips white space and comments of a verbose pattern."""
        start = self._at
        while self._at < len(self._text):
            if self._text[self._at] in string.whitespace:
                self._at += 1
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                break
        return self._at > start

    def _flag_group(self) -> bool:
        """Takes `(?i)`: flags from here on."""
        if not self._peek("(?"):
            return False
        end = self._at + 2
        while end < len(self._text) and self._text[end] in "imsxuUaL-":
            end += 1
        if end == self._at + 2 or self._text[end : end + 1] != ")":
            return False
        self._set(self._text[self._at + 2 : end])
        self._at = end + 1
        return True

    def _set(self, letters: str) -> None:
        on, _, off = letters.partition("-")
        self._flags = (self._flags | frozenset(on)) - frozenset(off)

    def _atom(self) -> Node | None:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            if "s" in self._flags:
                return Chars(((0, LAST),), r"[\s\S]")
            return Chars(((0, 9), (11, LAST)), ".")
        if char == "^":
            return Edge("^")
        if char == "$":
            return Edge("$")
        if char == "\\":
            return self._escape()
        if char in "*+?":
            raise self._error(f"`{char}` repeats nothing")
        return self._char(ord(char))

    def _char(self, code: int) -> Chars:
        ranges: Ranges = ((code, code),)
        return Chars(cased(ranges, self._wide) if "i" in self._flags else ranges, escaped(code))

    def _escape(self) -> Node | None:
        char = self._next()
        if char in _EDGES:
            if char == "b" and self._peek("{"):
                raise self._error(r"`\b{…}` is not read")
            return Edge(_EDGES[char])
        if char == "Q":
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at : end if end >= 0 else len(self._text)]
            self._at = len(self._text) if end < 0 else end + 2
            return Cat(tuple(self._char(ord(each)) for each in quoted))
        if char == "E":
            return None
        named = self._named(char)
        return named if named else self._char(self._code(char))

    def _named(self, char: str) -> Chars | None:
        """`\\d` and its like."""
        plain = {"d": DIGIT, "w": WORD, "s": _SPACE, "h": ((9, 9), (32, 32)), "N": ((10, 10),)}
        if char == "h":
            return Chars(plain["h"], r"[ \t]")
        if char in "dws":
            ranges = plain[char]
            return Chars((*ranges, HIGH) if self._wide else ranges, "\\" + char)
        if char in "DWS":
            ranges = without(plain[char.lower()])
            return Chars(ranges, "\\" + char)
        if char == "R":
            return Chars(((10, 10), (13, 13)), r"[\r\n]")
        if char in "pP":
            raise self._error(rf"`\{char}` (classes by Unicode property) is not read")
        return None

    def _code(self, char: str) -> int:
        if char in _CONTROL:
            return _CONTROL[char]
        if char in "xuU":
            digits = {"x": 2, "u": 4, "U": 8}[char]
            if self._take("{"):
                end = self._text.find("}", self._at)
                number, self._at = self._text[self._at : end], end + 1
            else:
                number = self._text[self._at : self._at + digits]
                self._at += digits
                if len(number) < digits:
                    raise self._error(f"`\\{char}` needs {digits} digits")
            if not number or not set(number) <= set(string.hexdigits) or int(number, 16) > LAST:
                raise self._error(f"`\\{char}{number}` is no character")
            return int(number, 16)
        if char.isalnum():
            kind = "a backreference" if char.isdigit() else "an escape"
            raise self._error(f"`\\{char}` is {kind} that is not read")
        return ord(char)

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} groups inside one another")
        before = self._flags
        opening, look = self._opening()
        node = self._alternatives()
        if not self._take(")"):
            raise self._error("`(` that is never closed")
        self._flags = before
        self._depth -= 1
        return Group(node, opening, look)

    def _opening(self) -> tuple[str, bool]:
        if not self._take("?"):
            return "(", False
        for kind in ("<=", "<!", "=", "!"):
            if self._take(kind):
                return f"(?{kind}", True
        if self._take("P<") or self._take("<"):
            end = self._text.find(">", self._at)
            name = self._text[self._at : end]
            if end < 0 or not name.isascii() or not name.isidentifier():
                raise self._error("a group's name is letters, digits and `_`")
            self._at = end + 1
            return f"(?P<{name}>", False
        if self._take("#"):
            raise self._error("comments in groups are not read")
        if self._take(">"):
            return "(?>", False
        colon = self._text.find(":", self._at)
        letters = self._text[self._at : colon] if colon >= 0 else "?"
        if not set(letters) <= set("imsx-"):
            raise self._error("a kind of group that is not read")
        self._at = colon + 1
        before = "i" in self._flags
        self._set(letters)
        now = "i" in self._flags
        return ("(?:" if before == now else "(?i:" if now else "(?-i:"), False

    def _repeated(self, node: Node) -> Node:
        while self._at < len(self._text):
            if "x" in self._flags:
                self._blank()
            start = self._at
            bounds = self._bounds()
            if bounds is None:
                break
            least, most = bounds
            if isinstance(node, Edge):
                raise self._error(f"`{self._text[start : self._at]}` repeats a place")
            if isinstance(node, Repeat):
                node = Group(node, "(?:")
            suffix = "?" if self._take("?") else "+" if self._take("+") else ""
            if "U" in self._flags and suffix != "+":
                suffix = "" if suffix else "?"
            node = Repeat(node, least, most, suffix)
        return node

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if not self._peek("{"):
            return None
        end = self._text.find("}", self._at)
        first, comma, second = self._text[self._at + 1 : end].partition(",")
        if end < 0 or not (first + second).isdecimal() or not (first + second).isascii():
            return None  # a brace that stands for itself
        self._at = end + 1
        least = int(first or 0)
        most = (int(second) if second else None) if comma else least
        if max(least, most or 0) > MAX_REPEAT or (most is not None and most < least):
            raise self._error(f"`{{{first}{comma}{second}}}` is no number of times")
        return least, most

    def _class(self) -> Chars:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        pieces: list[str] = []
        first = True
        while first or not self._take("]"):
            if not first and (self._peek("&&") or self._peek("--")):
                raise self._error("set operations inside a class are not read")
            first = False
            low = self._posix() if self._peek("[:") else self._member()
            if isinstance(low, Chars):
                ranges += low.ranges
                pieces.append(low.source)
                continue
            high = low
            if self._peek("-") and not self._peek("-]"):
                self._at += 1
                end = self._member()
                if isinstance(end, Chars) or end < low:
                    raise self._error("a range that ends before it begins")
                high = end
            ranges.append((low, high))
            pieces.append(piece(low, high))
        found = merged(ranges)
        if negated:  # at least what it holds: neither the other case, nor in other scripts what a class leaves open
            found = merged((*without(found), HIGH)) if self._wide else without(found)
        elif "i" in self._flags:
            found = cased(found, self._wide)
        if not found:
            raise self._error("a class that no character is in")
        return Chars(found, f"[{'^' if negated else ''}{''.join(pieces)}]")

    def _posix(self) -> Chars:
        end = self._text.find(":]", self._at)
        name = self._text[self._at + 2 : end] if end >= 0 else ""
        if name.removeprefix("^") not in _POSIX:
            raise self._error(f"`[:{name}:]` is no class")
        self._at = end + 2
        found = _POSIX[name.removeprefix("^")]
        if name.startswith("^"):
            found = without(found)
        return Chars(found, "".join(piece(*each) for each in found))

    def _member(self) -> Chars | int:
        char = self._next()
        if char != "\\":
            return ord(char)
        char = self._next()
        if char == "b":
            return 8
        return self._named(char) or self._code(char)
