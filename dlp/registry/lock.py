"""The writer's lock: one process at a time changes a store."""

from __future__ import annotations

import fcntl
import os
import time

from dlp.errors import StoreLocked
from dlp.registry.segment import failed_write

PATIENCE = 1.0
"""Seconds to wait for another writer. Workers of one that was just killed hold its lock for a moment."""


def take_lock(folder: str) -> int:
    """A descriptor; closing it gives the lock back. Raises StoreLocked while another writer has the store, StoreError
    where one may not write to it."""
    try:
        handle = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise failed_write(error, folder) from None
    try:
        until = time.monotonic() + PATIENCE
        while not _locked(handle):
            if time.monotonic() > until:
                holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
                raise StoreLocked(
                    f"another process ({holder}) is writing to the store in {folder}; try again when it is done"
                )
            time.sleep(0.02)
        os.ftruncate(handle, 0)
        os.write(handle, b"%d\n" % os.getpid())
    except OSError as error:
        os.close(handle)
        raise failed_write(error, folder) from None
    except BaseException:
        os.close(handle)
        raise
    return handle


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
