"""A pattern as Hyperscan takes it: an expression over bytes that ends wherever a match of the pattern may have been
seen well enough. It says yes too often and never no wrongly:

- what is behind a match's last certain part is cut off, a repetition at its end taken at its least;
- places and looks that bytes cannot decide are left out;
- a character beyond ASCII is one to four bytes with the high bit set, or exactly its bytes where few are meant.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import msgspec

from dlp.rule.required import MAX_MATCH, longest, within
from dlp.rule.syntax import HIGH, LAST, Alt, Cat, Chars, Edge, Group, Node, Ranges, Repeat, rebuilt, without

REPEAT: Final = 32
"""Times that a repetition is counted; beyond it is only known to go on."""

ENOUGH: Final = 56.0
"""Bits: a beginning of a match that one place in 2^56 of text has is seen well enough; the rest is cut off."""

TELLING: Final = 8.0
"""Bits that a value must have to be looked for by itself, near a keyword."""

_FREQUENCIES: Final = (
    ((0x61, 0x7A), 0.60),  # of small letters, capitals, digits, white space, signs, bytes beyond ASCII in program code
    ((0x41, 0x5A), 0.06),
    ((0x30, 0x39), 0.05),
    ((0x09, 0x0D), 0.03),
    ((0x20, 0x20), 0.15),
    ((0x21, 0x2F), 0.05),
    ((0x3A, 0x40), 0.02),
    ((0x5B, 0x60), 0.02),
    ((0x7B, 0x7E), 0.01),
    ((0x80, LAST), 0.01),
)

MOST_STATES: Final = 400
"""Characters of an expression, repetitions written out; of a longer one repetitions are not counted."""

_ALNUM: Final[Ranges] = ((48, 57), (65, 90), (97, 122))
_WORD: Final[Ranges] = ((48, 57), (65, 90), (95, 95), (97, 122))
_NO_LETTER: Final = Group(Chars(_ALNUM, ""), "(?<!", look=True)
_SIZES: Final = (16, 20, 32)
_CLASSES: Final[tuple[Ranges, ...]] = (
    ((48, 57), (97, 102)),
    ((48, 57), (65, 90), (97, 122)),
    ((43, 43), (45, 57), (61, 61), (65, 90), (95, 95), (97, 122)),
)
"""Hexadecimal; letters and digits; what encodings and tokens add."""


class Expression(msgspec.Struct, frozen=True):
    """`source`: for HS_FLAG_MULTILINE, bytes. A match begins at most `reach` bytes before an end that is reported;
    `reach_ascii`: the same in a text of ASCII alone."""

    source: str
    reach: int
    reach_ascii: int


def expression(node: Node, ascii: bool = True) -> Expression:
    """Of a pattern that takes up something. `ascii`: `\\b` in it goes by ASCII's letters, as Hyperscan's does."""
    return _made(_cut(_enough(node, ENOUGH)[0]), ascii, 0, 0)


def value_expression(node: Node, ascii: bool = True) -> Expression | None:
    """Of the value alone, where it is telling enough beside a keyword: it is short, and many rules have the same."""
    found = _value(node)
    if found is None:
        return None
    value, before, before_ascii = found
    short = _family(_cut(_enough(value, ENOUGH)[0]))
    if ENOUGH - _enough(short, ENOUGH)[1] < TELLING:
        return None
    return _made(short, ascii, before, before_ascii)


def _made(node: Node, ascii: bool, before: int | None, before_ascii: int | None) -> Expression:
    """`before`: bytes that may stand before the node in a match."""
    reaches = [
        MAX_MATCH if size is None or more is None else min(more + size + 1, MAX_MATCH)  # one for a byte in front of it
        for size, more in ((longest(node), before), (longest(node, ascii=True), before_ascii))
    ]
    if not ascii:
        node = _without_edges(node)
    if _states(node) > MOST_STATES:
        node = _uncounted(node)
    return Expression(_emit(_later(node), first=True), *reaches)


def _later(node: Node) -> Node:
    """Without what a match may as well begin behind."""
    if isinstance(node, Group) and not node.look:
        return Group(_later(node.node), node.opening)
    if isinstance(node, Alt):
        return Alt(tuple(map(_later, node.nodes)))
    if isinstance(node, Repeat):
        return Repeat(node.node, node.least, node.least, "") if isinstance(node.node, Chars) else node
    if isinstance(node, Cat):
        nodes = list(node.nodes)
        while nodes:
            first = _later(nodes[0])
            if not (_empty(first) or (isinstance(first, Repeat) and first.least == 0)):
                return Cat((first, *nodes[1:]))
            nodes.pop(0)
        return Cat(())
    return node


def _family(node: Node) -> Node:
    """The commonest values, so many characters of one class, as one of few kinds: each kind costs time a byte."""
    parts = [each for each in node.nodes if not _takes_nothing(each)] if isinstance(node, Cat) else [node]
    only = parts[0] if len(parts) == 1 else None
    while isinstance(only, Group | Cat):
        if isinstance(only, Cat):
            if len(only.nodes) != 1:
                return node
            only = only.nodes[0]
        else:
            only = only.node
    if not isinstance(only, Repeat) or not isinstance(only.node, Chars):
        return node
    least = max((size for size in _SIZES if size <= only.least), default=0)
    for ranges in _CLASSES:
        if least and within(only.node.ranges, ranges):
            run = Repeat(Chars(ranges, ""), least, least, "")
            return Cat((_NO_LETTER, run)) if _begins_token(node, only.node.ranges) else run
    return node


def _begins_token(node: Node, value: Ranges) -> bool:
    """Whether no letter or digit may stand in front of a value of these characters."""
    first = node.nodes[0] if isinstance(node, Cat) and node.nodes else node
    if isinstance(first, Edge):
        return first.source == r"\b" and within(value, _WORD)  # in front of a hyphen it asks for a letter
    if isinstance(first, Group) and first.opening == "(?<!" and isinstance(first.node, Chars):
        return within(_ALNUM, first.node.ranges)
    return False


_Found = tuple[Node, int | None, int | None]


def _value(node: Node) -> _Found | None:
    """The group of the value with what is asked of the place where it begins; bytes that may stand before it in a
    match, in any text and in one of ASCII alone."""
    return _group(node, "(?P<value>") or _group(node, "(")


def _group(node: Node, opening: str) -> _Found | None:
    if isinstance(node, Group):
        if node.look:
            return None
        return (node.node, 0, 0) if node.opening == opening else _group(node.node, opening)
    if not isinstance(node, Cat):
        return None
    for number, each in enumerate(node.nodes):
        found = _group(each, opening)
        if found is None:
            continue
        value, *sizes = found
        first = number
        while sizes[0] == 0 and first and _takes_nothing(node.nodes[first - 1]):
            first -= 1
        ahead = Cat(node.nodes[:first])
        more = longest(ahead), longest(ahead, ascii=True)
        before, before_ascii = (
            None if one is None or other is None else one + other for one, other in zip(sizes, more, strict=True)
        )
        return Cat((*node.nodes[first:number], value)), before, before_ascii
    return None


def _takes_nothing(node: Node) -> bool:
    return isinstance(node, Edge) or (isinstance(node, Group) and node.look)


def _cut(node: Node) -> Node:
    """`node` at the end of a pattern: what it can do without there is gone."""
    if isinstance(node, Repeat):
        if node.least == 0:
            return Cat(())
        if isinstance(node.node, Chars):
            return Repeat(node.node, min(node.least, REPEAT), min(node.least, REPEAT), "")
        return node if node.least > 1 else _cut(node.node)
    if isinstance(node, Group):
        return Cat(()) if node.look else Group(_cut(node.node), "(?:")
    if isinstance(node, Alt):
        return Alt(tuple(map(_cut, node.nodes)))
    if isinstance(node, Cat):
        nodes = list(node.nodes)
        while nodes:
            last = _cut(nodes[-1])
            if not _empty(last):
                nodes[-1] = last
                break
            nodes.pop()
        return Cat(tuple(nodes))
    return Cat(()) if isinstance(node, Edge) else node


def _without_edges(node: Node) -> Node:
    return Cat(()) if isinstance(node, Edge) else rebuilt(node, _without_edges)


def _enough(node: Node, bits: float) -> tuple[Node, float]:
    """(as much of the node as it takes for so many bits, those that are still missing: 0 or less where it is cut)."""
    if isinstance(node, Chars):
        return node, bits - _rarity(node.ranges)
    if isinstance(node, Group) and not node.look:
        inner, left = _enough(node.node, bits)
        return Group(inner, node.opening), left
    if isinstance(node, Alt):
        branches = [_enough(each, bits) for each in node.nodes]
        most = max(left for _, left in branches)
        # A branch is cut only where every one is: what follows one follows all.
        return (Alt(tuple(branch for branch, _ in branches)) if most <= 0 else node), most
    if isinstance(node, Repeat):
        one = bits - _enough(node.node, bits)[1]
        again = 1.0 if _is_one(node.node) else one
        return node, bits - (one + (node.least - 1) * again if node.least else 0.0)
    if isinstance(node, Cat):
        nodes: list[Node] = []
        for each in node.nodes:
            if nodes and each == nodes[-1] and _is_one(each):
                part, bits = each, bits - 1.0  # lines of signs, as in ----------
            else:
                part, bits = _enough(each, bits)
            nodes.append(part)
            if bits <= 0:
                break
        return Cat(tuple(nodes)), bits
    return node, bits


def _is_one(node: Node) -> bool:
    """Whether it is one certain character."""
    return isinstance(node, Chars) and len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]


@functools.lru_cache(maxsize=5000)
def _rarity(ranges: Ranges) -> float:
    """Bits: how seldom a character of text is one of these."""
    share = 0.0
    for (low, high), frequency in _FREQUENCIES:
        size = sum(max(0, min(high, end) - max(low, start) + 1) for start, end in ranges)
        share += frequency * size / (high - low + 1)
    return -math.log2(min(max(share, 2.0**-12), 1.0))


def _states(node: Node) -> int:
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Edge):
        return 0
    if isinstance(node, Group):
        return 0 if node.look else _states(node.node)
    if isinstance(node, Repeat):
        return _states(node.node) * max(min(node.least, REPEAT), min(node.most or 1, 256), 1)
    return sum(map(_states, node.nodes))


def _uncounted(node: Node) -> Node:
    if isinstance(node, Repeat):
        return Repeat(_uncounted(node.node), min(node.least, 1), None, "")
    return rebuilt(node, _uncounted)


def _empty(node: Node) -> bool:
    if isinstance(node, Group):
        return _empty(node.node)
    return isinstance(node, Cat | Alt) and all(map(_empty, node.nodes))


def _emit(node: Node, first: bool = False) -> str:
    """`first`: nothing stands in front of it, neither in the pattern nor in what was emitted."""
    if isinstance(node, Chars):
        return _one(node.ranges)
    if isinstance(node, Edge):
        return node.source if node.source == r"\b" or (first and node.source == "^") else ""
    if isinstance(node, Group):
        if node.look:
            return _look(node) if first else ""
        return f"(?:{_emit(node.node, first)})"
    if isinstance(node, Cat):
        parts: list[str] = []
        for each in node.nodes:
            parts.append(_emit(each, first and not any(parts)))
        return "".join(parts)
    if isinstance(node, Alt):
        return "|".join(_emit(each, first) for each in node.nodes)
    return _repeat(node)


def _look(node: Group) -> str:
    """Of what a pattern looks at, only which single character does not stand in front: without it, each end of a long
    run would be one."""
    inner = node.node
    if node.opening != "(?<!" or not isinstance(inner, Chars):
        return ""
    allowed = without(inner.ranges)
    # A byte with the high bit set may be part of a character that is allowed, and of one that is not.
    return f"(?:^|{_class((*allowed, HIGH) if allowed[-1][1] < 0x80 else allowed)})"


def _repeat(node: Repeat) -> str:
    least, most = min(node.least, REPEAT), node.most
    if node.least > REPEAT:
        most = None
    inner = f"(?:{_emit(node.node)})"
    if isinstance(node.node, Chars):
        inner = _one(node.node.ranges)
        if node.node.ranges[-1][1] >= 0x80:
            inner = _class(node.node.ranges)
            most = None if most is None else 4 * most
    if inner in ("(?:)", ""):
        return ""
    if most is not None and most > REPEAT:
        most = None if most > 2 * MAX_MATCH or most > 256 else most
    bounds = "*" if (least, most) == (0, None) else "+" if (least, most) == (1, None) else ""
    if (least, most) == (0, 1):
        bounds = "?"
    return inner + (bounds or f"{{{least},{'' if most is None else most}}}")


def _one(ranges: Ranges) -> str:
    """One character."""
    if ranges[-1][1] < 0x80:
        return _class(ranges)
    high = [(max(low, 0x80), end) for low, end in ranges if end >= 0x80]
    if sum(end - low + 1 for low, end in high) > 8:
        return f"(?:{_class(ranges)}|[\\x80-\\xff]{{1,4}})"
    parts = [
        "".join(f"\\x{byte:02x}" for byte in chr(code).encode("utf-8", "surrogatepass"))
        for low, end in high
        for code in range(low, end + 1)
    ]
    low_part = tuple((low, min(end, 0x7F)) for low, end in ranges if low < 0x80)
    return f"(?:{'|'.join([*([_class(low_part)] if low_part else []), *parts])})"


def _class(ranges: Ranges) -> str:
    """One byte: of those below 0x80, or any with the high bit set if a character beyond ASCII is meant."""
    parts = [(low, min(end, 0x7F)) for low, end in ranges if low < 0x80]
    if ranges[-1][1] >= 0x80:
        parts.append((0x80, 0xFF))
    if len(parts) == 1 and parts[0][0] == parts[0][1]:
        return _byte(parts[0][0])
    return "[" + "".join(f"\\x{low:02x}" if low == end else f"\\x{low:02x}-\\x{end:02x}" for low, end in parts) + "]"


def _byte(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{code:02x}"
