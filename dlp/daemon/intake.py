"""From hints and comparisons to the queue: which files are to be judged, and when they are whole."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Container, Iterable, Sequence
from typing import Final

from dlp.daemon.holding import Holding, unwritten
from dlp.daemon.ledger import Entry, Ledger, Version
from dlp.daemon.queue import Queue
from dlp.daemon.roots import Root
from dlp.daemon.settling import MOST, Settling, Settlings
from dlp.daemon.watching import Hint
from dlp.incident.quarantine.moving import NotMoved

TICK: Final = 0.02
"""Seconds. A file that was changed so lately may change again without its status telling it: clocks of file systems
stand still for up to 10 ms."""

COARSE: Final = 2.05
"""The same for file systems that know whole seconds only."""

BUSY: Final = 0.1
"""Seconds after which a file that is being read is looked at again."""

AT_ONCE: Final = 2000


class Intake:
    """Raises StateBroken and StateBusy, as the Database does."""

    def __init__(
        self, roots: Sequence[Root], ledger: Ledger, queue: Queue, generation: int, reading: Container[bytes],
        holding: Holding,
    ) -> None:  # fmt: skip
        """`generation`: of what files are judged by; `reading`: paths that are being read; `holding`: what is taken
        out of its place until it is judged."""
        self._roots = {root.path: root for root in roots}
        self._ledger = ledger
        self._queue = queue
        self._generation = generation
        self._reading = reading
        self._holding = holding
        self.settling = Settlings()
        self.hinted: dict[bytes, float] = {}
        """When something was last heard of files that are on their way, for as many as are remembered."""

    def root_of(self, path: bytes) -> Root | None:
        """The folder of a channel that holds the path, or that what is held under it belongs to."""
        above = os.path.dirname(self._holding.origin(path) or path)
        while True:
            root = self._roots.get(above)
            if root is not None or above in (b"/", b""):
                return root
            above = os.path.dirname(above)

    def hints(self, hints: Iterable[tuple[bytes, int]]) -> None:
        """What watching tells."""
        now = time.monotonic()
        for path, kind in hints:
            if kind & Hint.FOLDER:
                if kind & Hint.GONE and not os.path.lexists(path):
                    self._ledger.forget_below(path)
                continue
            root = self.root_of(path)
            if root is None:
                continue
            whole = bool(kind & (Hint.CLOSED | Hint.GONE))
            soon = TICK if whole or root.channel.hold else min(root.channel.settle, 0.2)
            self.wait(path, whole, now + (0.0 if whole and root.channel.hold else soon), now)
            if len(self.hinted) < MOST:
                self.hinted[path] = now

    def wait(self, path: bytes, closed: bool, at: float, now: float) -> None:
        """Until the file is whole; where there are too many that are waited for, no longer."""
        if self.settling.full:
            self._queue.add([(path, 0)])
        else:
            self.settling.add(path, closed, at, now)

    def found(self, files: Sequence[tuple[bytes, int]], fresh: Sequence[bytes]) -> None:
        """What a comparison tells."""
        self._queue.add([each for each in files if each[0] not in self._reading], last=True)
        now = time.monotonic()
        for path in fresh:
            self.wait(path, False, now, now)

    def gone(self, paths: Sequence[bytes]) -> None:
        self._ledger.forget([path for path in paths if not os.path.lexists(path)])

    def due(self) -> None:
        """Puts those into the queue that are whole by now, and not judged as they are."""
        now = time.monotonic()
        ready: list[tuple[bytes, Version]] = []
        gone: list[bytes] = []
        for settling in self.settling.due(now, AT_ONCE):
            path = settling.path
            root = self.root_of(path)
            if root is None:
                continue
            if path in self._reading:
                self.settling.again(settling, now + BUSY)
                continue
            try:
                status = os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                gone.append(path)
                continue
            except OSError:  # why it cannot be looked at is found, and said, by whoever reads it
                self._queue.add([(path, 0)])
                continue
            if stat.S_ISDIR(status.st_mode):
                continue
            if (held := self._at_once(path, settling.closed, root, status)):
                self.wait(held, True, now + TICK, now)
                continue
            wait = missing(status, settling, root, now)
            if wait > 0:
                self.settling.again(settling, now + wait)
            else:
                ready.append((path, Version.of(status)))
        self._forget(gone)
        known = self._ledger.of([path for path, _ in ready])
        self._queue.add(
            [
                (self._held(path, each, known.get(path)), each.size)
                for path, each in ready
                if not self.current(known.get(path), each)
            ]
        )

    def _at_once(self, path: bytes, closed: bool, root: Root, status: os.stat_result) -> bytes | None:
        """The path that a file is held as which nobody writes to any more: it may not be whole yet, and becomes so
        there."""
        if not self._holding.wants(root.path, path) or not (closed or unwritten(path)):
            return None
        version, entry = Version.of(status), self._ledger.of([path]).get(path)
        held = path if self.current(entry, version) else self._held(path, version, entry)
        return held if held != path else None

    def _held(self, path: bytes, version: Version, entry: Entry | None) -> bytes:
        """The path that a file is read under. Why one cannot be held is found, and said, by whoever reads it."""
        try:
            return self.hold(path, version, entry) or path
        except (OSError, NotMoved):
            return path

    def hold(self, path: bytes, version: Version, entry: Entry | None) -> bytes | None:
        """Takes a file out of its place, if that is to be; the path that it is held as. One whose content was judged
        before stays. Raises OSError, NotMoved."""
        root = self.root_of(path)
        if root is None or not version.size or not self._holding.wants(root.path, path):
            return None  # what is empty is about to be written, as a rule
        if entry and entry.version.content_like(version):
            return None
        held = self._holding.take(root.path, path)
        if held is not None and (heard := self.hinted.pop(path, None)) is not None:
            self.hinted[held] = heard
        return held

    def _forget(self, gone: Sequence[bytes]) -> None:
        if gone:
            self._ledger.forget(gone)
            self._queue.done(gone)
            for path in gone:
                self._holding.forget(path)
                self.hinted.pop(path, None)

    def current(self, entry: Entry | None, version: Version) -> bool:
        """Whether the file was judged as it is, by what files are judged by now."""
        return entry is not None and entry.version == version and entry.generation >= self._generation


def missing(status: os.stat_result, settling: Settling, root: Root, now: float) -> float:
    """Seconds until the file is whole, if nothing happens to it; 0: it is, or has been waited for long enough."""
    age = (time.time_ns() - status.st_ctime_ns) / 1e9
    least = COARSE if status.st_ctime_ns % 1_000_000_000 == 0 else TICK
    needed = least if settling.closed else max(root.channel.settle, least)
    left = settling.since + max(root.channel.long_open, needed) - now
    if age < 0 or left <= 0:  # a clock that was set back tells nothing
        return 0.0
    return min(max(0.0, needed - age), left)
