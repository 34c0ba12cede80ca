"""Files handled in worker processes, so that a hostile one can cost its own result and nothing else.

A worker is given open files and can open no others (`dlp.scan.confining`).

The caller opens what it needs (the store) and then calls `run`, which forks: workers share that
memory. Small files travel in batches, so the way to a worker and back costs a few microseconds a
file; a large file travels alone, so that none waits behind it while another worker is free.

A worker notes in a shared page which file it is at; that costs no system call. The supervisor looks
at it now and then: a worker that is at one file for too long is killed, and one that died has lost
the file that it was at. What it had finished but not yet reported is done again by another worker,
as is what it had not begun. So each file has exactly one outcome, and one that crashed or timed out
is never tried again.

Results come as they are ready. With one worker that is the order of the items (a file that crashed
may come some places early); with several it is not: holding results back behind a slow file would
have to hold back reading too, or have no bound.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

import msgspec

from dlp.errors import DlpError
from dlp.limits import MIB, Limits
from dlp.model import Reason
from dlp.scan.member import BadReply, Member, signals_held
from dlp.scan.worker import EXIT_MEMORY, Failure, Terms
from dlp.source.seam import Item

__all__ = ["Failure", "Outcome", "run"]

MAX_BATCH = 32
"""Files. 32 share one round trip; more gain nothing that can be measured and spread worse."""

BATCH_BYTES = MIB // 4
"""Bytes of a batch; a larger file is handled alone."""

BATCH_SECONDS = 0.1
"""Batches grow while one takes less than this."""

QUEUED = 2
"""Batches that a worker has at a time, so that it need not wait for the next."""

BARREN = 5
"""So many workers in a row may die without a file to blame for it."""

_LOST = Failure(Reason.CRASHED, "the reader sent a reply that makes no sense")


class Outcome(msgspec.Struct, frozen=True):
    """What came of one item: what `handle` returned, or why it did not."""

    item: Item
    payload: bytes | Failure


def run(
    items: Iterable[Item | None],
    handle: Callable[[Item], bytes],
    *,
    jobs: int,
    limits: Limits,
    max_payload: int = 16 * MIB,
    recycle_files: int = 100_000,
    readable: Sequence[str] = (),
    wake: Sequence[int] = (),
    beat: Callable[[], None] | None = None,
) -> Generator[Outcome, None, None]:
    """Handle every item in one of `jobs` worker processes; exactly one outcome each, as they are ready.

    items: drawn from as workers need more, never more than about 64 a worker ahead. None means
        "nothing at the moment": the supervisor looks after the workers and asks again.
    handle: runs in a worker. The item's path is `/dev/fd/N` there: the file is opened here. Standard input,
        output and error are /dev/null, nothing else of this process is open, SIGINT is ignored, and no other process
        may be left behind. It may be called again for an item when a worker dies before its result is reported, so it
        must have no lasting effect.
    jobs: workers; forked when there is work for them.
    limits: `deadline(size)` bounds the seconds of a file, `memory` the bytes of address space that a
        worker takes beyond what it starts with (Linux; elsewhere it is only replaced when it has grown).
    max_payload: bytes; a longer result becomes a Failure.
    recycle_files: a worker is replaced after so many files.
    readable: files and folders that `handle` itself opens, for reading, late. It can open nothing else but what
        Python needs, where the kernel can see to it (`dlp.scan.confining`).
    wake: descriptors, which may become others meanwhile. When there is something to read from one, `items` is asked
        again without waiting; it, or `beat`, reads it.
    beat: called at every turn, some four times a second at least, whatever the workers are at.

    A Failure is `timeout`, `memory`, `crashed` (a signal, an exit, an exception: of that the type alone,
    since its text may quote the document) or `limit`. When the iterator is closed, or an exception (Ctrl-C) passes
    through it, all workers are killed and waited for. They are, too, when this process is killed.

    Raises:
        DlpError: no worker can be started, or workers die before they read a file.
    """
    terms = Terms(limits.memory, max_payload, recycle_files, limits.memory // 2, tuple(readable))
    supervisor = _Supervisor(iter(items), handle, jobs, limits, terms)
    try:
        yield from supervisor.run(wake, beat)
    finally:
        try:
            supervisor.close()
        finally:  # a second Ctrl-C may have broken that off; it goes on from there
            supervisor.close()


class _Supervisor:
    """The workers of one run."""

    def __init__(
        self, items: Iterator[Item | None], handle: Callable[[Item], bytes], jobs: int, limits: Limits, terms: Terms
    ) -> None:
        self._items = items
        self._handle = handle
        self._jobs = max(1, jobs)
        self._limits = limits
        self._terms = terms
        self._members: list[Member] = []
        self._again: deque[Item] = deque()
        """Items drawn and not with a worker: taken back from one that died, or the first of the next batch."""
        self._ended = False
        self._done: list[Outcome] = []
        self._barren = 0
        self._poll = select.poll()
        self._waking: set[int] = set()
        """Descriptors of the caller's that end a wait."""
        self._tick = min(0.25, max(0.01, limits.seconds / 8))
        """Seconds between two looks at the workers, at most."""
        self._now = 0.0
        self._looked = time.monotonic()

    def run(self, wake: Sequence[int], beat: Callable[[], None] | None) -> Iterator[Outcome]:
        while True:
            if beat:
                beat()
            self._wait_for(set(wake))
            self._fill()
            done, self._done = self._done, []
            yield from done
            busy = any(member.pending for member in self._members)
            if self._ended and not busy and not self._again:
                return
            self._attend(self._poll.poll(self._tick * 1000))

    def close(self) -> None:
        """Kill and reap every worker, close every pipe. May be called again."""
        with signals_held():
            for member in self._members:
                member.kill()
            while self._members:
                member = self._members[-1]
                if member.pid:
                    member.reap()
                member.close_pipes()
                member.close_slot()
                self._members.pop()

    # --- giving ---------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Give batches to whoever lacks one, forking while there is work that nobody is free for."""
        while self._draw():
            member = min(self._members, key=lambda member: len(member.batches), default=None)
            if (member is None or member.batches) and len(self._members) < self._jobs:
                member = self._recruit() or member
            assert member is not None
            alone = self._again[0].size > BATCH_BYTES
            if len(member.batches) >= (1 if alone or member.alone else QUEUED):
                return
            batch = [self._again.popleft()]
            size = batch[0].size
            while len(batch) < member.batch_size and self._draw():
                size += self._again[0].size
                if size > BATCH_BYTES:
                    break
                batch.append(self._again.popleft())
            if not member.batches:
                member.began = self._now
            member.alone = alone
            member.give(batch)
            self._watch_pipes(member)

    def _draw(self) -> bool:
        """Whether there is an item in `_again`; drawn from the source if need be."""
        if not self._again and not self._ended:
            try:
                item = next(self._items)
            except StopIteration:
                self._ended = True
            else:
                if item is not None:
                    self._again.append(item)
        return bool(self._again)

    def _recruit(self) -> Member | None:
        """A new worker; None where the system grants no more than there are."""
        problem = ""
        for attempt in range(BARREN):
            try:
                member = Member(self._handle, self._terms, self._members, self._members.append)
            except OSError as error:
                problem = os.strerror(error.errno) if error.errno else str(error)
                if self._members:
                    self._jobs = len(self._members)
                    return None
                time.sleep(0.02 * 2**attempt)
            else:
                self._poll.register(member.replies, select.POLLIN)
                return member
        raise DlpError(f"cannot start a worker process: {problem}")

    def _wait_for(self, wake: set[int]) -> None:
        for descriptor in self._waking - wake:
            self._poll.unregister(descriptor)
        for descriptor in wake - self._waking:
            self._poll.register(descriptor, select.POLLIN)
        self._waking = wake

    def _watch_pipes(self, member: Member) -> None:
        if member.unsent and not member.watched:
            self._poll.register(member.tasks, select.POLLOUT)
        elif member.watched and not member.unsent:
            self._poll.unregister(member.tasks)
        member.watched = member.unsent

    # --- taking ---------------------------------------------------------------------------------

    def _attend(self, ready: list[tuple[int, int]]) -> None:
        now = time.monotonic()
        # Where we were stopped (Ctrl-Z), or the caller was busy, nobody's deadline runs on for it.
        self._now += min(now - self._looked, 1.0)
        self._looked = now
        descriptors = {descriptor for descriptor, _ in ready}
        for member in list(self._members):
            if member.tasks in descriptors:
                member.write()
                self._watch_pipes(member)
            if member.replies in descriptors:
                try:
                    ended = not self._read(member)
                except BadReply:
                    self._bury(member, _LOST)
                    continue
                if ended:
                    self._bury(member, None)
                    continue
            self._check_time(member)

    def _read(self, member: Member) -> bool:
        """Take a worker's replies. False at the end of its pipe."""
        replies = member.read()
        if replies is None:
            return False
        for reply in replies:
            batches = len(member.batches)
            given = batches and member.batches[0]
            items = member.settle(len(reply.results))
            self._done += map(Outcome, items, reply.results)
            member.leaving |= reply.leaving
            member.heard = self._now
            self._barren = 0
            if len(member.batches) < batches:
                member.pace(given, self._now, BATCH_SECONDS, MAX_BATCH)
        return True

    def _check_time(self, member: Member) -> None:
        if not member.pending:
            return
        seconds = member.watch(self._now)
        place = member.place()
        if place is not None:
            limit = self._limits.deadline(member.pending[place].size)
            if seconds > limit:
                self._bury(member, Failure(Reason.TIMEOUT, f"not read after {limit:,.1f} seconds"), place)
                return
        # A worker that is at none of its files, or says so: only a broken one takes that long.
        limit = 2 * max(self._limits.deadline(item.size) for item in member.pending) + 1
        if self._now - max(member.heard, member.began) > limit:
            self._bury(member, Failure(Reason.TIMEOUT, f"no word from its reader for {limit:,.1f} seconds"), 0)

    def _bury(self, member: Member, why: Failure | None, place: int | None = None) -> None:
        """End a worker, take what it still said, blame one file for `why` or its end, have the others done again."""
        with signals_held():
            number = None if place is None else member.reported + place
            member.kill()
            code, memory = member.reap()
            if why is not _LOST:
                self._drain(member)
            items = list(member.pending)
            if items and not (member.leaving and code == 0):
                blamed = member.place() if number is None else number - member.reported
                if blamed is None and why is not None:
                    blamed = 0
                if blamed is None:
                    self._barren += 1
                elif blamed >= 0:  # else its result was on its way when its time ran out
                    failure = why or self._diagnose(code, memory - member.first_memory)
                    self._done.append(Outcome(items.pop(blamed), failure))
                    self._barren = 0
            self._again.extendleft(reversed(items))
            self._poll.unregister(member.replies)
            if member.watched:
                self._poll.unregister(member.tasks)
            self._members.remove(member)
            member.close_pipes()
            member.close_slot()
        if self._barren >= BARREN:
            raise DlpError(f"{BARREN} worker processes in a row ended before they read a file; {_end(code)}")

    def _drain(self, member: Member) -> None:
        try:
            while self._read(member):
                continue
        except (BadReply, BlockingIOError):
            return  # half a reply, or a pipe that a process of its own holds open: what is unreported is done again

    def _diagnose(self, code: int, grown: int) -> Failure:
        """Why a worker died at a file. `grown`: bytes of memory it took at most."""
        if code == EXIT_MEMORY or (code < 0 and grown >= 0.9 * self._limits.memory):
            return Failure(Reason.MEMORY, f"reading it takes more than {self._limits.memory:,} bytes of memory")
        return Failure(Reason.CRASHED, _end(code))


def _end(code: int) -> str:
    if code >= 0:
        return f"the reader ended with exit code {code}"
    known = {member.value: member.name for member in signal.Signals}
    name = known.get(-code, f"signal {-code}")
    hint = " from outside, as a system short of memory does" if -code == signal.SIGKILL else ""
    return f"the reader was killed by {name}{hint}"
