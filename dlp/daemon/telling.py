"""A verdict on its way out: recorded, acted on, reported. In this order, so that a crash at any instant leaves either
the file in the queue, or all of it done."""

from __future__ import annotations

from collections.abc import Callable

from dlp.daemon.acting import ACTIONS, SETTLED, Action
from dlp.daemon.judging import Judging
from dlp.daemon.log import Log
from dlp.model import Contained, Coverage, Result, Summary, Verdict
from dlp.report.seam import Reporter
from dlp.source.opening import display


class Teller:
    """Takes each verdict once; after a crash, or where something could not be done, once more. An incident that is
    recorded again joins the one that is there, and what is acted on again is left as it is (`Action`)."""

    def __init__(self, judging: Judging, log: Log, report: Reporter | None, *, everything: bool = False) -> None:
        """`everything`: what is allowed and was read whole is reported, too. Raises DlpError."""
        self._log = log
        self._report = report
        self._everything = everything
        self._recorder = judging.recorder()
        channels = judging.configuration.channels
        made: dict[str, Action] = {
            name: ACTIONS[name](judging) for name in sorted({name for channel in channels for name in channel.actions})
        }
        self._actions = {each.name: [made[name] for name in each.actions] for each in channels}
        self.lost = ""
        """Why reports are no longer written; empty as long as they are."""

    def tell(self, result: Result, lies: bytes = b"") -> Result:
        """The result, with what became of the file. `lies`: where that is now; empty for in its place. Raises DlpError
        where it has to be told again later."""
        if result.verdict.rank >= Verdict.WARN.rank:
            if self._recorder:
                self._recorder.take(result)
            for action in self._actions.get(result.origin.channel, ()):
                result = action.act(result, lies)
                if result.containment and result.containment.state in SETTLED:
                    return result
            if result.containment and result.containment.state in (Contained.FAILED, Contained.HELD):
                path = display(result.location)
                self._log.error("not-contained", f"a file is not contained: {result.containment.detail}", path=path)
        if self._everything or result.verdict != Verdict.ALLOW or result.coverage != Coverage.COMPLETE:
            self._say(lambda report: report.result(result))
        return result

    def end(self, summary: Summary) -> None:
        """Makes the report whole."""
        self._say(lambda report: report.end(summary))

    def _say(self, write: Callable[[Reporter], None]) -> None:
        """Whoever reads the report may end before the daemon, which goes on: incidents and actions do not depend on
        it."""
        if self._report is None or self.lost:
            return
        try:
            write(self._report)
        except OSError as error:
            self.lost = error.strerror or type(error).__name__
            self._log.error("report-lost", f"verdicts are no longer written to standard output: {self.lost}")
