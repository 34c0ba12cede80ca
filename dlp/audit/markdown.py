"""An audit in Markdown. Names are attackers' text: they stand as they are, and are no markup."""

from __future__ import annotations

from collections.abc import Iterator

from dlp.audit.sections import Table, facts, sections, title
from dlp.audit.shape import Audit, Signature
from dlp.report.escape import visible

_MARKUP = str.maketrans({each: f"\\{each}" for each in "\\`*_[]#|~<>$@"})
"""What makes markup, a mention or a reference within a line."""


def markdown(audit: Audit, signature: Signature | None) -> bytes:
    return ("\n".join(_lines(audit, signature)) + "\n").encode()


def _lines(audit: Audit, signature: Signature | None) -> Iterator[str]:
    yield f"# {_plain(title(audit))}\n"
    yield from _table(Table(("", ""), facts(audit, signature)))
    for section in sections(audit):
        yield f"\n## {section.title}\n"
        yield "\n\n".join(map(_plain, section.words))
        for table in section.tables:
            yield ""
            yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.heads)} |"
    yield f"|{'---|' * len(table.heads)}"
    for row in table.rows:
        yield f"| {' | '.join(map(_plain, row))} |"
    if table.more:
        yield f"\nand {table.more:,} more"


def _plain(text: str) -> str:
    escaped = visible(text).replace("&", "&amp;").translate(_MARKUP)
    return escaped.replace("://", "\\://").replace("www.", "www\\.")  # no links of others
