"""A worker process: reads items from a pipe, handles one after the other, writes what came out to another pipe.

A socket brings batches, a pipe takes replies. Both carry frames: the length of a body in bytes (four, little-endian),
then the body in MessagePack: a `Batch` one way, a `Reply` the other way. With a batch come its files, open: a worker
opens none itself, and before the first it gives up all else that a hostile document could make it do
(`dlp.scan.confining`). Nothing that a worker sends is ever executed, so one that was taken over can lie about its own
files and no more.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import os
import resource
import signal
import sys
import time
from _socket import CMSG_SPACE, MSG_CTRUNC, SHUT_WR, socket  # `socket` itself takes 3 ms to import
from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn

import msgspec

from dlp.model import Reason
from dlp.scan.confining import confine
from dlp.source.opening import DESCRIPTOR
from dlp.source.seam import Item

HEADER = 4
"""Bytes of a frame's length."""

IDLE = -1
"""In `slot[0]`, while no file is being handled."""

EXIT_MEMORY = 77
"""What a worker ends with when it runs out of memory outside of a file's handler."""

MAX_DESCRIPTORS = 250
"""That can go with one message: Linux takes 253."""

_CLOSE_ON_EXEC = 0x40000000 if sys.platform == "linux" else 0
"""MSG_CMSG_CLOEXEC."""

_PATHS = [b"%s%d" % (DESCRIPTOR, number) for number in range(100)]

