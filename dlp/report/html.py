"""One page of HTML for people: what was found, where, how grave it is, and what was not read.

The page's data are JSON Lines, version 1 (`json_v1.py`), with a line before them that says who wrote it when: a first
line, a line for each result, the summary. So whatever reads JSON Lines can read a page's block, too. Where somebody
asked for passages in plain text, they have a line of their own after the result's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec

from dlp import __version__, model
from dlp.model import VERDICTS, Verdict
from dlp.report import json_v1
from dlp.report.escape import encodable
from dlp.report.figures import counted, duration, size
from dlp.report.json_public import public, public_summary
from dlp.report.page import Page

ROOM: Final = 128 << 20
"""Bytes of results in a page, some 200,000 findings: what a browser opens. Those below `warn` have half of it, so that
there is room for the graver ones whatever comes first. What finds no room is counted, and the page says so."""

_STYLES: Final = ("page.css", "report.css")
_SCRIPTS: Final = ("page.js", "charts.js", "rows.js", "index.js", "detail.js", "listed.js", "report.js")


class FirstLine(msgspec.Struct, frozen=True):
    """What the block begins with. `begun`: seconds since 1970."""

    page: str
    version: int
    engine: str
    begun: int


class LastLine(msgspec.Struct, frozen=True):
    """What it ends with. `left_out`: results that found no room, by their verdicts."""

    version: int
    summary: json_v1.Summary
    left_out: dict[str, int]


class Passage(msgspec.Struct, frozen=True):
    """A finding's text on both sides. `pieces`: kind (as an Operation has it), the document's text or null, the
    file's, how many words; `problem`: what of it is missing, and why."""

    id: str
    pieces: list[tuple[str, str | None, str, int]]
    cut: bool
    problem: str


class Passages(msgspec.Struct, frozen=True):
    """Of the result in the line before."""

    passages: list[Passage]


class HtmlReporter:
    """A whole scan as one page, written as the results come."""

    def __init__(self, stream: BinaryIO, *, room: int = ROOM) -> None:
        self._page = Page(stream, "Scan report", _STYLES, _SCRIPTS)
        self._room = room
        self._left_out: dict[str, int] = {}

    def begin(self) -> None:
        self._page.begin()
        self._page.line(FirstLine("scan", json_v1.VERSION, __version__, int(time.time())))

    def result(self, result: model.Result) -> None:
        room = self._room if result.verdict.rank >= Verdict.WARN.rank else self._room // 2
        if self._page.written >= room:
            self._left_out[result.verdict] = self._left_out.get(result.verdict, 0) + 1
        else:
            self._page.line(public(result))
            if result.quoted:
                self._page.line(Passages([_passage(each) for each in result.quoted]))

    def end(self, summary: model.Summary) -> None:
        self._page.line(LastLine(json_v1.VERSION, public_summary(summary), self._left_out))
        self._page.end(_rows(summary))


def _passage(quoted: model.Quoted) -> Passage:
    sides = quoted.sides
    if sides is None:
        return Passage(quoted.id, [], False, encodable(quoted.problem))
    pieces: list[tuple[str, str | None, str, int]] = []
    for each in sides.operations:
        there = sides.source[slice(*each.source)] if sides.source is not None and each.source else None
        here = sides.scanned[slice(*each.scanned)]
        pieces.append((each.kind, None if there is None else encodable(there), encodable(here), each.words))
    return Passage(quoted.id, pieces, sides.cut, encodable(quoted.problem))


def _rows(summary: model.Summary) -> Iterator[tuple[str, str]]:
    cut = "" if summary.complete else ", cut short: there is more that was not looked at"
    yield "Scanned", f"{counted(summary.files, 'file')}, {size(summary.bytes)}, {duration(summary.seconds)}{cut}"
    for verdict in reversed(VERDICTS):
        yield verdict.value.capitalize(), f"{summary.verdicts.get(verdict, 0):,}"
    yield "Findings", f"{summary.findings:,}"
    yield "Not read", ", ".join(f"{count:,} {reason}" for reason, count in summary.skipped.items()) or "nothing"
