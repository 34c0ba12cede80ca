"""What a policy's rules are asked of: the *matters* of a file, and what is known of the file.

A matter is a finding, a part that was not read, or the file itself, which stands as None.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from dlp.model import Finding, Origin, PassageFinding, PatternFinding, SetFinding, Skipped, Subject, TermFinding

Thing = Finding | Skipped | None

KINDS = ("passage", "set", "pattern", "term", "skipped", "file")
PASSAGES = frozenset(("passage", "set"))
REGISTERED = frozenset(("passage", "set", "term"))
VALUES = frozenset(("pattern", "term"))
FINDINGS = frozenset(("passage", "set", "pattern", "term"))
ANY_KIND = frozenset(KINDS)

UNLISTED = "unlisted"
"""Stands for the class of a document whose label is the name of none."""


class Key(NamedTuple):
    """What many matters have in common: by it a policy knows which rules to ask."""

    kind: str
    label: str = ""
    documents: tuple[str, ...] = ()
    """The document's name, and those of others that have the passage, too."""
    rule: str = ""
    tags: tuple[str, ...] = ()
    reason: str = ""


_FILE = Key("file")


def key_of(thing: Thing) -> Key:
    if isinstance(thing, PassageFinding):
        names = (thing.document.name, *[each.document.name for each in thing.also])
        return Key("passage", thing.document.label, names)
    if isinstance(thing, PatternFinding):
        return Key("pattern", rule=thing.rule, tags=thing.tags)
    if isinstance(thing, TermFinding):
        return Key("term", thing.document.label, (thing.document.name,))
    if isinstance(thing, Skipped):
        return Key("skipped", reason=thing.reason)
    if isinstance(thing, SetFinding):
        return Key("set", thing.document.label, (thing.document.name,))
    return _FILE


class Known(NamedTuple):
    """A key, with the classes that its documents, or its tags, belong to: one for each document."""

    key: Key
    classes: tuple[str, ...]


class Facts:
    """One file, while it is judged."""

    __slots__ = ("_values", "matters", "memo", "now", "origin", "places", "subject")

    def __init__(self, subject: Subject, origin: Origin, findings: Sequence[Finding], now: float) -> None:
        self.subject = subject
        self.origin = origin
        """With the channel that the policy has for it."""
        self.now = now
        """Seconds since 1970."""
        self.places = Places(subject, findings)
        self.matters: Sequence[Thing] = ()
        """Those that count."""
        self.memo: dict[int, bool] = {}
        """What was asked of the file before."""
        self._values: dict[Key, int] | None = None

    def values(self, thing: Thing) -> int:
        """How many values the rule or list of terms that found this one found in the whole file."""
        if self._values is None:
            found: dict[Key, set[str]] = {}
            for each in self.matters:
                if isinstance(each, PatternFinding | TermFinding):
                    found.setdefault(key_of(each), set()).add(each.digest)
            self._values = {key: len(digests) for key, digests in found.items()}
        return self._values.get(key_of(thing), 0)


class Places:
    """The paths that a file goes by: `any` of them is enough to be judged by, and only `all` to be let off by."""

    __slots__ = ("_all", "_any", "_findings", "_subject")

    def __init__(self, subject: Subject, findings: Sequence[Finding]) -> None:
        self._subject, self._findings = subject, findings
        self._any: list[tuple[str, str]] | None = None
        self._all: list[tuple[str, str]] = []

    def any(self) -> list[tuple[str, str]]:
        """Each as it is known, and from the root on."""
        if self._any is None:
            self._find()
        return self._any or []

    def all(self) -> list[tuple[str, str]]:
        """Without the name of what holds them all: a repository, or the folder of files that have a document together,
        if all of these are listed."""
        if self._any is None:
            self._find()
        return self._all

    def _find(self) -> None:
        own = whole(self._subject.path)
        others = [(each.path, f"/{each.path}") for each in self._subject.origin.appearances]
        listed = True
        for finding in self._findings:
            if isinstance(finding, SetFinding):
                others += [whole(each.path) for each in finding.pieces]
                listed = listed and finding.files <= len(finding.pieces)
        self._any = [own, *others]
        self._all = others if others and listed else self._any


def whole(path: str) -> tuple[str, str]:
    """(as it is known, from the root on)"""
    return path, path if "\0" in path or not path else os.path.abspath(path)


def clock() -> float:
    return time.time()
