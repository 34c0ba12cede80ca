"""All that tells the daemon of files: watching, comparisons, and whether either really works.

A comparison is made when watching is in place, on a timer, after hints were lost, when a folder came back, and, again
and again, as long as there are folders that no hints come from.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Final

from dlp.daemon import blocking, reconciling, watching
from dlp.daemon.child import Child
from dlp.daemon.intake import Intake
from dlp.daemon.judging import Judging
from dlp.daemon.log import Log
from dlp.daemon.reconciling import Done, Found, Gone, Unread
from dlp.daemon.roots import Root, identity, state_of
from dlp.daemon.state import Comparison, Counts, Folder
from dlp.daemon.verdicts import Verdicts
from dlp.daemon.watching import Hints, Pulse, Trouble
from dlp.errors import DlpError
from dlp.source.opening import display

CANARY: Final = "canary"

CANARY_EVERY: Final = 60.0
CANARY_WAIT: Final = 20.0
"""Seconds in which a file that was written into the canary's folder must be heard of."""

ROOTS_EVERY: Final = 2.0
SILENT: Final = 3 * watching.PULSE + 5
"""Seconds without a word from watching, after which it is taken for dead. Putting watches in place takes 2 seconds for
100,000 folders."""

STARTING: Final = 600.0
"""The same before its first word."""

RETRY: Final = 300.0
"""Seconds between two attempts to watch what cannot be watched, at least."""

NOT_YET: Final = "not yet"

BLOCK_AGAIN: Final = 10.0
"""Seconds until blocking is begun anew where it has ended."""

GAP: Final = 1.0
"""Seconds between two comparisons, at least."""

WEIGHT: Final = 5
"""Times as long as a comparison took, at least, until the next one where hints are missing."""


