"""`dlp show`: both sides of a passage, in plain text, for who has the key."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator

import click
import msgspec

from dlp.cli.beside import BETWEEN, rows
from dlp.cli.options import Bounds, colour_wanted, is_terminal, limit_options, open_place, say, size, store_options
from dlp.errors import UsageError
from dlp.match.sides import MOST_WORDS
from dlp.registry.store import Store
from dlp.report import json_public, reading
from dlp.report.encoding import encode
from dlp.report.escape import clip, clip_end, columns, encodable, visible
from dlp.report.figures import counted, percent
from dlp.scan.both import MOST
from dlp.scan.showing import Showing, Shown, showing

WIDTH = 120
"""Columns, where there is no terminal."""

NARROWEST = 40
LISTED = 10
"""Ids that an error names, and documents that a heading does."""

_ID = re.compile(r"#?([0-9a-f]{12})")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt]))")


@click.command()
@click.argument("finding", metavar="FINDING")
@click.option("--results", metavar="FILE", help="A report in JSON or JSON Lines that says which file the id is of.")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How it is written.")  # fmt: skip
@click.option("--width", type=click.IntRange(NARROWEST, 1000), metavar="COLUMNS",
              help=f"Columns of a line.  [the terminal's, else {WIDTH}]")  # fmt: skip
@click.option("--max-file-size", type=size, metavar="SIZE", help="Refuse a larger file (10M, 2G).")
@click.option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS",
              help="Time for the file, besides what its size allows.  [120]")  # fmt: skip
@limit_options
@store_options
def show(
    finding: str,
    results: str | None,
    form: str,
    width: int | None,
    max_file_size: int | None,
    timeout: float | None,
    bounds: Bounds,
    store: str | None,
    key_file: str | None,
) -> None:
    """Show both sides of a passage, word beside word: the document's, and the scanned file's.

    FINDING is PATH#ID as a report has them, PATH for all passages of a file, or with --results an ID alone. The file is
    scanned anew. The document's side is there if it was registered with --keep-text.

    What only the document says is marked [-so-], what only the file says {+so+}; on a terminal, red and green.

    The output, in either format, is plain text of registered documents: it is as secret as they are.
    """
    path, wanted, document = _named(finding, results)
    folder, key = open_place(store, key_file)
    registry = Store(folder, key)
    limits = bounds.limits(max_file_size, timeout)
    made = showing(path, wanted, registry, limits)
    for each in made.skipped:
        where = " › ".join(map(visible, each.provenance))  # noqa: RUF001 - the sign of a provenance
        say(f"not read: {where}: {each.reason}, {visible(each.detail)}")
    if not made.passages and wanted:
        raise UsageError(_gone(made, wanted, document, registry))
    if form == "json":
        sys.stdout.buffer.write(msgspec.json.format(encode(_public(made)), indent=2) + b"\n")
        sys.stdout.buffer.flush()
    else:
        terminal = is_terminal(sys.stdout)
        colour = colour_wanted(terminal)
        room = width or (shutil.get_terminal_size().columns if terminal else WIDTH)
        for number, passage in enumerate(made.passages):
            lines = _lines(passage, made, max(room, NARROWEST), colour)
            click.echo("\n" * bool(number) + "\n".join(lines), color=colour)
    if not made.passages:
        say(f"{visible(made.path)} has no passage of a registered document")
    if not wanted and len(made.ids) > MOST:
        say(f"{len(made.ids) - MOST:,} more passages are not shown; name one as {visible(made.path)}#ID")


def _named(finding: str, results: str | None) -> tuple[bytes, str | None, reading.Document | None]:
    """(path, id, the document that a report names)."""
    path, _, number = finding.rpartition("#")
    named = _ID.fullmatch(number)
    if results is not None:
        if not named and not (named := _ID.fullmatch(finding)):
            raise UsageError(f"--results is for an id of 12 hexadecimal digits, which {visible(finding)} is not")
        shown, document = reading.find(results, named[1])
        return _path(shown), named[1], document
    if named and path and not _there(os.fsencode(finding)):
        return _path(path), named[1], None
    if _ID.fullmatch(finding) and not _there(os.fsencode(finding)):
        raise UsageError(f"which file is {finding} of? Give PATH#ID, or the report that names it: --results FILE")
    return _path(finding), None, None


def _path(shown: str) -> bytes:
    """A path that may be as a report has it: bytes that are not UTF-8, and what acts on a terminal, escaped."""
    given = os.fsencode(shown)
    if not _there(given):
        plain = _ESCAPE.sub(_escaped, shown).encode("utf-8", "surrogateescape")
        if _there(plain):
            return plain
    return given


def _escaped(match: re.Match[str]) -> str:
    byte, short, long, letter = match.groups()
    if letter:
        return {"n": "\n", "r": "\r", "t": "\t"}[letter]
    if byte:
        return bytes([int(byte, 16)]).decode("utf-8", "surrogateescape")
    code = int(short or long, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def _there(path: bytes) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a NUL
        return False


def _gone(made: Showing, wanted: str, document: reading.Document | None, registry: Store) -> str:
    if document and registry.ordinal_of(document.id, document.version) is None:
        name = f"{visible(document.name)} version {document.version}"
        return f"passage #{wanted} was of {name}, which is not registered any more in this store"
    have = ", ".join(f"#{each}" for each in made.ids[:LISTED])
    more = f" and {len(made.ids) - LISTED:,} more" if len(made.ids) > LISTED else ""
    now = f"it has {have}{more}" if have else "it has none"
    return (
        f"there is no passage #{wanted} in {visible(made.path)}: {now}. An id is another when the file, its place "
        "(scan and show from the same folder) or what is registered has changed"
    )


def _lines(shown: Shown, made: Showing, width: int, colour: bool) -> Iterator[str]:
    finding, sides = shown.finding, shown.sides
    document, span, source = finding.document, finding.span, finding.source_span

    def paint(code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    yield paint("1", clip(visible(made.path), width - 13) + f"#{finding.id}")
    if made.suppressed:
        yield clip_end("not a finding: it would be one if nothing were suppressed; see dlp scan --explain", width)
    name = f"{visible(document.name)} · {visible(document.label)} · version {document.version}"
    yield clip_end(name, width)
    if finding.also:
        names = [visible(each.document.name) for each in finding.also[:LISTED]]
        more = f" and {len(finding.also) - LISTED:,} more" if len(finding.also) > LISTED else ""
        yield clip_end(f"also in {', '.join(names)}{more}", width)
    amount = f"{counted(finding.length, 'symbol')}, {finding.evidence:,} of evidence, rarity {finding.rarity:,}"
    shares = f"{percent(finding.similarity)} alike, {percent(finding.rare_share)} of that rare"
    yield clip_end(f"{amount}; {shares}", width)
    yield clip_end(f"severity {finding.severity}, confidence {finding.confidence}", width)
    yield from textwrap.wrap(shown.problem, width)
    inner = "".join(f"{visible(each)} › " for each in finding.provenance[1:])  # noqa: RUF001 - the sign of a provenance
    here = f"{inner}{visible(span.locator) or f'line {span.line}'}, {span.start:,} to {span.end:,}"
    there = f"{visible(source.locator) or 'document'}, {source.start:,} to {source.end:,}"
    yield ""
    if sides is None or sides.source is None:
        yield paint("2", clip_end(f"file: {here}", width))
    else:
        room = (width - len(BETWEEN)) // 2
        left = clip_end(f"document: {there}", room)
        yield paint("2", left + " " * (room - columns(left)) + BETWEEN + clip_end(f"file: {here}", room))
    if sides:
        yield from rows(sides, width, colour=colour)
        if sides.cut:
            yield clip_end(f"… cut after {MOST_WORDS:,} words or 100,000 characters", width)


def _public(made: Showing) -> dict[str, object]:
    """Version 1. Ranges of operations are characters of the two texts, `end` excluded."""
    return {
        "version": 1,
        "path": encodable(made.path),
        "suppressed": made.suppressed,
        "passages": [
            {
                "finding": json_public.passage(each.finding),
                "problem": encodable(each.problem),
                "scanned": each.sides and encodable(each.sides.scanned),
                "source": each.sides and each.sides.source,
                "cut": bool(each.sides and each.sides.cut),
                "paired": bool(each.sides and each.sides.paired),
                "operations": each.sides.operations if each.sides else [],
            }
            for each in made.passages
        ],
    }
