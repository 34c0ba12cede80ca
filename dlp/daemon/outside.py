"""The daemon as others see it: whoever started it, who keeps an eye on it, and who is told of incidents."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from dlp.daemon import metrics
from dlp.daemon.judging import Judging
from dlp.daemon.log import Log
from dlp.daemon.sending import Sending
from dlp.daemon.serving import Address, Page, Serving
from dlp.daemon.state import Backlog, State
from dlp.daemon.supervision import Supervisor
from dlp.errors import DlpError
from dlp.report.figures import counted

FRESH: Final = 1.0
"""Seconds for which figures are not taken anew, however often they are asked for."""


class Outside:
    """One loop's."""

    def __init__(self, judging: Judging, log: Log, state: Callable[[], State], *, once: bool) -> None:
        """`once`: nothing is served, and nobody told. Raises DlpError where figures cannot be served."""
        self._log, self._ask, self._once = log, state, once
        self._supervisor = Supervisor({} if once else os.environ)
        self._serving: Serving | None = None
        self._served: Address | None = None
        self._sending: Sending | None = None
        self._known: State | None = None
        self._taken = 0.0
        self._judging = judging
        self._serve(judging.configuration.metrics)
        self._send()

    def renew(self, judging: Judging) -> None:
        """By what files are judged now."""
        self._judging = judging
        self._known = None
        try:
            self._serve(judging.configuration.metrics)
        except DlpError as error:
            self._log.error("metrics-lost", str(error))
        if self._sending:
            self._sending.close()
        self._send()

    def _serve(self, where: Address | None) -> None:
        if self._once or where == self._served:
            return
        if self._serving:
            self._serving.close()
        self._serving = self._served = None
        if where is not None:
            self._serving, self._served = Serving(where), where

    def _send(self) -> None:
        incidents = None if self._once else self._judging.incidents
        self._sending = Sending(incidents.path, self._log) if incidents else None

    @property
    def descriptors(self) -> list[int]:
        """That can be read from when there is something to look at."""
        found = self._serving.descriptors if self._serving else []
        return found + (self._sending.descriptors if self._sending else [])

    def look(self, watching: bool) -> None:
        """Everything that has come. `watching`: whether nothing goes unseen for want of it."""
        if self._serving:
            self._serving.serve(self._page)
        if self._sending:
            self._sending.look()
        self._supervisor.tell(watching, self._status)

    def reloading(self) -> None:
        self._supervisor.reloading()

    def stopping(self) -> None:
        self._supervisor.stopping()

    def notifications(self) -> Backlog | None:
        """None where no incidents are recorded."""
        folder = self._judging.incidents
        if folder is None:
            return None
        from dlp.incident.notify import queue

        problem = self._sending.problem if self._sending else ""
        try:
            counts = queue.backlog(folder.database)
            made = queue.oldest(folder.database)
            age = 0.0 if made is None else max(0.0, (queue.now() - made) / queue.SECOND)
            failing = queue.failing(folder.database)
        except DlpError as error:
            return Backlog(0, 0, 0.0, {}, problem or str(error))
        return Backlog(counts.get("waiting", 0), counts.get("dead", 0), age, failing, problem)

    def close(self) -> None:
        self._supervisor.close()
        if self._serving:
            self._serving.close()
        if self._sending:
            self._sending.close()

    # --- what is said ---------------------------------------------------------------------------

    def _state(self) -> State:
        now = time.monotonic()
        if self._known is None or now - self._taken >= FRESH:
            self._known, self._taken = self._ask(), now
        return self._known

    def _status(self) -> str:
        state = self._state()
        waiting = counted(state.queue + state.settling, "file")
        problem = f"; NOT WELL: {state.problems[0]}" if state.problems else ""
        return f"{waiting} to be judged, {state.known:,} known{problem}"

    def _page(self, path: str) -> Page | None:
        """Not what is wrong: whoever may ask here need not know paths."""
        if path == "/metrics":
            return Page(200, metrics.text(self._state(), time.time()), metrics.CONTENT_TYPE)
        if path == "/healthz":
            healthy = self._state().healthy
            return Page(200, "well\n") if healthy else Page(503, "not well; ask it by: dlp status\n")
        return None
