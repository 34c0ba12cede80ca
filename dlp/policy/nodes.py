"""A rule's conditions as a tree: read from YAML, and asked what it speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dlp.policy.conditions import CONDITIONS
from dlp.policy.forms import Names, Value
from dlp.policy.matter import ANY_KIND

Path = tuple[str | int, ...]
"""Where it stands in the policy's file."""


class Leaf(msgspec.Struct, frozen=True, eq=False):
    """One condition. `written`: as the policy has it."""

    path: Path
    name: str
    value: Value
    written: Any

    @property
    def kinds(self) -> frozenset[str]:
        """Matters of which it may hold."""
        if self.name == "kind":
            kinds: frozenset[str] = self.value
            return kinds
        return CONDITIONS[self.name].kinds


class AllOf(msgspec.Struct, frozen=True, eq=False):
    path: Path
    parts: tuple[Node, ...]


class AnyOf(msgspec.Struct, frozen=True, eq=False):
    path: Path
    parts: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, eq=False):
    path: Path
    part: Node


class With(msgspec.Struct, frozen=True, eq=False):
    """Whether the file has any matter of which `part` holds."""

    path: Path
    part: Node


Node = Leaf | AllOf | AnyOf | Not | With


class Wrong(Exception):
    """A condition that is none. `path`: where."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path


def read(written: Any, path: Path, names: Names, *, within: bool = False) -> Node:
    """From YAML; several keys of a mapping hold together. `within`: a `with`. Raises Wrong."""
    if not isinstance(written, dict) or not written:
        raise Wrong(path, "conditions are a mapping with at least one of them, such as {class: confidential}")
    parts = tuple(_read(name, value, (*path, name), names, within) for name, value in written.items())
    return parts[0] if len(parts) == 1 else AllOf(path, parts)


def _read(name: Any, written: Any, path: Path, names: Names, within: bool) -> Node:
    if name in ("all", "any"):
        if not isinstance(written, list) or not written:
            raise Wrong(path, f"`{name}` takes a list of conditions: - {{class: confidential}}")
        parts = tuple(read(each, (*path, at), names, within=within) for at, each in enumerate(written))
        return AllOf(path, parts) if name == "all" else AnyOf(path, parts)
    if name == "not":
        return Not(path, read(written, path, names, within=within))
    if name == "with":
        if within:
            raise Wrong(path, "`with` inside `with` says no more than its conditions do")
        return With(path, read(written, path, names, within=True))
    condition = CONDITIONS.get(name) if isinstance(name, str) else None
    if condition is None:
        raise Wrong(path, _unknown(name))
    try:
        return Leaf(path, name, condition.read(written, names), written)
    except ValueError as error:
        raise Wrong(path, f"{name}: {error}") from None


def _unknown(name: Any) -> str:
    import difflib

    there = ["all", "any", "not", "with", *CONDITIONS]
    near = difflib.get_close_matches(str(name), there, 1)
    mend = f"do you mean `{near[0]}`?" if near else f"there are {', '.join(there)}"
    return f"there is no condition {name!r}; {mend}"


def speaks_of(node: Node) -> frozenset[str]:
    """Matters that it says something of, be it that it does not hold."""
    if isinstance(node, Leaf):
        return CONDITIONS[node.name].kinds
    if isinstance(node, AllOf):
        return frozenset.intersection(*map(speaks_of, node.parts))
    if isinstance(node, AnyOf):
        return frozenset.union(*map(speaks_of, node.parts))
    return speaks_of(node.part) if isinstance(node, Not) else ANY_KIND


def kinds(node: Node) -> frozenset[str]:
    """Matters of which it may hold."""
    if isinstance(node, Leaf):
        return node.kinds
    if isinstance(node, AllOf):
        return frozenset.intersection(*map(kinds, node.parts))
    if isinstance(node, AnyOf):
        return frozenset.union(*map(kinds, node.parts))
    if isinstance(node, Not) and isinstance(node.part, Leaf) and node.part.name == "kind":
        return ANY_KIND - node.part.kinds
    return speaks_of(node)


def conjuncts(node: Node) -> Iterator[Node]:
    """What must hold for it to hold: the parts of each `all`, and of those again."""
    if isinstance(node, AllOf):
        for part in node.parts:
            yield from conjuncts(part)
    else:
        yield node


def leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield from leaves(node.part)


def least(node: Node) -> Mapping[str, float]:
    """The figures from which on it may hold, by their conditions' names."""
    found: dict[str, float] = {}
    for part in conjuncts(node):
        if isinstance(part, Leaf) and hasattr(part.value, "least"):
            found[part.name] = max(found.get(part.name, 0), part.value.least)
    return found
