"""Entries of a baseline, and what of a file's findings they list. Neither lines nor commits nor times are in a key."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import msgspec

from dlp.match.values import Digests
from dlp.model import Finding, PassageFinding, PatternFinding, Result, Suppressed, TermFinding
from dlp.registry.seal import derive

CAUSE: Final = "listed in the baseline"

DOCUMENT: Final = "document:"
"""Before the id of a registered document, or of a list of terms, where a rule's id stands otherwise."""


class Head(msgspec.Struct, frozen=True):
    """How values are digested. `keyed`: under a key that is not in the file, and `salt` beside it; else under `salt`
    alone. `check` tells another key from the right one."""

    keyed: bool
    salt: bytes
    check: str


class Entry(msgspec.Struct, frozen=True):
    """`digest`: of a rule's value, under the baseline's key; of a term, as findings show it; of a passage
    `VERSION:START-END`, the stretch of the document that is known, in characters. An empty `path`: anywhere. `until`:
    the last day that it counts, in UTC. `line`: of the file, 0 where it is new."""

    subject: str
    digest: str
    path: str = ""
    owner: str = ""
    until: date | None = None
    reason: str = ""
    line: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """Entries with the same say the same. In this order they stand in the file: digests are even, so what two
        people add seldom stands side by side."""
        return self.digest, self.subject, self.path

    def in_force(self, today: date) -> bool:
        return self.until is None or today <= self.until


def head_key(head: Head, key: bytes | None) -> bytes:
    """The key of digests. `key`: that of the store, which a keyed baseline needs."""
    if not head.keyed:
        return derive(head.salt, b"baseline")
    assert key is not None
    return derive(key, b"baseline", head.salt)


def checked(key: bytes) -> str:
    """What `Head.check` is under that key."""
    return derive(key, b"baseline check").hex()[:8]


class Baseline:
    """Looked up for every file in which something was found. `digests`: for the matcher of patterns."""

    def __init__(self, key: bytes, entries: Sequence[Entry], today: date, folder: str) -> None:
        """`key`: of `head_key`. `folder`: of the baseline's file, which paths may be relative to; absolute."""
        self.entries = tuple(entries)
        self.digests = Digests(key)
        self._folder, self._here = folder, os.getcwd()
        self.expired = {number for number, entry in enumerate(self.entries) if not entry.in_force(today)}
        """Entries that list nothing any more, by number."""
        self._exact: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
        self._passages: dict[tuple[str, int], list[tuple[int, int, int, Entry]]] = {}
        for number, entry in enumerate(self.entries):
            if number in self.expired:
                continue
            stretch = passage_of(entry)
            if stretch:
                version, start, end = stretch
                self._passages.setdefault((entry.subject, version), []).append((start, end, number, entry))
            else:
                self._exact.setdefault((entry.subject, entry.digest), []).append((number, entry))

    def apart(
        self, findings: Sequence[Finding], name: str, relative: str
    ) -> tuple[list[Finding], list[Suppressed], tuple[int, ...], int]:
        """What counts; of what is listed what can be told; the numbers of the entries that list it; and how many
        findings those are. `name`, `relative`: as an Item has them."""
        if not (self._exact or self._passages):
            return list(findings), [], (), 0
        kept: list[Finding] = []
        told: list[Suppressed] = []
        used: set[int] = set()
        paths: frozenset[str] | None = None
        for finding in findings:
            by = self._of(finding)
            if by and any(entry.path for _, entry in by) and paths is None:
                paths = frozenset((os.path.normpath(relative), os.path.normpath(name), self.path_of(name)))
            numbers = [number for number, entry in by if not entry.path or (paths and entry.path in paths)]
            if not numbers:
                kept.append(finding)
                continue
            used.update(numbers)
            if isinstance(finding, PassageFinding | PatternFinding):
                told.append(Suppressed(finding, (CAUSE,)))
        return kept, told, tuple(sorted(used)), len(findings) - len(kept)

    def _of(self, finding: Finding) -> list[tuple[int, Entry]]:
        if isinstance(finding, PassageFinding) and finding.source_span.end:
            listed = self._passages.get((DOCUMENT + finding.document.id, finding.document.version), ())
            span = finding.source_span
            return [(number, entry) for start, end, number, entry in listed if start <= span.start and span.end <= end]
        key = key_of(finding)
        return self._exact.get(key, []) if key else []

    def path_of(self, name: str) -> str:
        """How an entry calls a file: from the baseline's folder on, if it is there."""
        whole = os.path.normpath(os.path.join(self._here, name))
        below = self._folder.rstrip("/") + "/"
        return whole[len(below) :] if whole.startswith(below) else os.path.normpath(name)


def key_of(finding: Finding) -> tuple[str, str] | None:
    """Subject and digest of an entry that lists it; None for what no entry can."""
    if isinstance(finding, PatternFinding):
        return (finding.rule, finding.listing) if finding.listing else None
    if isinstance(finding, TermFinding):
        return DOCUMENT + finding.document.id, finding.digest
    if isinstance(finding, PassageFinding) and finding.source_span.end:  # a screen tells none, and one would be all
        span = finding.source_span
        return DOCUMENT + finding.document.id, f"{finding.document.version}:{span.start}-{span.end}"
    return None


def passage_of(entry: Entry) -> tuple[int, int, int] | None:
    """(version, start, end) of an entry for a passage."""
    version, found, span = entry.digest.partition(":")
    if not found:
        return None
    start, _, end = span.partition("-")
    return int(version), int(start), int(end)


def entries_for(results: Iterable[Result], baseline: Baseline, *, paths: bool) -> dict[tuple[str, str, str], Entry]:
    """An entry for each finding, by its key. `paths`: for its path alone, and not for anywhere."""
    made: dict[tuple[str, str, str], Entry] = {}
    for result in results:
        path = ""
        if paths:
            path = os.path.normpath(result.path) if result.origin.blob else baseline.path_of(result.path)
        for finding in result.findings:
            key = key_of(finding)
            if key:
                entry = Entry(*key, path)
                made.setdefault(entry.key, entry)
    return made
