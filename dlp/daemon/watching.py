"""Hints that files have changed, from watchdog, in a process of its own.

Hints are gathered by path and sent every few milliseconds, so what happens to a file a thousand times is one hint.
They are hints only: whoever gets one looks at the file. Whatever is lost on the way (the kernel's queue overflows, ours
has a bound, watches run out, a thread of watchdog dies) is told as a Trouble, and made good by comparing all files with
what was judged.
"""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from enum import IntFlag
from typing import TYPE_CHECKING, Final

import msgspec

from dlp.daemon.child import Child, received, send
from dlp.daemon.roots import Root

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

MOST: Final = 100_000
"""Paths that hints are kept for until they are sent; beyond, they are lost, and that is told."""

GATHER: Final = 0.02
"""Seconds between a hint and its sending."""

GATHER_HELD: Final = 0.002
"""The same where files are held: until then, whoever looks has them."""

PULSE: Final = 10.0
"""Seconds between two words that all is well."""


class Hint(IntFlag):
    """What is known to have happened to a path."""

    CLOSED = 1
    """It was written and closed, or moved here: it is likely whole."""
    TOUCHED = 2
    FOLDER = 4
    """It is a folder; with GONE, it was one."""
    GONE = 8


class Hints(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Paths, and for each a Hint."""

    paths: list[tuple[bytes, int]]


class Trouble(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What may have been missed. `kind`: `overflow`; `unwatched`: a folder that no hints come from; `failed`: watching
    itself."""

    kind: str
    folder: bytes
    detail: str


class Pulse(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """A sign of life. `watches` of folders that are in place, `idle`: threads of watchdog that have ended."""

    watches: int
    ended: int


Message = Hints | Trouble | Pulse


class Arguments(msgspec.Struct, frozen=True):
    """`canary`: a folder from which hints show that watching works; `own`: folders of ours, which nothing is told of;
    `poll`: seconds between two looks at folders whose file system tells nothing."""

    roots: list[Root]
    canary: bytes
    own: list[bytes]
    poll: float


def watch(arguments: Arguments) -> Child[Message]:
    """Starts watching."""
    return Child(Message, __name__, arguments)


def main(life: int, out: int) -> None:
    """In the process."""
    given = received(Arguments)
    try:
        _Watching(given.canary, given.own, out).run(given.roots, given.poll, life)
    finally:
        sys.stderr.flush()
        os._exit(0)  # watchdog's threads would be waited for


class _Watching:
    """In the process."""

    def __init__(self, canary: bytes, own: Sequence[bytes], out: int) -> None:
        self._canary = canary
        self._own = tuple(each.rstrip(b"/") + b"/" for each in own)
        self._out = out
        self._lock = threading.Lock()
        self._hints: dict[bytes, int] = {}
        self._troubles: dict[tuple[str, bytes], str] = {}
        self._wake, self._wakes = os.pipe()
        os.set_blocking(self._wakes, False)
        self._observers: list[BaseObserver] = []

    def run(self, roots: Sequence[Root], poll: float, life: int) -> None:
        warnings.simplefilter("ignore")  # of watchdog's own book-keeping; nobody reads them
        log = logging.getLogger("watchdog")
        log.propagate = False
        log.addHandler(_Log(self))
        self._start(roots, poll)
        self._send_all(pulse=True)
        last = time.monotonic()
        gather = GATHER_HELD if any(root.channel.hold for root in roots) else GATHER
        while True:
            left = max(0.0, last + PULSE - time.monotonic())
            ready, _, _ = select.select([life, self._wake], [], [], left)
            if life in ready:
                return
            if ready:
                time.sleep(gather)
                os.read(self._wake, 4096)
            due = time.monotonic() - last >= PULSE
            last = time.monotonic() if due else last
            self._send_all(pulse=due)

    def _start(self, roots: Sequence[Root], poll: float) -> None:
        from watchdog.observers.polling import PollingObserver

        told = [root for root in roots if not root.polled]
        polled = [root for root in roots if root.polled]
        try:
            observer = _system_observer(self.trouble)
        except OSError as error:
            for root in told:
                self.trouble("unwatched", root.path, os.strerror(error.errno or 0))
        else:
            self._schedule(observer, [*told, None])
        if polled:
            self._schedule(PollingObserver(timeout=poll), polled)

    def _schedule(self, observer: BaseObserver, roots: Sequence[Root | None]) -> None:
        """None: the canary."""
        from watchdog import events

        wanted = [
            events.FileCreatedEvent,
            events.FileModifiedEvent,
            events.FileAttribEvent,
            events.FileClosedEvent,
            events.FileMovedEvent,
            events.FileDeletedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
            events.DirDeletedEvent,
        ]
        handler = _handler(self)
        self._observers.append(observer)
        observer.start()
        for root in roots:
            path, recursive = (root.path, root.channel.recursive) if root else (self._canary, False)
            try:
                observer.schedule(handler, os.fsdecode(path), recursive=recursive, event_filter=wanted)
            except OSError as error:
                self.trouble("unwatched", path, os.strerror(error.errno or 0))

    def hint(self, path: str | bytes, kind: Hint) -> None:
        """From watchdog's threads."""
        name = os.fsencode(path)
        if name.startswith(self._own) and not name.startswith(self._canary):
            return
        with self._lock:
            if name not in self._hints and len(self._hints) >= MOST:
                self._troubles["overflow", b""] = ""
            else:
                self._hints[name] = (0 if kind & Hint.GONE else self._hints.get(name, 0) & ~Hint.GONE) | kind
        self._call()

    def trouble(self, kind: str, folder: bytes, detail: str) -> None:
        """The same."""
        with self._lock:
            if len(self._troubles) < MOST:
                self._troubles[kind, folder] = detail
        self._call()

    def _call(self) -> None:
        try:
            os.write(self._wakes, b"!")
        except BlockingIOError:
            return  # it is called already

    def _send_all(self, *, pulse: bool) -> None:
        with self._lock:
            hints, self._hints = self._hints, {}
            troubles, self._troubles = self._troubles, {}
        for folder in [path for path, kind in hints.items() if kind & Hint.FOLDER and not kind & Hint.GONE]:
            self._look_into(folder, hints)
        for (kind, folder), detail in troubles.items():
            send(self._out, Trouble(kind, folder, detail))
        if hints:
            send(self._out, Hints(list(hints.items())))
        if pulse:
            watches = sum(getattr(each, "descriptor", _NONE).watches for each in self._observers)
            ended = sum(not each.is_alive() for observer in self._observers for each in _threads(observer))
            send(self._out, Pulse(watches, ended))

    def _look_into(self, folder: bytes, hints: dict[bytes, int]) -> None:
        """What stands in a new folder, now that it is watched: what came before is in nobody's queue."""
        try:
            with os.scandir(folder) as listing:
                for each in listing:
                    if not each.is_dir(follow_symlinks=False):
                        hints[each.path] = hints.get(each.path, 0) | Hint.TOUCHED
        except OSError:
            return  # gone again, or not to be read: the comparison of all files says so


class _NoDescriptor:
    watches = 0


_NONE = _NoDescriptor()


def _threads(observer: BaseObserver) -> list[threading.Thread]:
    """That must be alive for hints to come; those of a folder that was deleted have ended rightly."""
    descriptor = getattr(observer, "descriptor", None)
    return [observer] if descriptor is None else [observer, descriptor]


def _system_observer(trouble: object) -> BaseObserver:
    if sys.platform == "linux":
        from dlp.daemon.inotify import Observer

        return Observer(trouble)  # type: ignore[arg-type]
    from watchdog.observers import Observer as Usual

    return Usual()


def _handler(watching: _Watching):  # type: ignore[no-untyped-def]  # of a class that is imported late
    from watchdog import events

    file_kinds = {
        events.EVENT_TYPE_CLOSED: Hint.CLOSED,
        events.EVENT_TYPE_MOVED: Hint.CLOSED,
        events.EVENT_TYPE_DELETED: Hint.GONE,
    }

    class Handler(events.FileSystemEventHandler):
        def dispatch(self, event: FileSystemEvent) -> None:
            moved = event.event_type == events.EVENT_TYPE_MOVED
            if event.is_directory:
                if event.event_type == events.EVENT_TYPE_DELETED or (moved and event.src_path):
                    watching.hint(event.src_path, Hint.GONE | Hint.FOLDER)
                if moved and event.dest_path:
                    watching.hint(event.dest_path, Hint.FOLDER)
                elif event.event_type == events.EVENT_TYPE_CREATED:
                    watching.hint(event.src_path, Hint.FOLDER)
                return
            if moved and event.src_path:
                watching.hint(event.src_path, Hint.GONE)
            path = event.dest_path if moved else event.src_path
            if path:
                watching.hint(path, file_kinds.get(event.event_type, Hint.TOUCHED))

    return Handler()


class _Log(logging.Handler):
    """What watchdog logs as an error may be a hint that was lost."""

    def __init__(self, watching: _Watching) -> None:
        super().__init__(logging.ERROR)
        self._watching = watching

    def emit(self, record: logging.LogRecord) -> None:
        self._watching.trouble("failed", b"", record.getMessage()[:200])
