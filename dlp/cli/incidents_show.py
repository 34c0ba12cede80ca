"""`dlp incidents show`."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dlp.cli.incidents_public import VERSION, public, when
from dlp.cli.recording import incidents_option
from dlp.errors import UsageError
from dlp.report.encoding import encode
from dlp.report.escape import visible

if TYPE_CHECKING:
    from dlp.incident.bundle import About
    from dlp.incident.chain import Entry
    from dlp.incident.evidence import Excerpts, Side
    from dlp.incident.incidents import Detected

WIDTH = 100
FINDINGS = 50
"""Findings that are listed; JSON has all."""


@click.command()
@click.argument("incident", metavar="INCIDENT")
@click.option("--reveal", is_flag=True, help="Show the evidence in plain text; the log says that you did.")
@click.option("--review-key", metavar="FILE",
              help="The private review key  [$DLP_REVIEW_KEY, user's configuration]")  # fmt: skip
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How it is written.")  # fmt: skip
@incidents_option
def show(incident: str, reveal: bool, review_key: str | None, form: str, incidents: str | None) -> None:
    """Show an incident: what was found, and all that the log says of it.

    With --reveal and the review key the excerpts are shown, too: the passage or value with what stands around it, and
    the registered document's side where its text is kept. That is as secret as the documents are.
    """
    from dlp.incident import keys
    from dlp.incident.bundle import About
    from dlp.incident.folder import Folder
    from dlp.incident.incidents import Who, named
    from dlp.incident.listing import detail, timeline
    from dlp.incident.places import incidents_path, review_key_path
    from dlp.incident.revealing import reveal as revealed

    if review_key and not reveal:
        raise UsageError("--review-key is for --reveal")
    with Folder(incidents_path(incidents, os.environ), writing=reveal) as folder:
        ordinal, row = named(folder.database, incident)
        entries = timeline(folder.database, ordinal)
        found = detail(folder.database, row)
        opened = None
        if reveal:
            key = keys.load_review(review_key_path(review_key, os.environ))
            opened = revealed(folder.log(), row, entries, key, "show", Who.here())
    about = About(row, found, entries, opened)
    if form == "json":
        sys.stdout.buffer.write(encode(as_json(about)) + b"\n")
        sys.stdout.buffer.flush()
        return
    for line in as_lines(about):
        click.echo(line)


def as_json(about: About) -> dict[str, object]:
    """Version 1. `result` is as JSON v1 has it; `evidence` is there where it was revealed."""
    row, found, entries, opened = about.row, about.found, about.entries, about.opened
    made: dict[str, object] = {
        "version": VERSION,
        "incident": public(row),
        "policy": found.policy,
        "registry": found.registry,
        "problems": found.problems,
        "result": found.result,
        "entries": [
            {
                "number": each.number,
                "time": when(each.time),
                "kind": each.kind,
                "hash": each.hash.hex(),
                "body": None if each.body is None else msgspec.Raw(each.body),
            }
            for each in entries
        ],
    }
    if opened is not None:
        made["evidence"] = [{"entry": entry.number, "excerpts": excerpts} for entry, _, excerpts in opened if excerpts]
    return made


def as_lines(about: About) -> Iterator[str]:
    """For people."""
    row, found, entries, opened = about.row, about.found, about.entries, about.opened
    result: dict[str, Any] = msgspec.json.decode(found.result)
    seen = f"{when(row.first)}" if row.times == 1 else f"{when(row.first)} to {when(row.last)}, {row.times:,} times"
    rows = {
        "incident": row.id,
        "state": row.state,
        "verdict": f"{row.verdict}{f', severity {row.severity}' if row.severity else ''}",
        "file": visible(row.path),
        "earlier at": ", ".join(map(visible, row.paths.split("\n"))) if row.paths else "",
        "seen": seen,
        "by": f"{visible(row.user)} on {visible(row.host)}",
        "channel": visible(row.channel),
        "sha-256": row.digest,
        "classes": ", ".join(map(visible, row.classes.split("\n"))) if row.classes else "",
        "policy": visible(found.policy),
        "registry": visible(found.registry),
        "evidence": _evidence(found),
    }
    for name, value in rows.items():
        if value:
            yield f"{name:<12}{value}"
    for problem in found.problems:
        yield f"{'problem':<12}{visible(problem)}"
    yield ""
    yield "Why"
    for reason in result.get("reasons", ()):
        yield f"  {visible(reason)}"
    findings = result.get("findings", ())
    for each in findings[:FINDINGS]:
        yield "  " + _finding(each)
    if len(findings) > FINDINGS:
        yield f"  and {len(findings) - FINDINGS:,} more findings (--format json has all)"
    yield ""
    yield "What happened"
    for entry in entries:
        yield f"  {entry.number:>8}  {when(entry.time)}  {entry.kind:<10} {_told(entry)}".rstrip()
    for entry, _, excerpts in opened or ():
        if excerpts is not None:
            yield ""
            yield f"Evidence of entry {entry.number}"
            yield from _excerpts(excerpts)
    if opened is not None and not any(excerpts for _, _, excerpts in opened):
        yield ""
        yield "There is no evidence of it."


def _evidence(found: Detected) -> str:
    parts = []
    if found.excerpts:
        parts.append(f"excerpts ({found.excerpts.bytes:,} bytes, sealed)")
    if found.file:
        parts.append(f"the file ({found.file.bytes:,} bytes, sealed)")
    return " and ".join(parts) or "none"


def _finding(finding: dict[str, Any]) -> str:
    what = finding.get("rule") or finding["document"]["name"]
    place = finding.get("span", {}).get("locator", "")
    levels = f"severity {finding['severity']}, confidence {finding['confidence']}"
    inner = "".join(f" › {each}" for each in finding.get("provenance", ())[1:])  # noqa: RUF001 - a provenance's sign
    return visible(f"{what}: {levels}{f', {place}' if place else ''}{inner}  {finding.get('excerpt', '')}".rstrip())


def _told(entry: Entry) -> str:
    if entry.body is None:
        return "(purged)"
    body: dict[str, Any] = msgspec.json.decode(entry.body)
    who = body.get("who", {})
    words = [f"{who.get('user', '')}@{who.get('host', '')}"] if who else []
    for name in ("verdict", "state", "path", "note", "purpose", "problem", "reason", "detail"):
        if isinstance(body.get(name), str) and body[name]:
            words.append(body[name])
    return visible("  ".join(words))


def _excerpts(excerpts: Excerpts) -> Iterator[str]:
    for each in excerpts.excerpts:
        yield ""
        inner = "".join(f" › {part}" for part in each.provenance[1:])  # noqa: RUF001 - a provenance's sign
        yield visible(f"{each.what}: {each.kind}{f' #{each.id}' if each.id else ''}{inner}, {each.locator}")
        if each.problem:
            yield visible(f"  ({each.problem})")
        if each.file:
            yield "  in the file:"
            yield from _side(each.file)
        if each.source:
            yield visible(f"  in the document, {each.source_locator}:" if each.source_locator else "  in the document:")
            yield from _side(each.source)
    if excerpts.problem:
        yield visible(excerpts.problem)
    if excerpts.left_out:
        yield f"{excerpts.left_out:,} more findings have no excerpt"


def _side(side: Side) -> Iterator[str]:
    text = f"{side.before}⟦{side.text}{'…' if side.cut else ''}⟧{side.after}"
    for line in text.splitlines() or [""]:
        for part in textwrap.wrap(visible(line), WIDTH - 4, drop_whitespace=False) or [""]:
            yield "    " + part.rstrip()
