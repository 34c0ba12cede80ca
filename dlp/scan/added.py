"""Which findings decide where only some lines of a file do: those that touch one of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from dlp.match.places import LISTED
from dlp.model import Finding, PassageFinding, PatternFinding, SetFinding, Span, Suppressed, TermFinding
from dlp.source.seam import Item

CAUSE: Final = "it touches no added line"

_LINE = re.compile(r"line (\d{1,18})")


def only_added(
    item: Item, findings: Sequence[Finding], text: bytes | None
) -> tuple[list[Finding], list[Suppressed]]:
    """What of `findings` touches a line of `item.added`, and what does not.

    text: all of the file's text, where it is one plain text. Where a finding's last line cannot be told without it, so
        many lines are taken as it has characters; what has no line (a page, a cell, a file inside) decides in any case.
    """
    if item.added is None:
        return list(findings), []
    starts = None if text is None else _line_starts(text)
    kept: list[Finding] = []
    aside: list[Suppressed] = []
    for finding in findings:
        if any(_touches(item.added, each, starts) for each in _spans(finding, item.name)):
            kept.append(finding)
        elif isinstance(finding, PassageFinding | PatternFinding):
            aside.append(Suppressed(finding, (CAUSE,)))
    return kept, aside


def _spans(finding: Finding, name: str) -> Sequence[Span | None]:
    """None: it may be anywhere."""
    if isinstance(finding, SetFinding) or finding.provenance != (name,):
        return (None,)
    if isinstance(finding, PatternFinding | TermFinding):
        return (*finding.places, None) if len(finding.places) >= LISTED else finding.places
    return (finding.span,)


def _touches(added: Sequence[tuple[int, int]], span: Span | None, starts: Sequence[int] | None) -> bool:
    line = None if span is None else _LINE.fullmatch(span.locator)
    if span is None or line is None:
        return True
    first = int(line[1])
    if starts is None:
        last = first + max(span.end - span.start - 1, 0)
    else:
        last = max(first, bisect_right(starts, max(span.end - 1, span.start)))
    at = bisect_right(added, (last, 1 << 62))
    return at > 0 and added[at - 1][1] >= first


def _line_starts(text: bytes) -> list[int]:
    """Of each line the number of its first character."""
    starts, at = [0], 0
    for line in text.decode("utf-8", "replace").split("\n"):
        at += len(line) + 1
        starts.append(at)
    return starts
