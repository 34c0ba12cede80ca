"""The log's head, for keeping it where whoever could change the log cannot reach."""

from __future__ import annotations

import base64
import subprocess
import time

import msgspec

from dlp.errors import IncidentsError
from dlp.incident.chain import Head, Log, head_of, head_statement
from dlp.incident.settings import DAY, Anchor

SECONDS = 30
"""That the command may take."""


class Anchoring(msgspec.Struct, frozen=True):
    """The body of an entry `anchor`: which head was handed to the command, and how it ended."""

    number: int
    hash: str
    command: list[str]
    problem: str


def printed(head: Head) -> str:
    """Lines that are signed, and the signature of them (base64) behind."""
    return head_statement(head.number, head.hash).decode() + f"signature {base64.b64encode(head.signature).decode()}\n"


def anchor(log: Log, wanted: Anchor, *, now: bool = False) -> str:
    """Hands the head to the command, where it is time, or `now`; the log says so. What went wrong, in words.

    Raises IncidentsError."""
    database = log.database
    moment = time.time()
    number, done, when = database.execute("SELECT number, anchored, anchored_time FROM head").fetchone()
    due = number - done >= wanted.every or (wanted.daily and number > done and abs(moment - when) >= DAY)
    if not (due or now):
        return ""
    head = head_of(database)
    problem = _run(wanted.command, printed(head))
    with log.appending() as appending:
        body = Anchoring(head.number, head.hash.hex(), wanted.command, problem)
        made = appending.append("anchor", body)
        # This entry is not worth an anchor of its own. One that failed is tried again when the next is due.
        appending.db.execute("UPDATE head SET anchored = ?, anchored_time = ?", (made, int(moment)))
    return problem


def _run(command: list[str], text: str) -> str:
    try:
        done = subprocess.run(
            command, input=text.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=SECONDS
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in a word
        return f"{command[0]} cannot be run: {getattr(error, 'strerror', None) or error}"
    except subprocess.TimeoutExpired:
        return f"{command[0]} did not end within {SECONDS} seconds"
    return f"{command[0]} ended with {done.returncode}" if done.returncode else ""


def run_anchor(log: Log, wanted: Anchor) -> str:
    """As `anchor`; an error of the log itself is put in words, too: what was recorded is recorded."""
    try:
        return anchor(log, wanted)
    except IncidentsError as error:
        return str(error)
