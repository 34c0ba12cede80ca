"""SQLite, as incidents use it: one file, many processes, each transaction on the disk when it is over."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from dlp.errors import (
    IncidentsDamaged,
    IncidentsError,
    IncidentsExists,
    IncidentsFull,
    IncidentsLocked,
    IncidentsMissing,
)
from dlp.incident.schema import APPLICATION_ID, FORMAT, TABLES

NAME = "incidents.sqlite"

PATIENCE = 30.0
"""Seconds to wait for other writers."""

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC)
"""SQLite says FULL for ENOSPC only; a quota or a limit on file size is a failed write to it."""


class Database:
    """The database of one folder of incidents. Not to be used after a fork."""

    def __init__(self, folder: str, *, writing: bool = True) -> None:
        """Raises IncidentsMissing, IncidentsDamaged, IncidentsError."""
        self.folder = folder
        self.path = os.path.join(folder, NAME)
        if not os.path.isfile(self.path):
            raise IncidentsMissing(
                f"no incidents in {folder}; make a folder for them with: dlp incidents init --incidents {folder}"
            )
        with self.translated():
            self._db = self._connect(writing)
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            (application,) = self._db.execute("PRAGMA application_id").fetchone()
        if application != APPLICATION_ID:
            self.close()
            raise IncidentsDamaged(f"{self.path} is no database of incidents")
        if version != FORMAT:
            self.close()
            raise IncidentsError(f"{self.path} has format {version}; this engine reads format {FORMAT}")

    def _connect(self, writing: bool) -> sqlite3.Connection:
        place = quote(os.path.abspath(self.path))
        mode = "rw" if writing or os.access(self.folder, os.W_OK) else "ro"
        still = mode == "ro" and not os.path.exists(self.path + "-wal")  # a folder on a disk that is read-only
        db = sqlite3.connect(
            f"file:{place}?mode={mode}{'&immutable=1' if still else ''}",
            timeout=PATIENCE, isolation_level=None, uri=True, check_same_thread=False,
        )  # fmt: skip
        try:
            if mode == "rw":
                # What is purged is overwritten, not just unlinked; what was committed outlasts a power cut.
                db.executescript("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;")
            db.execute("PRAGMA trusted_schema = OFF")
        except BaseException:
            db.close()
            raise
        return db

    @classmethod
    def create(cls, folder: str) -> None:
        """An empty one. Raises IncidentsExists, IncidentsFull, IncidentsError."""
        path = os.path.join(folder, NAME)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            raise IncidentsExists(f"there are incidents in {folder} already") from None
        except OSError as error:
            raise failed_write(error, folder) from None
        try:
            db = sqlite3.connect(path, isolation_level=None)
            try:
                db.executescript(
                    f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN; {''.join(TABLES)}"
                    f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
                )
            finally:
                db.close()
        except sqlite3.Error as error:
            os.unlink(path)
            raise translated(error, folder) from None

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        with self.translated():
            return self._db.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes, alone until it is over; an exception takes all of it back."""
        with self.translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One state of it, whatever is written meanwhile."""
        with self.translated():
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """SQLite's errors under the names they have here."""
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, self.folder) from None

    def shrink(self) -> None:
        """What was overwritten leaves the write-ahead log, too."""
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        self._db.close()


def translated(error: sqlite3.Error, folder: str) -> IncidentsError:
    """The error for one of SQLite's."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    plain = code & 0xFF
    if code in _FULL:
        return IncidentsFull(f"no room left for incidents in {folder} ({error}); what was recorded before is kept")
    if plain in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IncidentsLocked(f"the incidents in {folder} are busy: other processes write to them; try again")
    if plain in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return IncidentsError(f"the incidents in {folder} cannot be opened or written to ({error}); see who may do so")
    if plain == sqlite3.SQLITE_IOERR and code != sqlite3.SQLITE_IOERR_SHORT_READ:
        return IncidentsError(f"the disk failed under the incidents in {folder} ({error})")
    return IncidentsDamaged(f"the database of incidents in {folder} is damaged ({error})")


def failed_write(error: OSError, folder: str) -> IncidentsError:
    """IncidentsFull for a disk or quota without room, else what the system said."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return IncidentsFull(f"no room left for incidents in {folder} ({error.strerror})")
    return IncidentsError(f"cannot write to {folder}: {error.strerror}")
