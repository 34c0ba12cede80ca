"""The daemon's loop: hints and comparisons come in, files go through the workers, verdicts go out.

The order in which things are done is what makes each version of a file judged once, whatever ends the daemon when:

1. A file that is to be judged is a row of the queue, committed before it is read.
2. Its verdict is recorded and acted on (see `telling`); what does that bears being asked twice.
3. In one transaction its row leaves the queue and the version that was judged enters the ledger.

What ends before 3 is done again. What is not in the queue because hints were lost with the process is found by the
comparison of all files with the ledger, which is made at each start.
"""

from __future__ import annotations

import functools
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final

from dlp.daemon import database
from dlp.daemon.changes import Changes, Clock
from dlp.daemon.control import Answer, Control, Question
from dlp.daemon.database import StateBroken, StateBusy
from dlp.daemon.eyes import Eyes
from dlp.daemon.facts import generation_of
from dlp.daemon.intake import Intake
from dlp.daemon.judging import Judging
from dlp.daemon.ledger import Ledger
from dlp.daemon.log import Log
from dlp.daemon.outside import Outside
from dlp.daemon.queue import Queue
from dlp.daemon.roots import roots_of
from dlp.daemon.signals import Signals
from dlp.daemon.splits import Splits
from dlp.daemon.state import Counts, State
from dlp.daemon.telling import Teller
from dlp.daemon.verdicts import Verdicts
from dlp.errors import DlpError
from dlp.model import Summary
from dlp.scan import pool
from dlp.source.seam import Item

BATCH: Final = 128
"""Files taken from the queue at a time."""

COMMIT: Final = 0.02
"""Seconds between two commits, at least."""

REST: Final = 1.0
"""Seconds until the state is tried again where nothing can be written to it."""

CHANGES_EVERY: Final = 2.0
"""Seconds between two looks at the files that verdicts depend on."""

TAMPER_EVERY: Final = 5.0

SYNC_EVERY: Final = 5.0
"""Seconds between two times that what was committed is made to outlast a power cut: so much is told again after one."""

Build = Callable[[], Judging]