_FLUSH_BYTES = 1 << 18
_FLUSH_SECONDS = 0.05
"""What is done is sent when either is reached, and at the end of a batch: slow files do not hold back earlier ones."""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """Why a file has no result. Becomes a `Skipped`."""

    reason: Reason
    detail: str


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """What came of the next files, in the order in which they were given."""

    leaving: bool
    """The worker ends now; the files that it was given beyond these have not been touched."""

    results: list[bytes | Failure]


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Files to handle. Descriptors come beside it, one for each that is open, in their order; content
    that is no file is in its item."""

    items: list[Item]
    lost: dict[int, Failure]
    """Those that could not be opened, by their place."""


class Terms(msgspec.Struct, frozen=True):
    """What a worker keeps to. Sizes in bytes."""

    memory: int
    """Address space that it may take beyond what it starts with."""

    max_payload: int
    """Longest result of one file."""

    recycle_files: int
    """It ends after so many files."""

    recycle_memory: int
    """It ends once its memory has ever been so much larger than at its start."""

    readable: tuple[str, ...]
    """Files and folders that it may open for reading, besides modules."""


def frame(body: bytes) -> bytes:
    """A body as it goes over a pipe."""
    return len(body).to_bytes(HEADER, "little") + body


def serve(
    handle: Callable[[Item], bytes], terms: Terms, tasks: int, replies: int, life: int, slot: memoryview
) -> NoReturn:
    """Be a worker, in a process just forked, until `tasks` ends.

    tasks: a socket; replies, life: pipes. Nothing is ever written to `life`, and when its other end is closed,
        however the parent ended, this process is killed.
    slot: two 64-bit numbers shared with the parent: the number of the file at hand, counted from 0
        since the fork, or `IDLE`; and the memory this process started with, in bytes.
    """
    try:
        channel = socket(fileno=tasks)  # before it is confined: to learn what it is takes calls of its own
        channel.shutdown(SHUT_WR)
        _settle(terms, life, {tasks, replies, life})
        slot[1] = peak_memory(resource.getrusage(resource.RUSAGE_SELF))
        _loop(handle, terms, channel, replies, slot)
    except MemoryError:
        os._exit(EXIT_MEMORY)
    finally:  # whatever happens: never run on in the parent's code
        os._exit(1)


def _settle(terms: Terms, life: int, kept: set[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent sees to it
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # a parser that prints would spoil the report, or show what a document holds
        if standard not in kept:
            os.dup2(null, standard)
    for descriptor in map(int, os.listdir("/dev/fd")):
        if descriptor > 2 and descriptor not in kept:  # what the parent has open: its output, the store, sockets
            with contextlib.suppress(OSError):  # the listing's own
                os.close(descriptor)
    _die_with_parent(life)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file holds documents
    _limit_memory(terms.memory)
    confine(terms.readable)
    gc.freeze()  # the collector then leaves the pages that are shared with the parent alone
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _die_with_parent(life: int) -> None:
    if sys.platform == "linux":
        # The kernel itself kills us when the other end is closed: also amid a loop in C that keeps Python's lock.
        # (PR_SET_PDEATHSIG also fires when only the forking thread ends.)
        fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
        os.set_blocking(life, False)
        try:
            closed = os.read(life, 1) == b""
        except BlockingIOError:
            closed = False
        if closed:  # it was before we asked to be told
            os._exit(1)
    else:
        import _thread

        def watch() -> None:
            os.read(life, 1)
            os.kill(os.getpid(), signal.SIGKILL)

        _thread.start_new_thread(watch, ())


def _limit_memory(extra: int) -> None:
    """Bound the address space. Only Linux counts it; elsewhere `recycle_memory` is all there is."""
    if sys.platform == "linux":
        with open("/proc/self/statm", "rb") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = size + extra
        wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))


def peak_memory(usage: resource.struct_rusage) -> int:
    """Bytes of physical memory, at their highest."""
    return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


def _loop(handle: Callable[[Item], bytes], terms: Terms, channel: socket, replies: int, slot: memoryview) -> NoReturn:
    encode = msgspec.msgpack.Encoder().encode
    clock = time.monotonic
    too_long = Failure(Reason.LIMIT, f"what was found in it is longer than {terms.max_payload:,} bytes")
    no_memory = Failure(Reason.MEMORY, f"reading it takes more than {terms.memory:,} bytes of memory")
    peak_allowed = slot[1] + terms.recycle_memory
    served = 0
    leaving = False
    for batch in _batches(channel):
        results: list[bytes | Failure] = []
        size = 0
        sent = clock()
        for item, given in batch:
            slot[0] = served
            result: bytes | Failure
            try:
                result = handle(item) if given is None else given
                if type(result) is bytes and len(result) > terms.max_payload:
                    result = too_long
                elif type(result) is bytes:
                    size += len(result)
            except MemoryError:
                result = no_memory
                leaving = True  # what is left of the heap is of little use
            # PyO3's PanicException is no Exception. Of an exception only its type: its text may quote the document.
            except BaseException as error:  # noqa: BLE001 - whatever a file brings about becomes a value
                result = Failure(Reason.CRASHED, f"the reader failed with {type(error).__name__[:80]}")
            results.append(result)
            served += 1
            if leaving or size > _FLUSH_BYTES or clock() - sent > _FLUSH_SECONDS:
                _send(replies, encode(Reply(leaving, results)), slot)
                if leaving:
                    os._exit(0)
                results = []
                size = 0
                sent = clock()
        leaving = served >= terms.recycle_files or peak_memory(resource.getrusage(resource.RUSAGE_SELF)) > peak_allowed
        _send(replies, encode(Reply(leaving, results)), slot)
        if leaving:
            os._exit(0)
    os._exit(0)


def _send(replies: int, body: bytes, slot: memoryview) -> None:
    slot[0] = IDLE  # waiting for the parent to read is nobody's time
    rest = memoryview(frame(body))
    while rest:
        rest = rest[os.write(replies, rest) :]


def _batches(channel: socket) -> Iterator[Iterator[tuple[Item, Failure | None]]]:
    """Items with their paths turned to `/dev/fd/N`, open until the next is asked for; or why they are not open."""
    room = CMSG_SPACE(4 * MAX_DESCRIPTORS)
    decode = msgspec.msgpack.Decoder(Batch).decode
    buffer = bytearray()
    descriptors: deque[int] = deque()
    while True:
        chunk, beside, flags, _ = channel.recvmsg(1 << 18, room, _CLOSE_ON_EXEC)
        if flags & MSG_CTRUNC:
            raise OSError(errno.EMFILE, "not all files of a batch came")
        if not chunk:
            return
        for _, _, data in beside:
            descriptors.extend(memoryview(data[: len(data) & ~3]).cast("i"))
        buffer += chunk
        while len(buffer) >= HEADER:
            end = HEADER + int.from_bytes(buffer[:HEADER], "little")
            if len(buffer) < end:
                break
            batch = decode(buffer[HEADER:end])
            del buffer[:end]
            yield _opened(batch, descriptors)


def _opened(batch: Batch, descriptors: deque[int]) -> Iterator[tuple[Item, Failure | None]]:
    for place, item in enumerate(batch.items):
        failure = batch.lost.get(place)
        if failure is not None:
            yield item, failure
            continue
        if item.data is not None:
            yield item, None
            continue
        descriptor = descriptors.popleft()
        path = _PATHS[descriptor] if descriptor < len(_PATHS) else b"%s%d" % (DESCRIPTOR, descriptor)
        yield Item(path, item.name, item.relative, item.size, item.origin, None, item.added), None
        os.close(descriptor)
