"""Workflow commands of GitHub Actions: annotations of the lines that hold something.

GitHub shows ANNOTATIONS of each type a step, so the gravest of each are held and written at the end. Whatever stands in
the output begins with a command of ours, or with words of ours: others' text can neither begin a line nor end one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappush, heapreplace
from typing import BinaryIO, Final

from dlp.model import Result, Skipped, Summary, Verdict
from dlp.report.entry import NOWHERE, Entry, committed, entries, not_read, where
from dlp.report.escape import clip_end, visible
from dlp.report.figures import counted

ANNOTATIONS: Final = 10
"""Of a type that one step may show."""

_TYPES: Final = {
    Verdict.BLOCK: "error",
    Verdict.QUARANTINE: "error",
    Verdict.WARN: "warning",
    Verdict.AUDIT: "notice",
    Verdict.ALLOW: "notice",
}
_TITLE, _MESSAGE = 200, 1000  # columns
_CUT_SHORT: Final = "The scan was cut short: there is more that was not looked at"

Weight = tuple[int, int, int]


class GithubReporter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held: dict[str, list[tuple[Weight, int, str]]] = {"error": [], "warning": [], "notice": []}
        self._count = dict.fromkeys(self._held, 0)

    def begin(self) -> None:
        pass  # which annotations there is room for is known at the end

    def result(self, result: Result) -> None:
        kind = _TYPES[result.verdict]
        for entry in entries(result):
            self._hold(kind, (1, *entry.weight), partial(_command, kind, entry, result))
        for skipped in result.skipped:
            self._hold(kind, (0, 0, 0), partial(_unread, kind, skipped, result))

    def _hold(self, kind: str, weight: Weight, line: Callable[[], str]) -> None:
        self._count[kind] += 1
        held = self._held[kind]
        if len(held) < ANNOTATIONS:
            heappush(held, (weight, -self._count[kind], line()))
        elif weight > held[0][0]:
            heapreplace(held, (weight, -self._count[kind], line()))

    def end(self, summary: Summary) -> None:
        if not summary.complete:
            self._hold("error", (2, 0, 0), lambda: f"::error title=dlp::{_CUT_SHORT}")
        lines = [line for held in self._held.values() for _, _, line in sorted(held, reverse=True)]
        for kind, held in self._held.items():
            if more := self._count[kind] - len(held):
                lines.append(f"dlp: and {counted(more, f'more {kind}')}, less grave, not shown")
        verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in summary.verdicts.items() if count)
        skipped = ", ".join(f"{count:,} {visible(reason)}" for reason, count in summary.skipped.items() if count)
        unread = f"not read: {skipped}" if skipped else "everything was read" if summary.complete else "cut short"
        amount = f"{counted(summary.files, 'file')}, {counted(summary.findings, 'finding')}"
        lines.append(f"dlp: {amount}; verdicts: {verdicts or 'none'}; {unread}")
        self._stream.write("".join(line + "\n" for line in lines).encode())
        self._stream.flush()


def annotation(kind: str, path: str, line: int | None, column: int | None, title: str, words: str) -> str:
    """`kind`: error, warning or notice."""
    properties = {"file": path, "line": line, "col": column, "title": clip_end(visible(title), _TITLE) or "dlp"}
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{kind} {told}::{_data(clip_end(visible(words), _MESSAGE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _command(kind: str, entry: Entry, result: Result) -> str:
    place = entry.places[0] if entry.places else NOWHERE
    appearances = result.origin.appearances
    path = appearances[0].path if appearances else result.path
    inside = "" if place.line or not place.locator else f"In {where(place)}"
    what = f"{entry.about}: {entry.excerpt}" if entry.excerpt else entry.about
    levels = f"Severity {entry.severity.value}, confidence {entry.confidence.value}, verdict {result.verdict.value}"
    parts = [what, inside, levels, committed(result), result.handling.message]
    words = ". ".join(part.rstrip(". ") for part in parts if part)
    return annotation(kind, path, place.line, place.column, entry.name, words)


def _unread(kind: str, skipped: Skipped, result: Result) -> str:
    words = f"{not_read(skipped, result)}. Verdict: {result.verdict.value}"
    return annotation(kind, result.path, None, None, "Not read", words)
