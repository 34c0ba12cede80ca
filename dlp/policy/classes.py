"""Which class what was found belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from dlp.policy.matter import UNLISTED, Key
from dlp.policy.wildcards import Paths
from dlp.policy.written import Class


class Classes:
    """The classes of a policy, mildest first."""

    def __init__(self, classes: Sequence[Class]) -> None:
        self._ranks = {each.name: rank for rank, each in enumerate(classes)}
        self._documents = [(each.name, Paths(each.documents)) for each in classes if each.documents]
        self._terms = [(each.name, Paths(each.terms)) for each in classes if each.terms]
        self._tags = [(each.name, frozenset(each.tags)) for each in classes if each.tags]

    def of(self, key: Key) -> tuple[str, ...]:
        """One for each document that it is of; of the values of a rule one, or none."""
        if key.kind == "pattern":
            tagged = [name for name, tags in self._tags if tags.intersection(key.tags)]
            return (self._strictest(tagged),) if tagged else ()
        named = self._terms if key.kind == "term" else self._documents
        return tuple(self._of(key.label, name, named) for name in key.documents)

    def _of(self, label: str, name: str, named: Sequence[tuple[str, Paths]]) -> str:
        classes = [each for each, paths in named if paths.matches(name, name)]
        if label in self._ranks:
            classes.append(label)
        return self._strictest(classes) if classes else UNLISTED

    def _strictest(self, names: Sequence[str]) -> str:
        return max(names, key=lambda each: self._ranks[each])
