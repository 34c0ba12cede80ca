"""Markdown for the comment of a pull or merge request, in at most LIMIT characters.

The gravest findings are held and written at the end; what has no room is counted. Others' text stands in `<code>` with
every sign of markup as an entity, where neither GitHub nor GitLab finds mentions, references or links in it.
"""

from __future__ import annotations

import re
from heapq import heappush, heapreplace
from typing import BinaryIO, Final

from dlp.model import VERDICTS, Result, Summary, Verdict
from dlp.report.entry import NOWHERE, Entry, advice, committed, entries, not_read, where
from dlp.report.escape import clip, clip_end, visible
from dlp.report.figures import counted, duration, size

LIMIT: Final = 65_536
"""Characters of a comment that GitHub takes; GitLab takes more."""

ROWS: Final = 200
"""Findings that are held."""

NOT_READ: Final = 50
"""Parts not read that are held."""

_ADVICE: Final = 20
_TAIL: Final = 25_000  # characters for what stands behind the table
_PATH, _TEXT, _EXCERPT, _MESSAGE = 160, 300, 100, 1000  # columns
_SIGNS: Final = re.compile(r"[^\w ,;()/'\"%=.?-]|_", re.ASCII)
_REFERENCES: Final = re.compile(r"([@#:!$%&~^]|www|GH)(?=\S)", re.IGNORECASE)


def code(text: str, columns: int = _TEXT) -> str:
    """`text` as it is, in the font of code, on one line."""
    shown = clip(visible(text), columns)
    return f"<code>{_entities(shown)}</code>".replace("www.", "www&#46;") if shown else ""


def plain(text: str, columns: int = _MESSAGE) -> str:
    """`text` as words: nothing of it is markup, a mention, a reference or a link."""
    parts = _REFERENCES.split(clip_end(visible(text), columns))  # each second part is what a reference begins with
    return "".join(_entities(part) + ("<!-- -->" if at % 2 else "") for at, part in enumerate(parts))


def _entities(text: str) -> str:
    return _SIGNS.sub(lambda found: found[0] if found[0] > "\x7f" else f"&#{ord(found[0])};", text)


class MarkdownReporter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rows: list[tuple[tuple[int, int, int], int, str]] = []
        self._findings = 0
        self._not_read: list[str] = []
        self._skipped = 0
        self._advice: dict[str, int] = {}

    def begin(self) -> None:
        pass  # the first line says how it ended

    def result(self, result: Result) -> None:
        for entry in entries(result):
            self._findings += 1
            weight = (result.verdict.rank, *entry.weight)
            full = len(self._rows) >= ROWS
            if full and weight <= self._rows[0][0]:
                continue
            (heapreplace if full else heappush)(self._rows, (weight, -self._findings, _row(entry, result)))
            told = advice(entry, result)
            if result.verdict != Verdict.ALLOW and (told in self._advice or len(self._advice) < _ADVICE):
                self._advice[told] = self._advice.get(told, 0) + 1
        for skipped in result.skipped:
            self._skipped += 1
            if len(self._not_read) < NOT_READ:
                self._not_read.append(f"- {code(result.path, _PATH)}: {code(not_read(skipped, result))}\n")

    def end(self, summary: Summary) -> None:
        verdicts = [each for each in reversed(VERDICTS) if summary.verdicts.get(each)]
        counts = [f"{summary.verdicts[each]:,} {each.value}" for each in verdicts]
        cut = "" if summary.complete else "**The scan was cut short: there is more that was not looked at.**\n\n"
        found = counted(summary.findings, "finding")
        amount = f"{counted(summary.files, 'file')}, {size(summary.bytes)}, {duration(summary.seconds)}"
        head = f"## dlp: {found}\n\n{cut}{', '.join(counts) or 'no verdicts'} · {amount}\n"
        tail = self._tail(summary)
        self._stream.write((head + self._table(LIMIT - len(head) - len(tail)) + tail).encode())
        self._stream.flush()

    def _table(self, room: int) -> str:
        if not self._rows:
            return ""
        head = "\n| verdict | where | what | severity | confidence |\n|---|---|---|---|---|\n"
        more = "\n… and {:,} more, less grave\n"
        room -= len(head) + len(more) + 20
        rows: list[str] = []
        for _, _, row in sorted(self._rows, reverse=True):
            room -= len(row)
            if room < 0:
                break
            rows.append(row)
        left = self._findings - len(rows)
        return head + "".join(rows) + (more.format(left) if left else "")

    def _tail(self, summary: Summary) -> str:
        parts = []
        if self._advice:
            ranked = sorted(self._advice, key=lambda each: -self._advice[each])
            parts.append("\n### What to do\n\n" + _fitting([f"- {plain(each)}\n" for each in ranked], _TAIL // 2))
        if self._skipped:
            left_out = "\n… and {:,} more\n"
            listed = _fitting(self._not_read, _TAIL // 2 - 200)
            left = self._skipped - listed.count("\n")
            parts.append(f"\n### Not read\n\n{listed}{left_out.format(left) if left else ''}")
        elif summary.complete:
            parts.append("\nEverything was read.\n")
        return "".join(parts)


def _fitting(lines: list[str], room: int) -> str:
    kept = []
    for line in lines:
        room -= len(line)
        if room < 0:
            break
        kept.append(line)
    return "".join(kept)


def _row(entry: Entry, result: Result) -> str:
    place = where(entry.places[0] if entry.places else NOWHERE)
    stands = ", ".join(filter(None, [code(result.path, _PATH), code(place, _PATH)]))
    more = code(committed(result))
    what = ": ".join(filter(None, [code(entry.about), code(entry.excerpt, _EXCERPT)])) + (f"<br>{more}" if more else "")
    levels = f"{entry.severity.value} | {entry.confidence.value}"
    return f"| **{result.verdict.value}** | {stands} | {what} | {levels} |\n"
