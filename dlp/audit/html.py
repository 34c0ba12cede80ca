"""An audit as a page of HTML: for reading, for printing, for a board or a court. It has no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from dlp.audit.sections import Table, facts, sections, title
from dlp.audit.shape import Audit, Signature
from dlp.model import VERDICTS
from dlp.report.escape import visible
from dlp.report.page import still

_WEIGHTS = {"high": "block", "medium": "warn", "low": "audit"}
_SHORT = re.compile(r"[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""What is not broken over lines: the id of an incident, a date."""

_MARKS = {each.value: each.value for each in VERDICTS} | _WEIGHTS


def html(audit: Audit, signature: Signature | None) -> bytes:
    return still(title(audit), ("page.css", "audit.css"), "".join(_body(audit, signature)))


def _body(audit: Audit, signature: Signature | None) -> Iterator[str]:
    yield f'<main class="paper"><header><h1>{_text(title(audit))}</h1>\n<dl class="facts">\n'
    for name, value in facts(audit, signature):
        yield f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>\n"
    yield '</dl>\n<div class="scale" role="img" aria-label="files by verdict">'
    yield from _scale(audit)
    yield "</div></header>\n"
    for number, section in enumerate(sections(audit)):
        yield f'<section aria-labelledby="s{number}"><h2 id="s{number}">{_text(section.title)}</h2>\n'
        for words in section.words:
            yield f"<p>{_text(words)}</p>\n"
        for table in section.tables:
            yield from _table(table)
        yield "</section>\n"
    yield "</main>\n"


def _scale(audit: Audit) -> Iterator[str]:
    """A figure for each verdict, the gravest first."""
    for verdict in reversed(VERDICTS):
        count = audit.scanned.verdicts.get(verdict.value, 0)
        empty = "" if count else " none"
        yield f'<div class="figure {verdict.value}{empty}"><b>{count:,}</b><span>{verdict.value}</span></div>'


def _table(table: Table) -> Iterator[str]:
    numbers = [all(row[place].replace(",", "").isdecimal() for row in table.rows) for place in range(len(table.heads))]
    yield '<div class="wide"><table><thead><tr>'
    for head, number in zip(table.heads, numbers, strict=True):
        yield f'<th scope="col"{_class("number" if number else "")}>{_text(head)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    for row in table.rows:
        yield "<tr>"
        for place, cell in enumerate(row):
            mark = _MARKS.get(cell) if place == table.marked else None
            kind = "number" if numbers[place] else "short" if _SHORT.fullmatch(cell) else ""
            shown = f'<span class="mark {mark}">{_text(cell)}</span>' if mark else _text(cell)
            yield f"<td{_class(kind)}>{shown}</td>"
        yield "</tr>\n"
    yield "</tbody></table></div>\n"
    if table.more:
        yield f'<p class="more">and {table.more:,} more</p>\n'


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _text(text: str) -> str:
    return escape(visible(text))
