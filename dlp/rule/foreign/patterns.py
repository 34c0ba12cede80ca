"""Other tools' patterns: which of their groups is the value, and what else differs from ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from dlp.rule.loading import may_be_empty
from dlp.rule.required import required
from dlp.rule.syntax import Alt, Cat, Chars, Edge, Group, Node, Repeat, rebuilt, render

VALUE: Final = "(?P<value>"
_NEWLINE: Final = 10
_MULTILINE: Final = re.compile(r"\(\?[a-zA-Z]*m")
_VERBOSE: Final = re.compile(r"\(\?[a-wyz]*x[a-z]*\)")
_CLASS: Final = re.compile(r"\\.|\s#[^\n]*|(\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*+\])", re.DOTALL)
_BLANK: Final = re.compile(r"(\\.)|\s", re.DOTALL)
_COMMENT: Final = re.compile(r"\(\?#[^)]*\)|\s#[\sa-zA-Z]*$", re.MULTILINE)

MISSING: Final = "the group with the value may be missing in a match; another one is taken, or there is no match"


def written(node: Node) -> str:
    """As a pattern of ours, in ASCII: so `\\w`, `\\b` and the like go by ASCII's letters, as with RE2 and with Rust's
    bytes."""
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\U{ord(found[0]):08x}", render(node))


def captures(node: Node) -> bool:
    return isinstance(node, Group) and (node.opening == "(" or node.opening.startswith("(?P<"))


def name_of(group: Group) -> str:
    """Empty for a group without one."""
    return group.opening[4:-1] if group.opening.startswith("(?P<") else ""


def groups(node: Node) -> list[Group]:
    """Those that capture, as they are numbered."""
    if isinstance(node, Group):
        return [*([node] if captures(node) else []), *groups(node.node)]
    if isinstance(node, Repeat):
        return groups(node.node)
    return [each for part in node.nodes for each in groups(part)] if isinstance(node, Cat | Alt) else []


def only(node: Node, wanted: Group | None) -> Node:
    """The pattern with this very group as its value, and no other that captures."""
    if isinstance(node, Group):
        opening = (VALUE if node is wanted else "(?:") if captures(node) else node.opening
        return Group(only(node.node, wanted), opening, node.look)
    return rebuilt(node, lambda inner: only(inner, wanted))


def certain(node: Node) -> list[Group]:
    """Groups that take part in every match, and never with nothing."""
    if isinstance(node, Group):
        inner = [] if node.look else certain(node.node)
        return [node, *inner] if captures(node) and not may_be_empty(node.node) else inner
    if isinstance(node, Repeat):
        return certain(node.node) if node.least else []
    return [each for part in node.nodes for each in certain(part)] if isinstance(node, Cat) else []


def first(node: Node, wanted: Callable[[Group], bool] = lambda _: True) -> tuple[Node, bool]:
    """The pattern with the first of the wanted groups that takes part in a match as the value; where none does, the
    whole match. False if it is not quite so: if a later group is taken since an earlier one may be missing, or if
    there are matches without a value."""
    made, _, sure = _first(node, wanted, True)
    return made, sure


def _first(node: Node, wanted: Callable[[Group], bool], top: bool) -> tuple[Node, bool, bool]:
    """(the node anew, whether a value is in it, whether it is there in each match). `top`: no other part of the
    pattern is beside it."""
    if isinstance(node, Group) and not node.look:
        if captures(node) and wanted(node):
            return Group(only(node.node, None), VALUE), True, not may_be_empty(node.node)
        inner, found, sure = _first(node.node, wanted, top)
        return Group(inner, "(?:" if captures(node) else node.opening), found, sure
    if isinstance(node, Repeat):
        inner, found, sure = _first(node.node, wanted, False)
        return Repeat(inner, node.least, node.most, node.suffix), found, sure and node.least > 0
    if isinstance(node, Alt):
        branches = [_first(each, wanted, top) for each in node.nodes]
        some = any(found for _, found, _ in branches)
        if top and some:
            whole = [(Group(each, VALUE), True, True) for each, _, _ in branches]
            branches = [each if each[1] else all_of_it for each, all_of_it in zip(branches, whole, strict=True)]
        return Alt(tuple(each for each, _, _ in branches)), some, some and all(sure for _, _, sure in branches)
    if isinstance(node, Cat):
        return _first_of(node.nodes, wanted, top)
    return only(node, None), False, False


def _first_of(nodes: Sequence[Node], wanted: Callable[[Group], bool], top: bool) -> tuple[Node, bool, bool]:
    parts = [_first(each, wanted, top and len(nodes) == 1) for each in nodes]
    some = [number for number, (_, found, _) in enumerate(parts) if found]
    if not some:
        return Cat(tuple(each for each, _, _ in parts)), False, False
    surely = [number for number in some if parts[number][2]]
    taken = surely[0] if surely else some[0]
    made = tuple(parts[taken][0] if number == taken else only(each, None) for number, each in enumerate(nodes))
    return Cat(made), True, bool(surely) and taken == some[0]


def holds(node: Node, words: Sequence[str]) -> bool:
    """Whether every match holds one of the words, whatever the case."""
    wanted = [each.lower().encode() for each in words]

    def all_hold(part: Node) -> bool:
        found = required(part)
        return found is not None and all(any(word in each for word in wanted) for each in found.literals)

    if all_hold(node):
        return True
    if isinstance(node, Group):
        return not node.look and holds(node.node, words)
    if isinstance(node, Repeat):
        return node.least > 0 and holds(node.node, words)
    if isinstance(node, Alt):
        return all(holds(each, words) for each in node.nodes)
    if isinstance(node, Cat):
        if any(holds(each, words) for each in node.nodes if not isinstance(each, Chars | Edge)):
            return True
        return any(all_hold(Cat(tuple(run))) for run in _runs(node.nodes))
    return False


def _runs(nodes: Sequence[Node]) -> list[list[Node]]:
    """Characters that follow one another."""
    runs: list[list[Node]] = [[]]
    for each in nodes:
        if isinstance(each, Chars):
            runs[-1].append(each)
        elif runs[-1]:
            runs.append([])
    return [each for each in runs if each]


def needs_line_ends(pattern: str, node: Node) -> bool:
    """Whether `^` or `$` of a pattern stand for the ends of the whole text, and it matters: beside a line break as the
    other possibility it does not."""
    return not _MULTILINE.search(pattern) and _edged(node)


def _edged(node: Node) -> bool:
    if isinstance(node, Edge):
        return node.source in "^$"
    if isinstance(node, Alt):
        breaks = any(isinstance(each, Chars) and _holds(each, _NEWLINE) for each in node.nodes)
        return any(_edged(each) for each in node.nodes if not (breaks and isinstance(each, Edge)))
    if isinstance(node, Group | Repeat):
        return _edged(node.node)
    return isinstance(node, Cat) and any(map(_edged, node.nodes))


def _holds(node: Chars, code: int) -> bool:
    return any(low <= code <= high for low, high in node.ranges)


def uncommented(pattern: str) -> str:
    """Without comments, as kingfisher and Nosey Parker take them out before they read a pattern: `(?# … )`, and words
    behind a `#` at the end of a line. White space in the classes of a verbose pattern does not count in Rust."""
    plain = _COMMENT.sub("", pattern)
    if not _VERBOSE.match(plain.lstrip()):
        return plain
    return _CLASS.sub(lambda found: _BLANK.sub(lambda each: each[1] or "", found[1]) if found[1] else found[0], plain)
