"""Opening a file of a channel waits for its verdict: in a process of its own, which asks the ledger.

The daemon judges, and this process waits for what it writes down; it has a time limit, after which it answers as it was
told to. Where the daemon dies, so does this, and the kernel lets everybody open.
"""

from __future__ import annotations

import os
import resource
import select
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

import msgspec

from dlp.daemon.child import Child, received, send
from dlp.daemon.database import connect
from dlp.daemon.fanotify import Asked, Fanotify
from dlp.daemon.ledger import Version, entries
from dlp.daemon.roots import Root
from dlp.model import Verdict

LOOK: Final = 0.01
"""Seconds between two looks at the ledger, while somebody waits."""

MARK_EVERY: Final = 1.0
"""Seconds between two looks for new folders, and 20 times as long as that took, at least."""

SPARE: Final = 64
"""Descriptors that are not used for files that are waited for."""


class Wanted(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A file that somebody waits for, to be judged."""

    path: bytes


class Late(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A file whose verdict did not come in time."""

    path: bytes
    allowed: bool


class Denied(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A process that was not let."""

    path: bytes
    process: int


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What is not blocked, and why."""

    path: bytes
    detail: str


class Placed(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """From now on who opens waits; but for what Failed has told of before."""


Message = Wanted | Late | Denied | Failed | Placed


class Arguments(msgspec.Struct, frozen=True):
    """`seconds` that somebody waits at most; `allow`: then the file may be opened."""

    roots: list[Root]
    database: str
    generation: int
    seconds: float
    allow: bool


class Kernel(Protocol):
    """A Fanotify, or what stands for one."""

    descriptor: int

    def answer(self, asked: Asked, allowed: bool) -> None: ...


def block(arguments: Arguments) -> Child[Message]:
    """Starts it."""
    return Child(Message, __name__, arguments)


def main(life: int, out: int) -> None:
    """In the process."""
    given = received(Arguments)
    try:
        kernel = Fanotify()
        database = connect(given.database, "ro")
    except (OSError, sqlite3.Error) as error:
        send(out, Failed(b"", getattr(error, "strerror", None) or str(error)))
        return
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    blocking = Blocking(given, kernel, lambda sql, values: database.execute(sql, values).fetchall(), out)
    marks = Marks(kernel, given.roots, out)
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE
    marks.look()
    send(out, Placed())
    while True:
        marks.look()
        waiting = len(blocking)
        listen = [life, kernel.descriptor] if waiting < room else [life]
        ready, _, _ = select.select(listen, [], [], LOOK if waiting else MARK_EVERY)
        if life in ready:
            return
        if kernel.descriptor in ready:
            for each in kernel.asked():
                if each is None:
                    send(out, Failed(b"", "the kernel has left out some, and let them be opened"))
                else:
                    blocking.ask(each)
        blocking.look()


class Marks:
    """Folders in which opening is asked for. What is mounted by itself is marked as a whole; else each folder is, so a
    new one is free until it is found."""

    def __init__(self, kernel: Fanotify, roots: Sequence[Root], out: int) -> None:
        self._kernel, self._roots, self._out = kernel, roots, out
        self._marked: set[tuple[int, int]] = set()
        self._failed: set[bytes] = set()
        self._next = 0.0

    def look(self) -> None:
        """Marks what is new, when it is time."""
        begun = time.monotonic()
        if begun < self._next:
            return
        seen: set[tuple[int, int]] = set()
        for root in self._roots:
            if os.path.ismount(root.path):
                self._mark(root.path, True, seen)
            elif root.channel.recursive:
                for folder, _, _ in os.walk(root.path):
                    self._mark(folder, False, seen)
            else:
                self._mark(root.path, False, seen)
        self._marked = seen
        now = time.monotonic()
        self._next = now + max(MARK_EVERY, 20 * (now - begun))

    def _mark(self, folder: bytes, mount: bool, seen: set[tuple[int, int]]) -> None:
        try:
            status = os.lstat(folder)
            number = status.st_dev, status.st_ino
            if number not in self._marked:
                self._kernel.mark(folder, mount=mount)
            seen.add(number)
        except FileNotFoundError:
            return  # gone: it is found again when it is back
        except OSError as error:
            if folder not in self._failed:
                self._failed.add(folder)
                send(self._out, Failed(folder, error.strerror or ""))


class Blocking:
    """Those who wait."""

    def __init__(self, given: Arguments, kernel: Kernel, read: object, out: int) -> None:
        """`read`: a function of a Database's kind."""
        self._given, self._kernel, self._read, self._out = given, kernel, read, out
        self._daemon = os.getppid()
        self._waiting: list[tuple[Asked, bytes, float]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, asked: Asked) -> None:
        """One more, answered at once if the answer is known."""
        path = _path(asked)
        if self._own(asked.process):
            self._kernel.answer(asked, True)
            return
        self._waiting.append((asked, path, time.monotonic() + self._given.seconds))
        if not self._settled(*self._waiting[-1], self._verdicts([path])):
            send(self._out, Wanted(path))
        else:
            self._waiting.pop()

    def look(self) -> None:
        """Answers all whose verdict is in, or whose time is over."""
        if self._waiting:
            verdicts = self._verdicts(list({path for each, _, _ in self._waiting if (path := _path(each))}))
            self._waiting = [each for each in self._waiting if not self._settled(*each, verdicts)]

    def _verdicts(self, paths: list[bytes]) -> dict[bytes, tuple[Version, Verdict]]:
        try:
            known = list(entries(self._read, paths))
        except sqlite3.Error:  # made anew, or busy: nothing is known, and time runs
            return {}
        return {path: (each.version, each.verdict) for path, each in known if each.generation >= self._given.generation}

    def _settled(self, asked: Asked, path: bytes, end: float, verdicts: dict[bytes, tuple[Version, Verdict]]) -> bool:
        status = os.fstat(asked.descriptor)
        now = _path(asked)
        version, verdict = verdicts.get(now, (None, Verdict.ALLOW))
        outside = not any(root.holds(path) for root in self._given.roots)  # elsewhere on the same mount
        if status.st_size == 0 or outside or not _regular(status):
            allowed = True  # nothing to keep
        elif status.st_nlink == 0:
            allowed = False  # taken away
        elif version == Version.of(status):
            allowed = verdict.rank < Verdict.QUARANTINE.rank
        elif time.monotonic() >= end:
            allowed = self._given.allow
            send(self._out, Late(path, allowed))
        else:
            return False
        if not allowed:
            send(self._out, Denied(path, asked.process))
        self._kernel.answer(asked, allowed)
        return True

    def _own(self, process: int) -> bool:
        """The daemon, and what it has started."""
        return process in (self._daemon, os.getpid()) or _parent_of(process) == self._daemon


def _regular(status: os.stat_result) -> bool:
    return (status.st_mode & 0o170000) == 0o100000


def _path(asked: Asked) -> bytes:
    try:
        return os.readlink(b"/proc/self/fd/%d" % asked.descriptor)
    except OSError:
        return b""


def _parent_of(process: int) -> int:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return int(file.read(4096).rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0
