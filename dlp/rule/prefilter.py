"""A pattern as Hyperscan takes it: an expression over bytes that ends wherever a match of the pattern may have been
seen well enough. It says yes too often and never no wrongly:

- what is behind a match's last certain part is cut off, a repetition at its end taken at its least;
- places and looks that bytes cannot decide are left out;
- a character beyond ASCII is one to four bytes with the high bit set, or exactly its bytes where few are meant.
"""

from __future__ import annotations

from typing import Final

import msgspec

from dlp.rule.required import MAX_MATCH, longest
from dlp.rule.syntax import HIGH, Alt, Cat, Chars, Edge, Group, Node, Ranges, Repeat, without

REPEAT: Final = 32
"""Times that a repetition is counted; beyond it is only known to go on."""

MOST_STATES: Final = 1500
"""Characters of an expression, repetitions written out; of a longer one repetitions are not counted."""

class Expression(msgspec.Struct, frozen=True):
    """`source`: for HS_FLAG_MULTILINE, bytes. A match begins at most `reach` bytes before an end that is reported."""

    source: str
    reach: int


def expression(node: Node, ascii: bool = True) -> Expression:
    """Of a pattern that takes up something. `ascii`: `\\b` in it goes by ASCII's letters, as Hyperscan's does."""
    short = _cut(node)
    if not ascii:
        short = _without_edges(short)
    reach = longest(short)
    # One more, for a byte in front of it.
    if _states(short) > MOST_STATES:
        short = _uncounted(short)
    return Expression(_emit(short, first=True), MAX_MATCH if reach is None else min(reach + 1, MAX_MATCH))


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
    if isinstance(node, Edge):
        return Cat(())
    if isinstance(node, Cat):
        return Cat(tuple(map(_without_edges, node.nodes)))
    if isinstance(node, Alt):
        return Alt(tuple(map(_without_edges, node.nodes)))
    if isinstance(node, Group):
        return Group(_without_edges(node.node), node.opening, node.look)
    if isinstance(node, Repeat):
        return Repeat(_without_edges(node.node), node.least, node.most, node.suffix)
    return node


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
    if isinstance(node, Group):
        return Group(_uncounted(node.node), node.opening, node.look)
    if isinstance(node, Cat):
        return Cat(tuple(map(_uncounted, node.nodes)))
    return Alt(tuple(map(_uncounted, node.nodes))) if isinstance(node, Alt) else node


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