class Service:
    """One daemon."""

    def __init__(self, build: Build, teller: Callable[[Judging], Teller], log: Log, *, jobs: int, once: bool) -> None:
        """`build`: what files are judged by, as it is now; raises DlpError. `once`: judges what there is and ends.

        Raises DlpError; StoreLocked where another daemon has the same state."""
        self._build, self._log, self._jobs, self._once = build, log, jobs, once
        self._judging = build()
        self._folder = self._judging.configuration.state
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        os.chmod(self._folder, 0o700)
        self._lock = database.locked(self._folder)
        self.counts = Counts()
        self._teller = teller(self._judging)
        self._new_teller = teller
        self._started = time.time()
        self._control = Control(self._folder)
        self._outside = Outside(self._judging, log, self.state, once=once)
        self._signals = Signals()
        self._stopping: float | None = None
        self._renewed: Judging | None = None
        self._refused = ""
        self._busy_until = 0.0
        self._defects = 0
        self._finished = False
        self._broken = ""
        self._state_problem = ""
        self._ready: deque[Item] = deque()
        self._wake: list[int] = []
        self._committed = self._synced = self._changes_at = self._tamper_at = 0.0
        self._clock = Clock()
        self._reload_wanted = False
        self._open()

    # --- putting together -----------------------------------------------------------------------

    def _open(self) -> None:
        """Over what the state folder holds."""
        self._db, problem = database.opened(self._folder)
        if problem:
            self._log.error("state-lost", f"the state was unfit; it is made anew, and all files are judged: {problem}")
        try:
            self._ledger, self._queue = Ledger(self._db), Queue(self._db)
            self._arrange(self._judging)
        except (StateBusy, StateBroken) as error:
            raise DlpError(f"the daemon's state in {self._folder} cannot be written: {error}") from None

    def _arrange(self, judging: Judging) -> None:
        """By what files are judged now."""
        self._judging = judging
        self._changes = Changes(judging)
        self.generation = generation_of(self._db, judging.digest)
        configuration = judging.configuration
        roots = roots_of(configuration.channels)
        waiting = getattr(self, "_intake", None)
        self._verdicts = Verdicts(
            judging, self.generation, self._ledger, self._queue, self._teller, self.counts, self._log
        )
        reading, holding = self._verdicts.reading, judging.holding
        self._intake = Intake(roots, self._ledger, self._queue, self.generation, reading, holding)
        if waiting is not None:
            self._intake.settling, self._intake.hinted = waiting.settling, waiting.hinted
        self._verdicts.intake = self._intake
        verdicts = self._verdicts
        verdicts.splits = Splits(self._db, configuration.window, verdicts.gathering, verdicts.together)
        own = [os.fsencode(os.path.realpath(self._folder))]
        self._eyes = Eyes(
            judging, roots, self._folder, own, self.generation, self._intake, self._verdicts, self.counts, self._log,
            once=self._once,
        )  # fmt: skip

    # --- running --------------------------------------------------------------------------------

    def run(self) -> Summary:
        """Until it is told to end, by SIGTERM or SIGINT; or, once, until everything is judged."""
        try:
            while not self._over():
                self._pool()
                self._guarded(self._give_back)
                self._recover()
                if self._renewed is not None:
                    self._renew(self._renewed)
        finally:
            summary = self.counts.summary(time.time() - self._started, complete=self._stopping is None)
            self._teller.end(summary)
            self._close()
        return summary

    def _pool(self) -> None:
        """Files through one set of workers."""
        judging = self._judging
        running = pool.run(
            self._items(),
            judging.handle,
            jobs=self._jobs,
            limits=judging.configuration.limits,
            readable=judging.readable,
            wake=self._wake,
            beat=self._beat,
        )
        with closing(running) as outcomes:
            try:
                for outcome in outcomes:
                    self._guarded(functools.partial(self._verdicts.take, outcome))
            except _TimeOver:
                self._log.warning("drain", "files under way are given up; they are read again at the next start")

    def _items(self) -> Iterator[Item | None]:
        while not self._leaving():
            if not self._ready and time.monotonic() >= self._busy_until:
                self._guarded(self._refill)
            yield self._ready.popleft() if self._ready else None
            if self._once and self._idle():
                self._stopping = None
                self._finished = True
                return

    def _refill(self) -> None:
        tasks = self._queue.take(BATCH)
        if tasks:
            self._ready.extend(self._verdicts.begin(tasks))
            self._commit(force=True)

    def _give_back(self) -> None:
        """What was taken from the queue and not read."""
        while self._ready:
            self._queue.again(self._ready.popleft().path, 0.0, failed=False)
        self._verdicts.reading.clear()
        self._queue.release()
        self._commit(force=True)

    def _leaving(self) -> bool:
        """Whether no further file is to be begun with."""
        return self._stopping is not None or self._renewed is not None or bool(self._broken)

    def _idle(self) -> bool:
        return not (
            self._ready
            or self._verdicts.reading
            or self._eyes.comparing
            or len(self._intake.settling)
            or not self._queue.empty()
        )

    def _over(self) -> bool:
        return self._stopping is not None or self._finished

    def _beat(self) -> None:
        """All that is to be done between files."""
        now = time.monotonic()
        self._take_signals()
        self._control.serve(self._answer)
        self._outside.look(self._eyes.watching)
        if now - self._changes_at >= CHANGES_EVERY:
            self._changes_at = now
            self._reload_wanted |= self._renewed is None and self._changes.come()
            if by := self._clock.set_by():
                self._log.warning("clock", f"the clock was set by {by:+,.0f} seconds")
                self._eyes.wanted("the clock was set")
        if self._reload_wanted:
            self._reload_wanted = False
            self.reload()
        if now >= self._busy_until and not self._broken:
            self._guarded(self._look)
        if self._stopping is not None and time.monotonic() > self._stopping:
            raise _TimeOver
        seen = [*self._eyes.descriptors, *self._outside.descriptors]
        self._wake[:] = [self._signals.descriptor, self._control.fileno(), *seen]

    def _look(self) -> None:
        self._eyes.look()
        self._intake.due()
        now = time.monotonic()
        if now - self._tamper_at >= TAMPER_EVERY:
            self._tamper_at = now
            if what := self._db.tampered():
                self._log.error("tampered", f"the daemon's state was {what} by somebody else")
                if what != "written to":
                    raise StateBroken(f"it was {what}")
        self._commit()

    def _commit(self, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._committed >= COMMIT:
            self._committed = now
            self._db.commit()
            self._verdicts.committed()
            if now - self._synced >= SYNC_EVERY:
                self._synced = now
                self._db.sync()
            if self._state_problem:
                self._queue.release()  # what was under way when it could not be said that it was done
                self._db.commit()
                self._log.info("state-back", "the daemon's state can be written again")
                self._state_problem = ""

    def _guarded(self, work: Callable[[], None]) -> None:
        """Whatever becomes of the state: the daemon goes on."""
        try:
            work()
        except StateBusy as error:
            if not self._state_problem:
                self._log.error("state-busy", f"the daemon's state cannot be written: {error}; it is tried again")
                self._eyes.wanted("the state could not be written")
            self._state_problem = f"the daemon's state cannot be written: {error}"
            self._busy_until = time.monotonic() + REST
        except StateBroken as error:
            self._broken = str(error)
        except DlpError:
            raise
        except Exception as error:  # noqa: BLE001  # a defect that one file brings about must not blind us to all others
            self._defects += 1
            frames = "".join(traceback.format_tb(error.__traceback__, -3))
            what = f"this is a defect of dlp: {type(error).__name__}; please report it"
            self._log.error("defect", what, where=frames)

    def _recover(self) -> None:
        """The state anew, where it was lost."""
        if self._broken:
            problem, self._broken = self._broken, ""
            self._log.error("state-lost", f"the state is made anew, and all files are judged again: {problem}")
            self._eyes.close()
            self._db.close()
            database.put_aside(os.path.join(self._folder, database.NAME))
            self._open()

    # --- what is asked of it --------------------------------------------------------------------

    def _take_signals(self) -> None:
        for number in self._signals.take():
            if number == signal.SIGHUP:
                self._reload_wanted = True
            elif self._stopping is None:
                drain = self._judging.configuration.drain
                self._log.info("stopping", "the daemon ends", drain=drain)
                self._outside.stopping()
                self._stopping = time.monotonic() + drain
            else:
                self._stopping = 0.0  # asked twice

    def _answer(self, question: Question) -> Answer:
        if question.what not in ("status", "reload"):
            return Answer(problem=f"there is no question {question.what!r}")
        if asked := question.what == "reload":
            self.reload()
        return Answer(self.state(), self._refused if asked else "")

    def reload(self) -> None:
        """Takes up what has changed; where that is broken, all stays as it is, and that is told."""
        self._outside.reloading()
        try:
            judging = self._build()
            if judging.configuration.state != self._folder:
                raise DlpError("the state's folder cannot be changed while the daemon runs; end it and start it anew")
            teller = self._new_teller(judging)
        except Exception as error:  # noqa: BLE001  # whatever is wrong with what is new: what is there goes on
            self._refused = str(error) if isinstance(error, DlpError | OSError) else f"a defect: {type(error).__name__}"
            self._log.error("reload-refused", f"all stays as it was: {self._refused}")
            return
        self._refused = ""
        self._renewed, self._renewed_teller = judging, teller

    def _renew(self, judging: Judging) -> None:
        before, old = self.generation, self._judging
        try:
            generation_of(self._db, judging.digest)  # before anything is changed: it may not be written
        except (StateBusy, StateBroken):
            time.sleep(REST)
            return
        self._renewed = None
        self._eyes.close()
        self._teller = self._renewed_teller
        self._arrange(judging)
        self._outside.renew(judging)
        old.close()
        self.counts.reloads += 1
        news = "all files are judged again" if self.generation != before else "nothing that verdicts depend on"
        self._log.info("reloaded", f"configuration, policy, rules and registry are taken up: {news}")

    # --- what is to be seen of it ---------------------------------------------------------------

    def problems(self) -> list[str]:
        """Why the daemon is not well; nothing: it is."""
        found = self._eyes.problems()
        if self._state_problem:
            found.append(self._state_problem)
        if self._defects:
            found.append(f"defects of dlp have come up {self._defects:,} times: its log tells of them")
        if self._refused:
            found.append(f"the last reload was refused: {self._refused}")
        if self._teller.lost:
            found.append(f"verdicts are no longer written to standard output: {self._teller.lost}")
        return found

    def state(self) -> State:
        """As it is now."""
        eyes, problems = self._eyes, self.problems()
        return self.counts.state(
            started=self._started,
            healthy=not problems,
            problems=tuple(problems),
            channels=eyes.folders(),
            queue=self._queue.size(),
            settling=len(self._intake.settling),
            reading=len(self._verdicts.reading),
            oldest=self._queue.oldest(),
            known=self._ledger.size(),
            watches=eyes.watches,
            unwatched=eyes.unwatched,
            comparison=eyes.last,
            comparing=eyes.comparing,
            generation=self.generation,
            refused=self._refused,
            defects=self._defects,
            notifications=self._outside.notifications(),
            held=len(self._judging.holding),
        )

    def _close(self) -> None:
        self._eyes.close()
        self._guarded(lambda: self._commit(force=True))
        self._db.close()
        self._outside.close()
        self._control.close()
        self._signals.close()
        self._verdicts.end()
        self._judging.close()
        os.close(self._lock)


class _TimeOver(Exception):
    """What is under way may take no longer."""
