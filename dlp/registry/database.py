"""SQLite, as the catalogue uses it: how its file is opened, and what its errors are called here."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

from dlp.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked
from dlp.registry.segment import MEND

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)
"""SQLite says FULL for ENOSPC only; a quota or a limit on file size is a failed write to it."""


def translated(error: sqlite3.Error, folder: str) -> StoreError:
    """The store's error for one of SQLite's."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    plain = code & 0xFF
    if code in _FULL:
        return StoreFull(f"no room left for the store in {folder} ({error}); what was registered is kept")
    if plain in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(f"the store in {folder} is busy: another process is using it; try again")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return StoreError(
            f"the last writer of the store in {folder} was stopped amid a change; to undo it, let somebody who may "
            f"write there run: dlp fingerprints verify --store {folder}"
        )
    if plain in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"the store in {folder} cannot be opened or written to ({error}); see who may do so")
    if plain == sqlite3.SQLITE_IOERR and code != sqlite3.SQLITE_IOERR_SHORT_READ:
        return StoreError(f"the disk failed under the store in {folder} ({error}); what was registered is kept")
    return StoreCorrupt(f"the catalogue in {folder} is damaged ({error}); {MEND}")


def connect(path: str) -> sqlite3.Connection:
    """Opens a file that is there; only for reading where one may not write."""
    db = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=rw", timeout=10, isolation_level=None, uri=True)
    try:
        # A removed document's row is overwritten, not just unlinked; a commit outlasts a power cut.
        db.executescript("PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA;")
    except BaseException:
        db.close()
        raise
    return db
