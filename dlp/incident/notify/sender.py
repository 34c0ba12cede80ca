"""Sending what waits: for a bounded time, or until somebody stops it; a target that fails holds up no other."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from dlp.incident.chain import Log
from dlp.incident.notify import queue
from dlp.incident.notify.message import Message, Told, of_many, of_none, of_one
from dlp.incident.notify.queue import SECOND, Waiting
from dlp.incident.notify.seam import NotSent, Way
from dlp.incident.notify.targets import Target

BATCH = 50
"""Incidents that are told one by one between two transactions."""

BATCH_SECONDS = 60.0
"""For one batch; what is left is given back. With the time of one message it is less than `queue.LEASE`."""

TOGETHER = 10_000
"""Incidents that one message tells of, at most."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
"""Seconds after the first failure, doubled with each more, give or take a half."""

TICK = 1.0
"""Seconds between two looks at the queue, where nothing waits."""


class Sent(msgspec.Struct, frozen=True):
    """What one run came to. `incidents`: told of; `messages`: that went out; `problems`: by target."""

    incidents: int = 0
    messages: int = 0
    problems: Mapping[str, str] = msgspec.field(default_factory=dict)


class _Line:
    """What is known of one target while we run."""

    def __init__(self, target: Target, clock: Callable[[], float]) -> None:
        self.target = target
        self.way: Way | None = None
        self.failures = 0
        self.until = 0.0
        """It is left alone until then."""
        self.room = float(target.pace)
        """Messages that may go at once; it fills up by `pace` a minute."""
        self.filled = clock()

    def allowed(self, now: float) -> int:
        """Messages that may go now."""
        self.room = min(float(self.target.pace), self.room + max(0.0, now - self.filled) * self.target.pace / 60)
        self.filled = now
        return 0 if now < self.until else int(self.room)

    def failed(self, now: float, wait: float) -> float:
        """Seconds to wait."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures, 20)) * random.uniform(0.5, 1.5)
        self.failures += 1
        pause = min(LONGEST_PAUSE, max(pause, wait))
        self.until = now + pause
        return pause

    def close(self) -> None:
        if self.way is not None:
            self.way.close()
            self.way = None


class Sender:
    """Sends for one folder of incidents. Several processes may do so at a time."""

    def __init__(self, log: Log, targets: Mapping[str, Target], clock: Callable[[], float] = time.monotonic) -> None:
        """`log`: of a database that no other thread uses."""
        self._log = log
        self._clock = clock
        self._lines = {name: _Line(target, clock) for name, target in targets.items()}

    def run_for(self, seconds: float) -> Sent:
        """Sends what is due, until there is nothing, every target has failed, or the time is over: a message that is
        on its way is not broken off. Raises IncidentsError."""
        until = self._clock() + seconds
        total = Sent()
        while self._clock() < until:
            made = self._round(until)
            total = _sum(total, made)
            if not made.messages:
                break
        self.close()
        return total

    def run_until(self, stop: threading.Event, told: Callable[[Sent], None] = lambda _: None) -> None:
        """Sends until `stop` is set; `told` hears of each round in which something went out or failed."""
        while not stop.is_set():
            made = self._round(self._clock() + BATCH_SECONDS)
            if made.messages or made.problems:
                told(made)
            if not made.messages:
                stop.wait(TICK)
        self.close()

    def test(self, name: str) -> None:
        """Sends a message that tells of nothing. Raises NotSent, KeyError for a target that is not there."""
        way = self._lines[name].target.way()
        try:
            way.send(of_none(os.urandom(16).hex(), queue.now()))
        finally:
            way.close()

    def close(self) -> None:
        for line in self._lines.values():
            line.close()

    def _round(self, until: float) -> Sent:
        queue.mend_clock(self._log.database, queue.now())
        total = Sent()
        for name, line in self._lines.items():
            if self._clock() < until:
                total = _sum(total, self._of(name, line, until))
        return total

    def _of(self, name: str, line: _Line, until: float) -> Sent:
        """One batch of one target."""
        allowed = line.allowed(self._clock())
        database = self._log.database
        gathers = line.target.gathers
        waiting = queue.due(database, name, queue.now(), max(1, gathers)) if allowed else 0
        if not waiting:
            return Sent()
        if gathers and waiting == gathers:
            claimed = queue.claim(database, name, TOGETHER, queue.now())
            together = [(_of_all(claimed), [row for row, _ in claimed])] if claimed else []
            return self._send(name, line, together, until)
        claimed = queue.claim(database, name, min(BATCH, allowed), queue.now())
        return self._send(name, line, [(of_one(row.id, told), [row]) for row, told in claimed], until)

    def _send(self, name: str, line: _Line, messages: Sequence[tuple[Message, list[Waiting]]], until: float) -> Sent:
        done: list[Waiting] = []
        until = min(until, self._clock() + BATCH_SECONDS)
        count = 0
        problem: NotSent | None = None
        for message, rows in messages:
            if count and self._clock() >= until:
                break
            try:
                line.way = line.way or line.target.way()
                line.way.send(message)
            except NotSent as error:
                problem = error
                break
            done += rows
            count += 1
        line.room -= count + (problem is not None)
        tried = messages[count][1] if problem is not None else []
        left = [row for _, rows in messages[count + (problem is not None) :] for row in rows]
        with self._log.appending() as appending:
            if done:
                queue.sent(appending, name, done)
            if problem is not None:
                pause = line.failed(self._clock(), problem.wait)
                later = queue.now() + int(pause * SECOND)
                queue.failed(appending.db, tried, str(problem), later, final=problem.final)
            queue.released(appending.db, left)
        if problem is None:
            line.failures = 0
            return Sent(len(done), count)
        line.close()
        if problem.final:
            line.until = 0.0  # the message was at fault, not the target
        return Sent(len(done), count, {name: str(problem)})


def _of_all(claimed: Sequence[tuple[Waiting, Told]]) -> Message:
    """Its id is the same for the same incidents."""
    ids = hashlib.sha256("".join(sorted(row.id for row, _ in claimed)).encode()).hexdigest()[:32]
    return of_many(ids, [told for _, told in claimed])


def _sum(one: Sent, other: Sent) -> Sent:
    return Sent(
        one.incidents + other.incidents, one.messages + other.messages, {**one.problems, **other.problems}
    )
