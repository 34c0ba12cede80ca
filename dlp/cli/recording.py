"""Incidents of a scan: the options, and what is recorded while results come."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from dlp.cli.options import say
from dlp.errors import IncidentsError, UsageError
from dlp.report.escape import visible

if TYPE_CHECKING:
    from dlp.incident.folder import Folder
    from dlp.limits import Limits
    from dlp.model import Result
    from dlp.policy.policy import Policy
    from dlp.registry.store import Store
    from dlp.scan.excerpts import Excerpting
    from dlp.scan.recording import Recording

NOTIFYING = 5.0
"""Seconds that a scan spends at its end on telling of incidents."""

F = TypeVar("F", bound=Callable[..., object])


def incidents_option(command: F) -> F:
    return click.option(
        "--incidents", metavar="DIR", help="The folder of incidents  [$DLP_INCIDENTS, user's data folder]"
    )(command)


def recording_options(command: F) -> F:
    """--incidents and --no-record."""
    command = click.option(
        "--no-record", is_flag=True, help="Record no incidents, although there is a folder of them."
    )(command)
    return incidents_option(command)


def recording_for(
    option: str | None, no_record: bool, policy: Callable[[], Policy], store: Store | None, *, masked: bool
) -> ScanRecording | None:
    """Where incidents go; None where nobody has a folder of them. A folder that somebody names must be there.

    Raises UsageError, IncidentsError, ConfigError."""
    if no_record:
        if option:
            raise UsageError("--no-record records nothing, --incidents says where: give one of the two")
        return None
    named = option or os.environ.get("DLP_INCIDENTS")
    from dlp.incident.places import incidents_path

    path = incidents_path(option, os.environ)
    if not named and not os.path.isdir(path):
        return None
    from dlp.incident.folder import Folder
    from dlp.incident.settings import load
    from dlp.scan.recording import Recording, recorder

    folder = Folder(path)
    made = recorder(folder, lambda _: policy(), lambda: store, masked=masked, tell=say)
    for name in sorted(policy().notified - load(path).targets.keys()):
        say(visible(f"the policy tells {name!r} of incidents, but {path}/config.yaml has no target of that name"))
    return ScanRecording(folder, Recording(made, time.monotonic))


class ScanRecording:
    """Takes the results of one scan. What goes wrong ends the recording and not the scan, and is said at its end."""

    def __init__(self, folder: Folder, recording: Recording) -> None:
        self._folder = folder
        self.folder = folder.path
        self._recording = recording
        self._problem: IncidentsError | None = None

    def excerpts(self, store: Store | None, limits: Limits) -> Excerpting:
        """What takes evidence in the workers."""
        from dlp.scan.excerpts import Excerpting

        return Excerpting(self._folder.review(), store, limits)

    def add(self, result: Result) -> None:
        self._do(lambda: self._recording.add(result))

    def flush(self) -> None:
        self._do(self._recording.flush)

    def _do(self, work: Callable[[], None]) -> None:
        if self._problem is None:
            try:
                work()
            except IncidentsError as error:
                self._problem = error

    def end(self) -> None:
        """Says what was recorded. Raises the IncidentsError that ended it."""
        if self._problem is not None:
            raise self._problem
        taken, new = self._recording.taken, self._recording.new
        if taken:
            what = "1 incident" if taken == 1 else f"{taken:,} incidents"
            seen = "" if new == taken else f", {taken - new:,} of them seen before"
            say(f"{what} recorded in {self.folder}{seen}")
        if new:
            self._notify()

    def _notify(self) -> None:
        """Tells of them at once, as far as that is quick; the rest waits for the next scan, or until it is sent."""
        from dlp.incident.notify.queue import backlog

        if not backlog(self._folder.database):
            return
        from dlp.incident.notify.sender import Sender
        from dlp.incident.settings import load

        made = Sender(self._folder.log(), load(self.folder).targets).run_for(NOTIFYING)
        for name, problem in made.problems.items():
            say(visible(f"{name} was not told: {problem}"))
        if backlog(self._folder.database):
            say("some notifications wait to be sent; see: dlp incidents notify --list")
