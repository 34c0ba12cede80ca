"""Incidents of a scan: the options, and what is recorded while results come."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from dlp.cli.options import say
from dlp.errors import IncidentsError, UsageError
from dlp.model import Contained, Containment
from dlp.report.escape import visible

if TYPE_CHECKING:
    from dlp.cli.assembling import Judge
    from dlp.incident.folder import Folder
    from dlp.incident.notify.targets import Targets
    from dlp.incident.quarantine.records import Record
    from dlp.limits import Limits
    from dlp.model import Result
    from dlp.registry.store import Store
    from dlp.scan.containing import Containing
    from dlp.scan.excerpts import Excerpting
    from dlp.scan.recording import Recording

NOTIFYING = 5.0
"""Seconds that a scan spends at its end on telling of incidents."""

F = TypeVar("F", bound=Callable[..., object])


def incidents_option(command: F) -> F:
    return click.option(
        "--incidents", metavar="DIR", help="The folder of incidents  [$DLP_INCIDENTS, user's data folder]"
    )(command)


def act_option(command: F) -> F:
    return click.option(
        "--act", is_flag=True, help="Take files of the verdicts quarantine and block away (dlp quarantine)."
    )(command)


def recording_options(command: F) -> F:
    """--incidents and --no-record."""
    command = click.option(
        "--no-record", is_flag=True, help="Record no incidents, although there is a folder of them."
    )(command)
    return incidents_option(command)


def recording_for(
    option: str | None,
    no_record: bool,
    judge: Judge,
    store: Store | None,
    *,
    masked: bool,
    acts_on: Sequence[str] | None = None,
) -> ScanRecording | None:
    """Where incidents go; None where nobody has a folder of them. A folder that somebody names must be there.
    `acts_on`: the paths that were named, if files are to be taken away.

    Raises UsageError, IncidentsError, ConfigError."""
    if no_record and acts_on is not None:
        raise UsageError("--act takes away what is recorded, and --no-record records nothing: give one of the two")
    if no_record:
        if option:
            raise UsageError("--no-record records nothing, --incidents says where: give one of the two")
        return None
    named = option or os.environ.get("DLP_INCIDENTS")
    from dlp.incident.places import incidents_path

    path = incidents_path(option, os.environ)
    if not named and acts_on is None and not os.path.isdir(path):
        return None
    from dlp.incident.folder import Folder
    from dlp.incident.settings import load
    from dlp.scan.recording import Recording, recorder

    folder, wanted = Folder(path), load(path)
    made = recorder(folder, wanted, lambda _: judge.policy(), lambda: store, masked=masked, tell=say)
    for name in sorted(judge.notified - wanted.targets.keys()):
        say(visible(f"the policy tells {name!r} of incidents, but {path}/config.yaml has no target of that name"))
    containing = None if acts_on is None else _containing(folder, acts_on)
    return ScanRecording(folder, Recording(made, time.monotonic), wanted.targets, containing)


def _containing(folder: Folder, paths: Sequence[str]) -> Containing:
    from dlp.scan.containing import Containing

    return Containing(folder, [os.fsencode(each) for each in paths], say_resumed)


def say_resumed(record: Record, outcome: Containment) -> None:
    """What became of a file that another run had begun to take away."""
    path = record.path.decode("utf-8", "backslashreplace")
    say(f"{record.id}, which was cut short, is {outcome.state}: {visible(path)} {visible(outcome.detail)}".rstrip())


class ScanRecording:
    """Takes the results of one scan. What goes wrong ends the recording and not the scan, and is said at its end."""

    def __init__(
        self, folder: Folder, recording: Recording, targets: Targets, containing: Containing | None = None
    ) -> None:
        self._folder = folder
        self._targets = targets
        self.folder = folder.path
        self._recording = recording
        self._containing = containing
        self._problem: IncidentsError | None = None

    @property
    def opened(self) -> Folder:
        """To read in, between two batches."""
        return self._folder

    def excerpts(self, store: Store | None, limits: Limits) -> Excerpting:
        """What takes evidence in the workers."""
        from dlp.scan.excerpts import Excerpting

        return Excerpting(self._folder.review(), store, limits)

    def add(self, result: Result) -> Result:
        """The result, with what became of the file where one was taken away."""
        self._do(lambda: self._recording.add(result))
        return self._acted(result) if self._containing else result

    def _acted(self, result: Result) -> Result:
        from dlp.scan.containing import LEAST

        if result.verdict.rank < LEAST.rank or self._containing is None:
            return result
        self.flush()  # nothing is taken away that is not on record
        if self._problem is None:
            try:
                return self._containing.act(result)
            except IncidentsError as error:
                self._problem = error
        why = Containment(Contained.FAILED, "", "its incident could not be recorded")
        return msgspec.structs.replace(result, containment=why)

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

        made = Sender(self._folder.log(), self._targets).run_for(NOTIFYING)
        for name, problem in made.problems.items():
            say(visible(f"{name} was not told: {problem}"))
        if backlog(self._folder.database):
            say("some notifications wait to be sent; see: dlp incidents notify --list")