class Eyes:
    """One set of folders."""

    def __init__(
        self, judging: Judging, roots: Sequence[Root], state: str, own: Sequence[bytes], generation: int,
        intake: Intake, verdicts: Verdicts, counts: Counts, log: Log, *, once: bool
    ) -> None:  # fmt: skip
        """`once`: nothing is watched, and one comparison is made."""
        self._judging, self._roots, self._own = judging, roots, own
        self._configuration = judging.configuration
        self._database = os.path.join(state, "state.sqlite")
        self._canary = os.path.join(state, CANARY)
        self._generation = generation
        self._intake, self._verdicts, self._counts, self._log = intake, verdicts, counts, log
        self._once = once
        self._watcher: Child[watching.Message] | None = None
        self._comparison: Child[reconciling.Message] | None = None
        self._blocker: Child[blocking.Message] | None = None
        self._unblocked = ""
        self._block_at = 0.0
        self._due: float | None = 0.0 if once else None
        """When the next comparison is to be made; None: not before watching is in place."""
        self._begun = self._ended = self._heard = self._looked = 0.0
        self._found = 0
        self._placed = False
        self._placed_at = 0.0
        self._failures = 0
        self._start_at = 0.0
        self._probed = self._answered = 0.0
        self._unwatched: dict[bytes, str] = {}
        self._identities = {root.path: identity(root) for root in roots}
        self._problems = {root.path: state_of(root) for root in roots}
        self.watches = 0
        self.last: Comparison | None = None
        for path, problem in self._problems.items():
            if problem:
                log.warning("folder-lost", f"a folder that is to be guarded {problem}", path=display(path))

    @property
    def descriptors(self) -> list[int]:
        """That can be read from when there is something to look at."""
        return [each.messages for each in (self._watcher, self._comparison, self._blocker) if each]

    @property
    def watching(self) -> bool:
        """Whether hints come, or would."""
        return self._watcher is not None and self._placed and not self._deaf(time.monotonic())

    @property
    def comparing(self) -> bool:
        """Whether a comparison is made, or is to be made at once."""
        return self._comparison is not None or self._due == 0.0 or self.last is None

    def look(self) -> None:
        """Everything that has come, and everything that is due."""
        now = time.monotonic()
        if not self._once:
            self._watch(now)
            self._probe(now)
            if self._configuration.fanotify:
                self._block(now)
            if now - self._looked >= ROOTS_EVERY:
                self._looked = now
                self._check_roots()
        self._compare(now)

    def wanted(self, why: str) -> None:
        """A comparison is to be made as soon as can be."""
        self._log.info("compare", f"all files are compared with what was judged: {why}")
        self._due = 0.0

    # --- watching -------------------------------------------------------------------------------

    def _watch(self, now: float) -> None:
        if self._watcher is None:
            if now < self._start_at:
                return
            os.makedirs(self._canary, mode=0o700, exist_ok=True)
            self._placed, self._heard = False, now
            self._unwatched.clear()
            poll = self._configuration.poll
            asked = watching.Arguments(list(self._roots), os.fsencode(self._canary), list(self._own), poll)
            self._watcher = watching.watch(asked)
        try:
            messages = self._watcher.read()
        except ValueError:
            self._lose("it says what makes no sense")
            return
        for message in messages:
            self._heard = now
            if isinstance(message, Hints):
                self._hints(message)
            elif isinstance(message, Trouble):
                self._trouble(message)
            elif not self._pulse(message, now):
                return
        if self._watcher.ended:
            self._lose("its process has ended")
        elif now - self._heard > (SILENT if self._placed else STARTING):
            self._lose("it has not been heard of")

    def _hints(self, message: Hints) -> None:
        prefix = os.fsencode(self._canary) + b"/"
        if any(path.startswith(prefix) for path, _ in message.paths):
            self._answered = time.monotonic()
        self._intake.hints(message.paths)

    def _trouble(self, message: Trouble) -> None:
        if message.kind == "overflow":
            self._counts.overflows += 1
            self._log.warning("overflow", "hints were lost: files change faster than they can be told of")
            self.wanted("hints were lost")
        elif message.kind == "unwatched":
            if not self._unwatched:
                self._log.error(
                    "unwatched",
                    f"a folder cannot be watched, and is compared often instead: {message.detail}; "
                    "if watches ran out, raise fs.inotify.max_user_watches or max_user_instances",
                    path=display(message.folder),
                )
            if len(self._unwatched) < watching.MOST:
                self._unwatched[message.folder] = message.detail
        else:
            self._log.error("watching-failed", f"watching has failed in part: {message.detail}")
            self.wanted("watching has failed in part")

    def _pulse(self, message: Pulse, now: float) -> bool:
        self.watches = message.watches
        if message.ended:
            self._lose("a part of it has ended")
            return False
        if not self._placed:
            self._placed, self._placed_at = True, now
            self._failures = 0
            self._probed, self._answered = 0.0, now
            self._log.info("watching", "folders are watched", watches=message.watches)
            self.wanted("watching has begun")
        return True

    def _lose(self, why: str) -> None:
        assert self._watcher is not None
        self._watcher.close()
        self._watcher = None
        self._failures += 1
        wait = min(60.0, 2.0**self._failures)
        self._start_at = time.monotonic() + wait
        self._log.error("watching-lost", f"watching is begun anew in {wait:g} seconds: {why}")

    def _probe(self, now: float) -> None:
        """Writes a file of ours, to see whether that is heard of."""
        if self._placed and self._watcher and now - self._probed >= CANARY_EVERY and self._answered >= self._probed:
            self._probed = now
            try:
                with open(os.path.join(self._canary, "probe"), "w", encoding="ascii") as file:
                    file.write(f"{time.time():.0f}\n")
            except OSError as error:
                self._probed = self._answered
                self._log.warning("canary", f"the probe cannot be written: {error.strerror}")
        elif self._deaf(now):
            self._lose("it does not hear of our own probe")

    def _deaf(self, now: float) -> bool:
        return self._placed and self._watcher is not None and self._answered < self._probed < now - CANARY_WAIT

    def _check_roots(self) -> None:
        for root in self._roots:
            problem, now = state_of(root), identity(root)
            back = bool(self._problems[root.path]) and not problem
            if problem != self._problems[root.path]:
                self._problems[root.path] = problem
                if problem:
                    self._log.error("folder-lost", f"a folder that is guarded {problem}", path=display(root.path))
                else:
                    self._log.info("folder-back", "a folder that is guarded is back", path=display(root.path))
            before = self._identities[root.path]
            if now is not None and now != before:
                self._identities[root.path] = now
                if before is not None:
                    what = "a folder that is guarded is another one now"
                    self._log.error("folder-replaced", what, path=display(root.path))
                self._rewatch()
            elif back:  # a new folder may have the number of the old one
                self._rewatch()

    def _rewatch(self) -> None:
        """Watches of folders that are gone are gone with them. A comparison follows when they are in place again."""
        if self._watcher:
            self._watcher.close()
            self._watcher = None
        self._start_at = 0.0

    # --- blocking -------------------------------------------------------------------------------

    def _block(self, now: float) -> None:
        if self._blocker is None:
            if now < self._block_at:
                return
            given = self._configuration
            asked = blocking.Arguments(
                list(self._roots), self._database, self._generation, given.open_wait, given.open_late == "allow"
            )
            self._unblocked = NOT_YET
            self._blocker = blocking.block(asked)
        try:
            messages = self._blocker.read()
        except ValueError:
            messages = [blocking.Failed(b"", "it says what makes no sense")]
        for message in messages:
            self._blocked(message)
        if self._blocker.ended:
            if self._unblocked in ("", NOT_YET):
                self._unblocked = "its process has ended"
            self._blocker.close()
            self._blocker = None
            self._block_at = now + BLOCK_AGAIN

    def _blocked(self, message: blocking.Message) -> None:
        if isinstance(message, blocking.Placed):
            self._unblocked = "" if self._unblocked == NOT_YET else self._unblocked
            return
        path = display(message.path)
        if isinstance(message, blocking.Wanted):
            self._intake.hints([(message.path, watching.Hint.TOUCHED)])
        elif isinstance(message, blocking.Denied):
            self._log.warning("denied", "a process was not let open a file", path=path, process=message.process)
        elif isinstance(message, blocking.Late):
            answer = "may be opened" if message.allowed else "may not be opened"
            self._log.error("late", f"a verdict did not come in time, so the file {answer}", path=path)
        else:
            self._unblocked = message.detail
            self._log.error("not-blocked", f"opening does not wait for verdicts: {message.detail}", path=path)

    # --- comparing ------------------------------------------------------------------------------

    def _compare(self, now: float) -> None:
        if self._comparison is None:
            if self._due is None or now < self._due or now - self._ended < GAP:
                return
            self._begun, self._found, self._due = now, 0, None
            most = self._configuration.limits.max_file_size
            self._comparison = reconciling.reconcile(
                reconciling.Arguments(list(self._roots), self._judging.own, most, self._database, self._generation)
            )
        try:
            messages = self._comparison.read()
        except ValueError:
            messages = [Done(0, "it says what makes no sense")]
        if self._comparison.ended and not any(isinstance(each, Done) for each in messages):
            messages.append(Done(0, "its process has ended"))
        for message in messages:
            if isinstance(message, Found):
                self._found += len(message.files) + len(message.fresh)
                self._intake.found(message.files, message.fresh)
            elif isinstance(message, Unread):
                self._verdicts.unread(message.path, message.skipped)
            elif isinstance(message, Gone):
                self._intake.gone(message.paths)
            else:
                self._done(message, now)
                return

    def _done(self, message: Done, now: float) -> None:
        assert self._comparison is not None
        self._comparison.close()
        self._comparison = None
        self._ended = now
        seconds = now - self._begun
        if message.problem:
            self._log.error("comparison-failed", f"the comparison was cut short: {message.problem}")
            next_one = now + 30.0
        else:
            self.last = Comparison(time.time(), seconds, message.files, self._found)
            self._log.info("compared", "all files are compared", files=message.files, found=self._found)
            next_one = now + self._configuration.reconcile
            if self._unwatched:
                next_one = min(next_one, now + max(self._configuration.poll, WEIGHT * seconds))
                if now - self._placed_at >= max(RETRY, self._configuration.reconcile):
                    self._rewatch()  # there may be more watches to be had by now
        if self._once:
            if message.problem:
                raise DlpError(f"the files could not be compared with what was judged: {message.problem}")
            return
        self._due = next_one if self._due is None else min(self._due, next_one)

    # --- what is to be seen ---------------------------------------------------------------------

    @property
    def unwatched(self) -> int:
        return len(self._unwatched)

    def folders(self) -> tuple[Folder, ...]:
        return tuple(
            Folder(root.channel.name, display(root.path), root.polled, self._problems[root.path])
            for root in self._roots
        )

    def problems(self) -> list[str]:
        """Why files may go unseen at the moment."""
        now = time.monotonic()
        found = [f"{display(path)} {problem}" for path, problem in self._problems.items() if problem]
        if self._once:
            return found
        if self._watcher is None or not self._placed:
            found.append("folders are not watched (yet)")
        elif self._deaf(now):
            found.append("watching does not hear of our own probe")
        if self._unwatched:
            found.append(f"{len(self._unwatched):,} folders cannot be watched, and are compared often instead")
        if self._unblocked:
            found.append(f"opening files does not wait for verdicts: {self._unblocked}")
        overdue = 3 * self._configuration.reconcile + 600
        if self.last is None:
            found.append("not all files have been compared with what was judged yet")
        elif time.time() - self.last.ended > overdue:
            found.append("the last comparison of all files is long ago")
        return found

    def close(self) -> None:
        for each in (self._watcher, self._comparison, self._blocker):
            if each is not None:
                each.close()
        self._watcher = self._comparison = self._blocker = None
