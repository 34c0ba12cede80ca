"""watchdog's way to the kernel's inotify, with what it keeps to itself: that events were lost, and what is not watched.

Two kinds of events are thinned out here, before they cost anything: a file that leaves (its place is looked at by and
by; watchdog would hold up all that follows for half a second), and each write to a file that is being written.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from typing import Final

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyFullEmitter
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

WRITES_APART: Final = 0.5
"""Seconds between two writes to one file that are told."""

MOST_WRITTEN: Final = 10_000
"""Files that are being written, as far as they are remembered."""

Trouble = Callable[[str, bytes, str], None]
"""Called with a kind (`overflow`, `unwatched`), a folder, and what else is to be said."""


class Descriptor(InotifyFD):
    """An instance of inotify."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self._trouble = trouble
        self._written: dict[tuple[int, bytes], float] = {}
        self.watches = 0
        """That were ever put in place, and not taken away since."""

    def add_callback(self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId) -> WatchDescriptor:
        try:
            watch = super().add_callback(path, mask, callback, id_)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):  # gone before it was watched: it has no files
                self._trouble("unwatched", path, os.strerror(error.errno or 0))
            raise
        if watch == -1:  # watchdog takes a folder that it may not read for watched
            self._trouble("unwatched", path, os.strerror(errno.EACCES))
        else:
            self.watches += 1
        return watch

    def handle_event(self, event: InotifyEvent) -> None:
        if event.is_queue_overflow:
            self._trouble("overflow", b"", "")
        elif event.is_ignored:
            self.watches -= 1
        elif (event.is_moved_from and not event.is_directory) or (event.is_modify and not self._worth_telling(event)):
            return
        super().handle_event(event)

    def _worth_telling(self, event: InotifyEvent) -> bool:
        now = time.monotonic()
        key = event.wd, event.name
        if now - self._written.get(key, -WRITES_APART) < WRITES_APART:
            return False
        if len(self._written) >= MOST_WRITTEN:
            self._written.clear()
        self._written[key] = now
        return True


class Observer(BaseObserver):
    """As watchdog's own, over a Descriptor."""

    def __init__(self, trouble: Trouble) -> None:
        """Raises OSError: no further instance is to be had."""
        self.descriptor = Descriptor(trouble)
        self.descriptor.start()
        super().__init__(InotifyFullEmitter, inotify_fd=self.descriptor)

    def on_thread_stop(self) -> None:
        super().on_thread_stop()
        self.descriptor.stop()
        self.descriptor.join()
