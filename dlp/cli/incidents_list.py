"""`dlp incidents list`."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from dlp.cli.incidents_public import public, when
from dlp.cli.options import is_terminal
from dlp.cli.recording import incidents_option
from dlp.errors import UsageError
from dlp.report.encoding import encode
from dlp.report.escape import clip_end, visible

if TYPE_CHECKING:
    from dlp.incident.incidents import Incident

STATES = ("open", "reviewed", "false-positive", "resolved", "any")
VERDICTS = ("warn", "quarantine", "block")

SHOWN = "id, state, verdict, severity, last, times, path, title"

_WRITTEN = 1000
"""Lines written at a time."""


@click.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, default=("open",), show_default=True,
              help="In this state.")  # fmt: skip
@click.option("--since", metavar="TIME", help="Seen since: 12h, 7d, or 2026-11-24 (UTC).")
@click.option("--verdict", type=click.Choice(VERDICTS), help="This verdict or a stricter one.")
@click.option("--path", "path", default="", metavar="TEXT|GLOB", help="With this in the file's path.")
@click.option("--class", "classes", multiple=True, metavar="NAME", help="Documents of this label, rules of this tag.")
@click.option("--channel", default="", metavar="NAME", help="By this way out.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The latest N.")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json", "jsonl"]), default="text", show_default=True,
              help="How they are written.")  # fmt: skip
@incidents_option
def list_incidents(
    states: tuple[str, ...],
    since: str | None,
    verdict: str | None,
    path: str,
    classes: tuple[str, ...],
    channel: str,
    limit: int | None,
    form: str,
    incidents: str | None,
) -> None:
    """List incidents, those seen last first. Times are UTC."""
    from dlp.incident.folder import Folder
    from dlp.incident.incidents import State
    from dlp.incident.listing import Filter, columns, listed
    from dlp.incident.places import incidents_path
    from dlp.model import Verdict

    wanted = Filter(
        states=() if "any" in states else [State(each) for each in states],
        since=None if since is None else _since(since, time.time()),
        verdict=Verdict(verdict) if verdict else None,
        path=path,
        classes=classes,
        channel=channel,
        limit=limit,
    )
    with Folder(incidents_path(incidents, os.environ), writing=False) as folder:
        if form == "text":
            count = _text(columns(folder.database, wanted, SHOWN))
        else:
            count = _json(listed(folder.database, wanted), form)
    if form == "text":
        click.echo("1 incident" if count == 1 else f"{count:,} incidents", err=True)


def _text(rows: Iterable[tuple[Any, ...]]) -> int:
    """Of rows of SHOWN."""
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    count = 0
    lines: list[str] = []
    minute, spelled = -1, ""
    for id, state, verdict, severity, last, times, path, title in rows:
        if last // 60_000_000 != minute:
            minute, spelled = last // 60_000_000, when(last)[:16]
        line = f"{id}  {state:<14} {verdict:<10} {severity:<8} {spelled} {times:>4}x  {visible(path)}  {visible(title)}"
        lines.append(clip_end(line, width) if width else line)
        count += 1
        if len(lines) == _WRITTEN:
            sys.stdout.write("\n".join(lines) + "\n")
            lines.clear()
    if lines:
        sys.stdout.write("\n".join(lines) + "\n")
    return count


def _json(rows: Iterable[Incident], form: str) -> int:
    """Version 1: `{"version": 1, "incidents": […]}`, or an object a line."""
    out = sys.stdout.buffer
    count = 0
    if form == "json":
        out.write(b'{"version": 1, "incidents": [')
    for row in rows:
        line = encode(public(row))
        out.write(line + b"\n" if form == "jsonl" else (b",\n" if count else b"\n") + line)
        count += 1
    if form == "json":
        out.write(b"\n]}\n" if count else b"]}\n")
    out.flush()
    return count


def _since(given: str, now: float) -> int:
    """Microseconds since 1970. Raises UsageError."""
    from dlp.incident.settings import seconds

    try:
        ago = seconds(given)
        if ago is not None:
            return int((now - ago) * 1_000_000)
    except ValueError:  # no age, so it may be a date
        ago = None
    try:
        date = datetime.datetime.fromisoformat(given)
    except ValueError:
        raise UsageError(f"--since {given}: write an age (12h, 7d) or a date (2026-11-24)") from None
    return int((date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp() * 1_000_000)
