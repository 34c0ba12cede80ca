"""What a text's matches come to: one finding for each value, or, of a rule that counts, for all of its values."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import Final

from dlp.match.places import LISTED, Cursor, Place, span
from dlp.match.seam import Heard
from dlp.match.values import Digests
from dlp.model import Level, PatternFinding, Suppressed, Text
from dlp.rule.confirm import Match
from dlp.rule.rule import GENERIC, Rule

VALUES: Final = 1000
"""Values of one rule in one text that are findings of their own; all further ones together are one more."""

DISTINCT: Final = 100_000
"""Values of one rule that are told apart in counting; beyond, one that is met again counts again."""


class _Entry:
    """One finding to be."""

    __slots__ = ("confidence", "count", "digest", "distinct", "excerpt", "listing", "places", "values")

    def __init__(self, digest: bytes, listing: bytes, excerpt: str, confidence: Level) -> None:
        self.digest, self.listing, self.excerpt, self.confidence = digest, listing, excerpt, confidence
        self.count = 0
        self.places: list[Place] = []
        self.distinct: set[int] = set()
        self.values: set[bytes] = set()
        """The distinct ones' digests for a baseline."""


class Tally:
    """Takes the matches of one text and says what was found."""

    def __init__(
        self,
        rules: Sequence[Rule],
        text: Text,
        digests: Digests,
        mask: Callable[[str], str],
        listing: Digests | None = None,
    ) -> None:
        """`listing`: those of a baseline."""
        self._rules, self._text, self._digests, self._mask, self._listing = rules, text, digests, mask, listing
        self._entries: dict[tuple[int, bytes, str], _Entry] = {}
        self._values: dict[int, int] = {}
        self.more: list[Heard] = []
        """What there is to say besides."""

    def add(self, rule: int, match: Match, digest: bytes, cause: str, cursor: Cursor) -> None:
        """`digest`: of the value; `cause`: why the match is suppressed, empty where it is not. Values come in
        ascending order of their places, which `cursor` measures."""
        counting = self._rules[rule].counting
        listing = self._listing.of(match.value) if self._listing else b""
        key = (rule, b"" if counting else digest, cause)
        entry = self._entries.get(key)
        if entry is None:
            values = self._values[rule] = self._values.get(rule, 0) + 1
            if values > VALUES:
                key = (rule, b"", cause)
                entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Entry(digest, listing, self._mask(match.value), match.confidence)
        if counting or key[1] != digest:
            self._distinct(entry, digest, listing)
        else:
            entry.count += 1
        entry.confidence = max(entry.confidence, match.confidence, key=lambda each: each.rank)
        if len(entry.places) < LISTED:
            entry.places.append(cursor.place(match.value_start, match.value_end))

    def _distinct(self, entry: _Entry, digest: bytes, listing: bytes) -> None:
        number = int.from_bytes(digest[:8], "little")
        if number in entry.distinct:
            return
        entry.count += 1
        if len(entry.distinct) < DISTINCT:
            entry.distinct.add(number)
            if listing:
                entry.values.add(listing)
        if entry.count > 1:
            entry.digest = self._digests.of((entry.digest + digest).hex())

    def heard(self) -> list[Heard]:
        """In the order of the text; what is suppressed, and what went wrong, behind."""
        taken = self._specific()
        found: list[PatternFinding] = []
        suppressed: list[Heard] = []
        for (number, _, cause), entry in self._entries.items():
            rule = self._rules[number]
            if GENERIC in rule.tags and all(_overlaps(taken, place) for place in entry.places):
                continue
            finding = self._finding(rule, entry)
            if cause:
                suppressed.append(Suppressed(finding, (cause,)))
            else:
                found.append(finding)
        found.sort(key=lambda each: (each.span.start, each.rule))
        return [*found, *suppressed, *self.more]

    def _specific(self) -> list[tuple[int, int]]:
        """Where rules that are not generic have found something."""
        taken: list[tuple[int, int]] = []
        for (number, _, _), entry in self._entries.items():
            if GENERIC not in self._rules[number].tags and self._rules[number].secret:
                for place in entry.places:
                    insort(taken, (place[0], place[1]))
        return taken

    def _finding(self, rule: Rule, entry: _Entry) -> PatternFinding:
        places = tuple(span(self._text, place) for place in entry.places)
        return PatternFinding(
            provenance=self._text.provenance,
            rule=rule.id,
            name=rule.name,
            tags=tuple(rule.tags),
            severity=_severity(rule, entry.count),
            confidence=entry.confidence,
            count=entry.count,
            span=places[0],
            places=places,
            excerpt=entry.excerpt,
            digest=entry.digest.hex(),
            values=frozenset(entry.distinct),
            listing=self._listed(entry),
        )

    def _listed(self, entry: _Entry) -> str:
        """Of several values one for all, whatever their order: then all are known, or none."""
        if self._listing is None or len(entry.values) < 2:
            return entry.listing.hex()
        return self._listing.of(b"".join(sorted(entry.values)).hex()).hex()


def _severity(rule: Rule, count: int) -> Level:
    reached = [level for least, level in rule.counts.items() if count >= least]
    return max([rule.severity, *reached], key=lambda each: each.rank)


def _overlaps(taken: list[tuple[int, int]], place: Place) -> bool:
    at = bisect_right(taken, (place[1], 0))
    return any(end > place[0] for _, end in taken[max(0, at - 4) : at])
