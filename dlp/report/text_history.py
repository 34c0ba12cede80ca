"""The report for people, of repositories: who brought a file in and who took it out, and, at the end, which secrets
are still there, which only in the history, whom to ask and what to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from dlp.model import Appearance, Finding, PassageFinding, Result, SetFinding, TermFinding, Verdict
from dlp.report.escape import clip, clip_end, visible
from dlp.report.figures import counted
from dlp.report.text_values import INDENT, Sheet

MOST: Final = 10_000
"""Secrets that are kept in mind; of further ones the number alone is told."""

_SHOWN = 10  # unless verbose
_MOST_REMEMBERED = 100_000  # values at paths
_ID = 12  # digits
_WIDEST_PERSON = 48  # columns
_WIDEST_PATH = 48

_TODO: Final = (
    "whoever has a copy of the repository has these: first rotate what is real, where it was issued;",
    "then take it out of HEAD; rewriting the history (git filter-repo) mends new copies only",
)


class _Leak:
    """One value, or one registered document, wherever it stands."""

    def __init__(self) -> None:
        self.title = self.excerpt = ""
        self.severity = -1
        self.head = False
        self.paths: dict[str, None] = {}
        self.first: Appearance | None = None
        self.removed = ""

    def add(self, finding: Finding, result: Result) -> None:
        if finding.severity.rank > self.severity:  # several rules may see the same value
            self.severity = finding.severity.rank
            self.title, self.excerpt = _titled(finding)
        self.head |= result.origin.head
        if len(self.paths) < _SHOWN:
            self.paths[result.path] = None
        for each in result.origin.appearances:
            if self.first is None or each.date <= self.first.date:
                self.first = each
            self.removed = each.removed or self.removed


class Leaks:
    """What the results of one scan of a repository come to."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()
        self._leaks: dict[str, _Leak] = {}
        self._repeated = self._untold = 0

    def again(self, result: Result) -> bool:
        """Whether another version of the file was told of with all that this one has. Takes note of both."""
        if not _of_repository(result):
            return False
        found = [(_key(each), each) for each in result.findings]
        if result.verdict.rank >= Verdict.WARN.rank:
            for key, finding in found:
                self._note(key, finding, result)
        keys = {(result.path, key) for key, _ in found}
        new = keys - self._told
        if len(self._told) < _MOST_REMEMBERED:
            self._told |= new
        again = bool(keys) and not new and not result.skipped
        self._repeated += again
        return again

    def _note(self, key: str, finding: Finding, result: Result) -> None:
        leak = self._leaks.get(key)
        if leak is None:
            if len(self._leaks) >= MOST:
                self._untold += 1
                return
            leak = self._leaks[key] = _Leak()
        leak.add(finding, result)

    def summary(self, sheet: Sheet) -> Iterator[str]:
        """Lines without the column of names; none, where no repository was scanned or nothing found."""
        if not self._leaks:
            return
        leaks = sorted(self._leaks.values(), key=lambda each: (not each.head, each.title, min(each.paths)))
        here = sum(each.head for each in leaks)
        more = f" · {self._untold:,} more places of others" if self._untold else ""
        yield f"{here:,} still in HEAD · {len(leaks) - here:,} only in history{more}"
        shown = leaks if sheet.verbose else leaks[:_SHOWN]
        title = ""
        for each in shown:
            if each.title != title:
                title = each.title
                yield sheet.line(title)
            yield sheet.line(f"  {'in HEAD' if each.head else 'history'}  {_line(each)}")
        if len(leaks) > len(shown):
            yield f"… and {len(leaks) - len(shown):,} more (-v shows all)"
        if self._repeated and not sheet.verbose:
            yield f"{counted(self._repeated, 'more version')} of these files have the same (-v shows all)"
        yield from _TODO


def where(sheet: Sheet, result: Result) -> Iterator[str]:
    """Since when it has been there, by whom, and until when."""
    if not _of_repository(result):
        return
    appearances = result.origin.appearances
    state = "in HEAD" if result.origin.head else "not in HEAD"
    for each in appearances if sheet.verbose else appearances[:1]:
        text = f"{state}; by {_person(each)} in {each.commit[:_ID]} of {_day(each)}"
        if each.removed:
            text += f"; taken out by {each.removed[:_ID]}"
        yield INDENT + sheet.paint("aside", sheet.line(text))
    if not appearances:
        yield INDENT + sheet.paint("aside", sheet.line(f"{state}; blob {result.origin.blob[:_ID]}"))
    if not sheet.verbose:
        yield from sheet.more(len(appearances) - 1, "appearance")


def _of_repository(result: Result) -> bool:
    return bool(result.origin.blob or result.origin.appearances)


def _key(finding: Finding) -> str:
    if isinstance(finding, PassageFinding | SetFinding):
        return f"document {finding.document.id}"
    return finding.digest


def _titled(finding: Finding) -> tuple[str, str]:
    """What it is, and what it looks like."""
    if isinstance(finding, PassageFinding | SetFinding):
        return f"registered document {visible(finding.document.name)}", ""
    if isinstance(finding, TermFinding):
        return f"registered term of {visible(finding.document.name)}", finding.excerpt
    return finding.name, finding.excerpt


def _line(leak: _Leak) -> str:
    first, *others = leak.paths
    path = clip(visible(first), _WIDEST_PATH) + (f" and {len(others):,} more" if others else "")
    since = f", by {_person(leak.first)} in {leak.first.commit[:_ID]} of {_day(leak.first)}" if leak.first else ""
    until = f", until {leak.removed[:_ID]}" if leak.removed and not leak.head else ""
    return f"{clip_end(visible(leak.excerpt), _WIDEST_PATH)}  {path}{since}{until}".strip()


def _person(each: Appearance) -> str:
    return clip_end(visible(f"{each.author} <{each.email}>"), _WIDEST_PERSON)


def _day(each: Appearance) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(each.date))
    except (OverflowError, ValueError, OSError):  # a commit may say any number
        return "no date"
