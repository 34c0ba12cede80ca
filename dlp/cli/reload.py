"""`dlp reload`: has a running daemon take up what has changed."""

from __future__ import annotations

import os

import click

from dlp.cli.options import say
from dlp.daemon.configuration import state_folder
from dlp.daemon.control import ask

PATIENCE = 120.0
"""Seconds. Rules that are compiled anew take some."""


@click.command()
@click.option("--state", metavar="DIR", help="The daemon's  [$DLP_STATE, user's state folder]")
def reload(state: str | None) -> None:
    """Have the daemon take up changes of its configuration, policy, rules and registry. What is broken is refused, and
    the daemon goes on as it was."""
    ask(state or state_folder(os.environ), "reload", PATIENCE)
    say("reloaded")
