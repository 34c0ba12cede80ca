"""`dlp status`: what a running daemon is at, and whether it is well."""

from __future__ import annotations

import os
import time

import click
import msgspec

from dlp.daemon.configuration import state_folder
from dlp.daemon.control import ask
from dlp.daemon.state import State
from dlp.report.escape import visible
from dlp.report.figures import counted, duration

PATIENCE = 10.0
"""Seconds. A daemon that does not answer for so long is not well."""


@click.command()
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="How it is written.")  # fmt: skip
@click.option("--state", metavar="DIR", help="The daemon's  [$DLP_STATE, user's state folder]")
def status(form: str, state: str | None) -> int:
    """Say whether the daemon is well, and what it is at.

    Exit codes: 0 it is well; 1 it is not, and files may go unseen; 2 there is none, or it does not answer.
    """
    there = ask(state or state_folder(os.environ), "status", PATIENCE)
    if form == "json":
        click.echo(msgspec.json.encode(there).decode())
    else:
        for line in _lines(there):
            click.echo(visible(line))
    return 0 if there.healthy else 1


def _lines(state: State) -> list[str]:
    well = "well" if state.healthy else "NOT WELL"
    lines = [f"{well}, process {state.pid}, up for {duration(time.time() - state.started)}"]
    lines += [f"  {problem}" for problem in state.problems]
    for folder in state.channels:
        how = "polled" if folder.polled else "watched"
        lines.append(f"channel {folder.channel}: {folder.path}, {folder.problem or how}")
    waiting = state.queue + state.settling
    oldest = f", the oldest for {duration(state.oldest)}" if state.queue else ""
    lines.append(f"{counted(waiting, 'file')} to be judged{oldest}; {state.known:,} known")
    verdicts = [f"{count:,} {name}" for name, count in state.verdicts.items() if count]
    lines.append(f"{counted(state.judged, 'verdict')} since the start{': ' if verdicts else ''}{', '.join(verdicts)}")
    if state.skipped:
        lines.append("not read: " + ", ".join(f"{count:,} {name}" for name, count in state.skipped.items()))
    limit = f" of {state.watch_limit:,}" if state.watch_limit else ""
    lines.append(f"{state.watches:,} watches{limit}; hints lost {state.overflows:,} times")
    if state.comparison:
        ago = duration(time.time() - state.comparison.ended)
        there, found = state.comparison.files, state.comparison.found
        lines.append(f"all files compared {ago} ago: {there:,}, {found:,} to be judged")
    if (backlog := state.notifications) and (backlog.waiting or backlog.dead or backlog.problem):
        lines.append(f"notifications: {backlog.waiting:,} wait, {backlog.dead:,} were given up")
        lines += [f"  {name}: {problem}" for name, problem in backlog.failing.items()]
        if backlog.problem:
            lines.append(f"  none is sent: {backlog.problem}")
    return lines
