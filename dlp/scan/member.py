"""One worker process as its supervisor sees it: pipes, the files it was given, and since when it is at which."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import signal
import time
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket, socketpair
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import msgspec

from dlp.scan.worker import HEADER, IDLE, Batch, Failure, Reply, Terms, frame, peak_memory, serve
from dlp.source.opening import DESCRIPTOR, OPEN_FLAGS, Unreadable, open_descriptor, skip_reason
from dlp.source.seam import Item

_READ = 1 << 18
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reply).decode

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Held back while processes are made or ended: a half-known process could neither be used nor killed."""


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait. One that came just before is raised here, and the mask is as it was."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class BadReply(Exception):
    """A worker sent what no sound worker sends."""


class Member:
    """A worker process. Times are seconds of the supervisor's clock."""

    def __init__(
        self,
        handle: Callable[[Item], bytes],
        terms: Terms,
        others: Iterable[Member],
        register: Callable[[Member], None],
    ) -> None:
        """Fork. `register` is called before a signal can get in between. Raises OSError."""
        self.pending: deque[Item] = deque()
        """Given and not reported yet."""
        self.batches: deque[int] = deque()
        """How many files of each batch are in `pending`."""
        self.batch_size = 1
        """Files of the next batch."""
        self.began = 0.0
        """When it could begin with the first batch."""
        self.at = IDLE
        """The file it was last seen at, as a number, and since when."""
        self.at_since = 0.0
        self.heard = 0.0
        """When it last reported a result."""
        self.alone = False
        """Whether its latest batch is one large file."""
        self.leaving = False
        """It said that it ends of its own accord."""
        self.watched = False
        """Whether the supervisor waits for `tasks` to take more."""
        self.reported = 0
        """Files with a result so far: the number of the first one in `pending`."""
        self._max_frame = terms.max_payload + (1 << 20)
        self._out: deque[tuple[memoryview, list[int]]] = deque()
        """Frames, or what is left of them, with the descriptors that go with the first byte."""
        self._in = bytearray()
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self._slot = memoryview(self._shared).cast("q")
        self._slot[0] = IDLE
        self._open: list[int] = []
        self.pid = 0
        self._channel, theirs = socketpair(AF_UNIX, SOCK_STREAM)
        try:
            with signals_held():
                self._fork(handle, terms, list(others), theirs)
                register(self)
        finally:
            if not self.pid:
                self.close_pipes()
                self.close_slot()

    def _fork(self, handle: Callable[[Item], bytes], terms: Terms, others: list[Member], theirs: socket) -> None:
        self.tasks, tasks = self._channel.fileno(), theirs.detach()
        self._open.append(tasks)
        self.replies, replies = self._pipe()
        life, self._life = self._pipe()
        os.set_blocking(self.tasks, False)
        os.set_blocking(self.replies, False)
        pid = os.fork()
        if pid == 0:
            try:
                self._open = [self.replies, self._life]
                self.close_pipes()
                for other in others:  # else their pipes would not end with the parent; and their slots are theirs
                    other.close_pipes()
                    other.close_slot()
                serve(handle, terms, tasks, replies, life, self._slot)
            finally:
                os._exit(1)
        self.pid = pid
        for descriptor in (tasks, replies, life):
            os.close(descriptor)
            self._open.remove(descriptor)

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._open += ends
        return ends

    def give(self, batch: list[Item]) -> None:
        """Queue a batch, its files opened."""
        self.pending.extend(batch)
        self.batches.append(len(batch))
        descriptors: list[int] = []
        lost: dict[int, Failure] = {}
        self._out.append((memoryview(b""), descriptors))
        for place, item in enumerate(batch):
            path = item.path
            if item.data is not None:
                continue
            try:  # of nearly every file this is all; each call less is felt where there are many
                descriptors.append(open_descriptor(path) if path.startswith(DESCRIPTOR) else os.open(path, OPEN_FLAGS))
            except OSError as error:
                lost[place] = Failure(*skip_reason(error))
            except Unreadable as error:
                lost[place] = Failure(error.reason, error.detail)
        self._out[-1] = memoryview(frame(_encode(Batch(batch, lost)))), descriptors
        self.write()

    @property
    def unsent(self) -> bool:
        """Whether `write` must be called once `tasks` takes more."""
        return bool(self._out)

    def write(self) -> None:
        """Send what the socket takes now. A worker that is gone is noticed by reading."""
        while self._out:
            rest, descriptors = self._out[0]
            beside = [(SOL_SOCKET, SCM_RIGHTS, array("i", descriptors))] if descriptors else []
            try:
                sent = self._channel.sendmsg([rest], beside)
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionResetError):
                self._forget()
                return
            except OSError as error:
                if error.errno != errno.ETOOMANYREFS:
                    raise
                time.sleep(0.002)  # so many files are under way to all workers that the system waits for some to arrive
                continue
            while descriptors:
                os.close(descriptors.pop())
            if sent < len(rest):
                self._out[0] = rest[sent:], descriptors
            else:
                self._out.popleft()

    def _forget(self) -> None:
        """Gives up what is not sent."""
        while self._out:
            _, descriptors = self._out[0]
            while descriptors:
                os.close(descriptors.pop())
            self._out.popleft()

    def read(self) -> list[Reply] | None:
        """The replies that are complete by now; None at the end of the pipe. Raises BadReply, BlockingIOError."""
        chunk = os.read(self.replies, _READ)
        if not chunk:
            return None
        self._in += chunk
        replies = []
        while len(self._in) >= HEADER:
            length = int.from_bytes(self._in[:HEADER], "little")
            if length > self._max_frame:
                raise BadReply
            if len(self._in) < HEADER + length:
                break
            try:
                reply = _decode(self._in[HEADER : HEADER + length])
            except msgspec.DecodeError as error:
                raise BadReply from error
            del self._in[: HEADER + length]
            replies.append(reply)
        return replies

    def settle(self, count: int) -> list[Item]:
        """Take the next `count` files off what is pending. Raises BadReply if there are not so many."""
        if count > len(self.pending):
            raise BadReply
        items = [self.pending.popleft() for _ in range(count)]
        self.reported += count
        while count:
            taken = min(count, self.batches[0])
            self.batches[0] -= taken
            count -= taken
            if not self.batches[0]:
                self.batches.popleft()
        return items

    def pace(self, count: int, now: float, seconds: float, most: int) -> None:
        """A batch of `count` files is done: let the next take about `seconds`, growing to twice the size at most."""
        took = max(now - self.began, 1e-6)
        self.began = now
        self.batch_size = max(1, min(2 * self.batch_size, most, int(count * seconds / took)))

    def place(self) -> int | None:
        """Which of `pending` it is at, counted from 0; None where it is at none of them."""
        place = self._slot[0] - self.reported
        return place if 0 <= place < len(self.pending) else None

    def watch(self, now: float) -> float:
        """Seconds since when it has been seen at the same file (0 while it is at none)."""
        at = self._slot[0]
        if at != self.at or at == IDLE:
            self.at = at
            self.at_since = now
        return now - self.at_since

    @property
    def first_memory(self) -> int:
        """Bytes of memory that it says it started with."""
        return self._slot[1]

    def kill(self) -> None:
        """End it, if it has not ended already."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> tuple[int, int]:
        """Wait for its end: exit code (a signal's number, negative), and the most memory it ever had, in bytes.

        Signals must be held: a process is waited for once.
        """
        _, status, usage = os.wait4(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status), peak_memory(usage)

    def close_pipes(self) -> None:
        """Close this process's ends, and files that it was to get. May be called twice."""
        self._forget()
        self._channel.close()
        while self._open:
            os.close(self._open.pop())

    def close_slot(self) -> None:
        """Give the shared page back. May be called twice."""
        self._slot.release()
        self._shared.close()
