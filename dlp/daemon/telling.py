"""A verdict on its way out: recorded, acted on, reported. In this order, so that a crash at any instant leaves either
the file in the queue, or all of it done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from dlp.daemon.acting import ACTIONS, Action
from dlp.daemon.configuration import Configuration
from dlp.daemon.log import Log
from dlp.model import Contained, Coverage, Result, Summary, Verdict
from dlp.report.seam import Reporter


class Recorder(Protocol):
    """Keeps incidents."""

    def record(self, result: Result) -> None:
        """Once for each verdict, however often it is called for the same. Raises DlpError where it cannot be done
        now."""
        ...


class Teller:
    """Takes each verdict once; after a crash, or where something could not be done, once more."""

    def __init__(
        self,
        configuration: Configuration,
        environment: Mapping[str, str],
        log: Log,
        report: Reporter | None,
        recorder: Recorder | None = None,
        *,
        everything: bool = False,
    ) -> None:
        """`everything`: what is allowed and was read whole is reported, too."""
        self._log = log
        self._report = report
        self._recorder = recorder
        self._everything = everything
        names = {name for channel in configuration.channels for name in channel.actions}
        made: dict[str, Action] = {name: ACTIONS[name](configuration, environment) for name in names}
        self._actions = {each.name: [made[name] for name in each.actions] for each in configuration.channels}
        self.lost = ""
        """Why reports are no longer written; empty as long as they are."""

    def tell(self, result: Result) -> Result:
        """The result, with what became of the file. Raises DlpError where it has to be told again later."""
        if result.verdict.rank >= Verdict.WARN.rank:
            if self._recorder:
                self._recorder.record(result)
            for action in self._actions.get(result.origin.channel, ()):
                result = action.act(result)
                if result.containment and result.containment.state in (Contained.CHANGED, Contained.NOTICE):
                    return result
        if self._everything or result.verdict != Verdict.ALLOW or result.coverage != Coverage.COMPLETE:
            self.report(result)
        return result

    def report(self, result: Result) -> None:
        if self._report and not self.lost:
            report = self._report
            self._write(lambda: report.result(result))

    def end(self, summary: Summary) -> None:
        if self._report and not self.lost:
            report = self._report
            self._write(lambda: report.end(summary))

    def _write(self, write: Callable[[], None]) -> None:
        """Whoever reads the report may end before the daemon, which goes on: incidents and actions do not depend on
        it."""
        try:
            write()
        except OSError as error:
            self.lost = error.strerror or type(error).__name__
            self._log.error("report-lost", f"verdicts are no longer written to standard output: {self.lost}")
