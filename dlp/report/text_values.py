"""The report for people, of values: what rules matched, and registered terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from dlp.model import Finding, PatternFinding, Provenance, Result, TermFinding
from dlp.report.escape import clip_end, visible

INDENT: Final = " " * 12

_MOST = 8  # of one file, unless verbose
_WIDEST = 32  # columns of a rule's id
_MOST_PLACES = 10  # of one finding, where verbose


class Sheet(Protocol):
    """What the report lends: its widths and colours."""

    verbose: bool

    def line(self, text: str, indent: int = 0) -> str: ...

    def paint(self, colour: str, text: str) -> str: ...

    def titled(self, name: str, about: str) -> str: ...

    def levels(self, finding: Finding) -> str: ...

    def more(self, count: int, one: str, many: str = "", *, all_shown: bool = False) -> Iterator[str]: ...


def values(sheet: Sheet, result: Result) -> Iterator[str]:
    """Two lines each, the gravest first."""
    found = [each for each in result.findings if isinstance(each, PatternFinding | TermFinding)]
    ranked = sorted(found, key=lambda each: (gravity(each), each.count), reverse=True)
    shown = ranked if sheet.verbose or len(ranked) <= _MOST + 1 else ranked[:_MOST]
    for each in shown:
        yield from _value(sheet, each, result)
    yield from sheet.more(len(ranked) - len(shown), "value")


def allowed(sheet: Sheet, finding: PatternFinding, causes: Sequence[str], result: Result) -> Iterator[str]:
    """What somebody allows."""
    where = _where(finding, result.provenance)
    yield INDENT + "  " + sheet.line(f"would have matched: {finding.name} · {finding.rule}, {where}", 2)
    yield INDENT + "    " + sheet.line(f"because: {'; '.join(causes)}", 4)


def _value(sheet: Sheet, finding: PatternFinding | TermFinding, result: Result) -> Iterator[str]:
    if isinstance(finding, PatternFinding):
        name, about = finding.name, finding.rule
    else:
        name, about = f"term of {finding.document.name}", finding.document.label
    yield sheet.titled(name, f" · {clip_end(visible(about), _WIDEST)}  {sheet.levels(finding)}")
    where = _where(finding, result.provenance)
    yield INDENT + "  " + sheet.line(f"{where}  {finding.excerpt}", 2)
    if sheet.verbose:
        places = [visible(each.locator) or f"line {each.line}" for each in finding.places[1 : 1 + _MOST_PLACES]]
        more = " …" if len(finding.places) > 1 + _MOST_PLACES else ""
        also = f"; also at {', '.join(places)}{more}" if places else ""
        yield INDENT + "  " + sheet.paint("aside", sheet.line(f"#{finding.digest}{also}", 2))


def _where(finding: PatternFinding | TermFinding, outer: Provenance) -> str:
    span = finding.span
    place = visible(span.locator) or f"line {span.line}"
    if place == f"line {span.line}":
        place = f"{place}, column {span.column}"
    within = inside(finding.provenance, outer)
    times = f" ({finding.count:,} in all)" if finding.count > 1 else ""
    return f"{f'{within}, ' if within else ''}{place}{times}"


def gravity(finding: Finding) -> tuple[int, int]:
    """Sorts what an engineer should see first last."""
    return finding.severity.rank, finding.confidence.rank


def inside(inner: Provenance, outer: Provenance) -> str:
    """The part of `inner` that stands inside `outer`; all of it, if it does not."""
    rest = inner[len(outer) :] if inner[: len(outer)] == outer else inner
    return " › ".join(map(visible, rest))  # noqa: RUF001 - the sign of a provenance
