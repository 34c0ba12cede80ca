"""`dlp incidents notify`: what is still to be told of incidents."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from dlp.cli.options import say
from dlp.cli.recording import incidents_option
from dlp.errors import UsageError
from dlp.report.escape import visible
from dlp.report.figures import counted

if TYPE_CHECKING:
    from dlp.incident.folder import Folder
    from dlp.incident.notify.sender import Sender


@click.command()
@click.option("--list", "listing", is_flag=True, help="Show what waits and what was given up, and send nothing.")
@click.option("--retry", is_flag=True, help="Try everything again at once, also what was given up.")
@click.option("--test", "tested", metavar="TARGET", help="Send TARGET a message that tells of nothing.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=60.0, show_default=True, help="Time to send in.")
@incidents_option
def notify(listing: bool, retry: bool, tested: str | None, seconds: float, incidents: str | None) -> int:
    """Tell those whom the policy names of incidents: send what waits.

    Scans queue what there is to tell, and send for some seconds at their end; what did not get through waits here. Who
    is told how stands in config.yaml. Messages hold names, rules and counts, nothing that was found. Ends with 1 where
    something did not get through.
    """
    if sum((listing, retry, tested is not None)) > 1:
        raise UsageError("--list, --retry and --test are different things: give one of them")
    from dlp.incident.folder import Folder
    from dlp.incident.notify.sender import Sender
    from dlp.incident.places import incidents_path
    from dlp.incident.settings import load

    with Folder(incidents_path(incidents, os.environ), writing=not listing) as folder:
        if listing:
            return _listed(folder)
        targets = load(folder.path).targets
        sender = Sender(folder.log(), targets)
        if tested is not None:
            return _tested(sender, tested)
        if retry:
            from dlp.incident.notify import queue

            queue.revive(folder.database, targets, queue.now())
        return _sent(sender, folder, seconds)


def _listed(folder: Folder) -> int:
    from dlp.incident.notify.message import when
    from dlp.incident.notify.queue import listed

    for row in listed(folder.database):
        state = "given up" if row.state == "dead" else f"waits, tried {row.tries:,} times" if row.tries else "waits"
        problem = f"  {row.problem}" if row.problem else ""
        click.echo(visible(f"{row.incident}  {row.target}  {when(row.made)}  {state}{problem}"))
    return 0


def _tested(sender: Sender, name: str) -> int:
    from dlp.incident.notify.seam import NotSent

    try:
        sender.test(name)
    except KeyError:
        raise UsageError(f"config.yaml has no target {name!r}") from None
    except NotSent as error:
        click.echo(visible(f"{name}: not sent: {error}"), err=True)
        return 1
    click.echo(visible(f"{name}: sent"))
    return 0


def _sent(sender: Sender, folder: Folder, seconds: float) -> int:
    from dlp.incident.notify.queue import backlog

    made = sender.run_for(seconds)
    click.echo(f"told of {counted(made.incidents, 'incident')} in {counted(made.messages, 'message')}")
    for name, problem in made.problems.items():
        say(visible(f"{name}: {problem}"))
    left = backlog(folder.database)
    if left:
        waits, dead = left.get("waiting", 0), left.get("dead", 0)
        say(f"{waits:,} still wait, {dead:,} were given up; see: dlp incidents notify --list")
    return 1 if left else 0
