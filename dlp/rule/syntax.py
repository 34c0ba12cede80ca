"""Regular expressions as trees: read once, so that everything else about a pattern (how long a match can be, which
literals it must hold, what a prefilter may look for) is computed and not guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

import msgspec

LAST: Final = 0x10FFFF

Ranges = tuple[tuple[int, int], ...]


class Chars(msgspec.Struct, frozen=True):
    """One character of a set. `ranges` hold every character that can match, case variants included where case does not
    matter; `source` is how the set is written."""

    ranges: Ranges
    source: str


class Edge(msgspec.Struct, frozen=True):
    """A place: `\\b`, `^`, `$` and the like."""

    source: str


class Cat(msgspec.Struct, frozen=True):
    """One after another."""

    nodes: tuple[Node, ...]


class Alt(msgspec.Struct, frozen=True):
    """One of several."""

    nodes: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """`most` is None where there is no bound. `suffix`: "", "?" (lazy) or "+" (possessive)."""

    node: Node
    least: int
    most: int | None
    suffix: str


class Group(msgspec.Struct, frozen=True):
    """`opening`: how it begins, `(` or `(?P<name>` or `(?:` or `(?i:` or `(?=` …; `look`: it takes up nothing."""

    node: Node
    opening: str
    look: bool = False


Node = Chars | Edge | Cat | Alt | Repeat | Group

HIGH: Final = (0x80, LAST)

DIGIT: Final[Ranges] = ((48, 57),)
WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
"""What `\\d` and `\\w` stand for within ASCII."""


def merged(ranges: list[tuple[int, int]] | Ranges) -> Ranges:
    """Sorted, and those that touch as one."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return tuple(out)


def without(ranges: Ranges) -> Ranges:
    out: list[tuple[int, int]] = []
    at = 0
    for low, high in merged(ranges):
        if low > at:
            out.append((at, low - 1))
        at = high + 1
    if at <= LAST:
        out.append((at, LAST))
    return tuple(out)


@functools.lru_cache(maxsize=5000)
def cased(ranges: Ranges, wide: bool) -> Ranges:
    """With the other cases of each character. `wide`: those beyond ASCII, too, that a character of ASCII has."""
    more: list[tuple[int, int]] = list(ranges)
    for low, high in ranges:
        if high >= 128 and high - low > 64:
            more.append(HIGH)  # more than is there, which is all that matters for a prefilter
        elif wide:
            others = _other_cases()
            more += [(other, other) for code in range(low, high + 1) for other in others.get(code, ())]
        for code in range(low, min(high, low + 256) + 1):
            char = chr(code)
            more += [(ord(each), ord(each)) for each in (char.lower(), char.upper(), char.title()) if len(each) == 1]
        if high - low > 256 and low < 128:
            more += [(65, 90), (97, 122)]
    return merged(more)


@functools.cache
def _other_cases() -> dict[int, tuple[int, ...]]:
    """Characters that case alone tells from one that is not their `lower` or `upper`: the long s, the Kelvin sign."""
    families: dict[str, set[int]] = {}
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x1F000)):
        char = chr(code)
        for folded in {char.lower(), char.upper(), char.casefold(), char.lower()[0]}:  # of İ, i and a dot
            if len(folded) == 1 and folded != char:
                families.setdefault(folded, set()).add(code)
    out: dict[int, set[int]] = {}
    for folded, codes in families.items():
        family = {*codes, *(ord(each) for each in (folded, folded.lower(), folded.upper()) if len(each) == 1)}
        for code in family:
            out.setdefault(code, set()).update(family)
    return {code: tuple(sorted(family - {code})) for code, family in out.items()}


def escaped(code: int) -> str:
    """A character as a pattern has it."""
    char = chr(code)
    if char.isalnum() or char in "_ \"'`,;:<>=!@%&/~":
        return char
    return f"\\{char}" if "!" <= char <= "~" else f"\\x{code:02x}" if code < 256 else f"\\U{code:08x}"


def piece(low: int, high: int) -> str:
    return _member(low) if low == high else f"{_member(low)}-{_member(high)}"


def _member(code: int) -> str:
    return chr(code) if chr(code).isalnum() else f"\\x{code:02x}" if code < 256 else f"\\U{code:08x}"


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with each of its parts changed."""
    if isinstance(node, Cat):
        return Cat(tuple(map(change, node.nodes)))
    if isinstance(node, Alt):
        return Alt(tuple(map(change, node.nodes)))
    if isinstance(node, Group):
        return Group(change(node.node), node.opening, node.look)
    if isinstance(node, Repeat):
        return Repeat(change(node.node), node.least, node.most, node.suffix)
    return node


def render(node: Node, line_end: str = "$") -> str:
    """The pattern again, in the one dialect. `line_end`: what to write for `$`."""
    if isinstance(node, Edge):
        return line_end if node.source == "$" else node.source
    if isinstance(node, Chars):
        return node.source
    if isinstance(node, Cat):
        return "".join(
            f"(?:{render(each, line_end)})" if isinstance(each, Alt) else render(each, line_end) for each in node.nodes
        )
    if isinstance(node, Alt):
        return "|".join(render(each, line_end) for each in node.nodes)
    if isinstance(node, Group):
        return f"{node.opening}{render(node.node, line_end)})"
    inner = render(node.node, line_end)
    if not isinstance(node.node, Chars | Group):
        inner = f"(?:{inner})"
    bounds = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((node.least, node.most))
    if bounds is None:
        most = "" if node.most is None else str(node.most)
        bounds = f"{{{node.least}}}" if node.least == node.most else f"{{{node.least},{most}}}"
    return f"{inner}{bounds}{node.suffix}"
