"""What results of a scan come to, in memory that does not grow with the share."""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Callable

from dlp.audit.shape import MOST_COMPARED, MOST_LISTED, File, Found, FoundBy, Unread, Where
from dlp.model import Coverage, Finding, Level, PassageFinding, PatternFinding, Result, SetFinding, Verdict
from dlp.report.escape import encodable

MOST_NAMES = 20_000
"""Rules, documents and folders that are told apart; the rest is counted as one."""

REST = "(others)"

MOST_REASONS = 5


class _By:
    """Of one rule or one document."""

    __slots__ = ("count", "files", "graver", "groups", "severity")

    def __init__(self) -> None:
        self.files = self.graver = self.count = 0
        self.severity = Level.LOW
        self.groups: tuple[str, ...] = ()


class Tally:
    """Takes the results of one scan."""

    def __init__(self, incident_of: Callable[[Result], str]) -> None:
        """`incident_of`: the id of the incident that a result is recorded as, or nothing."""
        self._incident_of = incident_of
        self._by: dict[tuple[str, str], _By] = {}
        self._where: dict[str, tuple[Counter[str], list[int]]] = {}
        self._channels: dict[str, tuple[Counter[str], list[int]]] = {}
        self._gravest: list[tuple[tuple[int, int, int], int, Result]] = []
        """A heap, the mildest first."""
        self._graver = 0
        self._unread: list[Result] = []
        self._coverage: Counter[Coverage] = Counter()
        self._reasons: Counter[str] = Counter()
        self._exceptions: Counter[str] = Counter()
        self.index: dict[str, str] = {}
        self.index_left_out = 0

    def add(self, result: Result) -> None:
        graver = result.verdict.rank >= Verdict.WARN.rank
        self._exceptions.update(result.handling.exceptions)
        self._findings(result, graver)
        if result.coverage != Coverage.COMPLETE:
            self._coverage[result.coverage] += 1
            self._reasons.update(each.reason.value for each in result.skipped)
            if len(self._unread) < MOST_LISTED:
                self._unread.append(result)
        if not any(isinstance(each, SetFinding) for each in result.findings):
            _place(self._where, os.path.dirname(result.path) or ".", result)
            if result.origin.channel:
                _place(self._channels, result.origin.channel, result)
        if graver:
            self._graver += 1
            weight = result.verdict.rank, _severity(result), len(result.findings)
            entry = (weight, -self._graver, result)  # of equals the first stay
            if len(self._gravest) < MOST_LISTED:
                heapq.heappush(self._gravest, entry)
            else:
                heapq.heappushpop(self._gravest, entry)
            self._remember(result)

    def _remember(self, result: Result) -> None:
        if len(self.index) < MOST_COMPARED:
            digest = result.file.digest[:16] if result.file else ""
            self.index[encodable(result.path)] = f"{result.verdict.value} {digest}".rstrip()
        else:
            self.index_left_out += 1

    def _findings(self, result: Result, graver: bool) -> None:
        of_file: dict[tuple[str, str], _By] = {}
        for each in result.findings:
            kind, name, groups, count = _named(each)
            key = (kind, name) if (kind, name) in self._by or len(self._by) < MOST_NAMES else (kind, REST)
            made = of_file[key] = self._by.setdefault(key, _By())
            made.count += count
            made.groups = groups if key[1] != REST else ()
            if each.severity.rank > made.severity.rank:
                made.severity = each.severity
        for made in of_file.values():
            made.files += 1
            made.graver += graver

    def exceptions(self) -> Counter[str]:
        """Files that each covered something of."""
        return self._exceptions

    def found(self) -> Found:
        by = sorted(
            self._by.items(), key=lambda each: (-each[1].severity.rank, -each[1].graver, -each[1].files, each[0])
        )
        where, more_where = _listed(self._where)
        channels, more_channels = _listed(self._channels)
        gravest = [each for _, _, each in sorted(self._gravest, key=lambda entry: entry[:2], reverse=True)]
        return Found(
            by=[
                FoundBy(
                    kind,
                    encodable(name),
                    [encodable(group) for group in each.groups],
                    each.severity.value,
                    each.files,
                    each.graver,
                    each.count,
                )
                for (kind, name), each in by[:MOST_LISTED]
            ],
            where=where,
            channels=channels,
            files=[self._file(each) for each in gravest],
            left_out={
                "by": max(0, len(by) - MOST_LISTED),
                "where": more_where,
                "channels": more_channels,
                "files": self._graver - len(gravest),
            },
        )

    def unread(self) -> Unread:
        partial, unscannable = self._coverage[Coverage.PARTIAL], self._coverage[Coverage.UNSCANNABLE]
        files = [self._file(each) for each in self._unread]
        return Unread(
            dict(self._reasons.most_common()), partial, unscannable, files, partial + unscannable - len(files)
        )

    def _file(self, result: Result) -> File:
        reasons = result.reasons or tuple(f"{each.reason.value}: {each.detail}" for each in result.skipped)
        return File(
            path=encodable(result.path),
            verdict=result.verdict.value,
            reasons=[encodable(each) for each in reasons[:MOST_REASONS]],
            coverage=result.coverage.value,
            digest=result.file.digest if result.file else "",
            incident=self._incident_of(result) if result.verdict.rank >= Verdict.WARN.rank else "",
        )


def _named(finding: Finding) -> tuple[str, str, tuple[str, ...], int]:
    """(kind, name, tags or label, count)."""
    if isinstance(finding, PatternFinding):
        return "rule", finding.rule, finding.tags, finding.count
    if isinstance(finding, PassageFinding | SetFinding):
        return "document", finding.document.name, (finding.document.label,), 1
    return "terms", finding.document.name, (finding.document.label,), finding.count


def _severity(result: Result) -> int:
    return max((each.severity.rank for each in result.findings), default=0)


def _place(table: dict[str, tuple[Counter[str], list[int]]], name: str, result: Result) -> None:
    key = name if name in table or len(table) < MOST_NAMES else REST
    verdicts, unread = table.setdefault(key, (Counter(), [0]))
    verdicts[result.verdict.value] += 1
    unread[0] += result.coverage != Coverage.COMPLETE


def _listed(table: dict[str, tuple[Counter[str], list[int]]]) -> tuple[list[Where], int]:
    def weight(item: tuple[str, tuple[Counter[str], list[int]]]) -> tuple[object, ...]:
        name, (verdicts, unread) = item
        graver = [-verdicts[each.value] for each in reversed(Verdict) if each.rank]
        return (*graver, -unread[0], name)

    rows = sorted(table.items(), key=weight)
    made = [Where(encodable(name), dict(verdicts), unread[0]) for name, (verdicts, unread) in rows[:MOST_LISTED]]
    return made, max(0, len(rows) - MOST_LISTED)
