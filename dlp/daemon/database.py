"""The daemon's one file of SQLite: what was judged, what is to be judged, what has left of documents.

All that belongs together is written in one transaction. The file is in WAL mode and synchronous only at checkpoints,
which are made every few seconds: a killed process loses nothing that was committed; a power cut may lose the commits of
these seconds, and never their order. What is lost so is found again by comparing files with what was judged, which is
done at each start. So a file that is torn, damaged or gone costs nothing but reading all files once more.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from dlp.errors import DlpError, StoreLocked
from dlp.registry.lock import take_lock

NAME: Final = "state.sqlite"
FORMAT: Final = 1
_APPLICATION: Final = 0x444C5057

CACHE: Final = 16 << 20
"""Bytes of pages that are kept in memory."""

FEW: Final = 10_000
COUNTING: Final = 200
"""Times as long as counting more rows took until it is done again, at least: SQLite looks at every one."""

_SCHEMA: Final = f"""
CREATE TABLE ledger (
    path BLOB PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, changed INTEGER NOT NULL, digest BLOB NOT NULL, verdict INTEGER NOT NULL,
    told BLOB NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE queue (
    path BLOB PRIMARY KEY, rank INTEGER NOT NULL, after INTEGER NOT NULL, since INTEGER NOT NULL,
    attempts INTEGER NOT NULL, leased INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX queue_rank ON queue (rank) WHERE leased = 0;
CREATE INDEX queue_since ON queue (since);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, channel TEXT NOT NULL, seen INTEGER NOT NULL, key BLOB NOT NULL UNIQUE,
    result BLOB NOT NULL
);
CREATE INDEX passages_seen ON passages (seen);
CREATE TABLE sets (
    channel TEXT NOT NULL, document TEXT NOT NULL, verdict INTEGER NOT NULL, evidence INTEGER NOT NULL,
    seen INTEGER NOT NULL, PRIMARY KEY (channel, document)
) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {FORMAT};
"""


class StateBroken(Exception):
    """The file is torn, damaged, gone, or somebody else's. It is made anew."""


class StateBusy(Exception):
    """Nothing can be written now: no room, no permission, a failing disk. To be tried again."""


class _Count(NamedTuple):
    rows: int
    changes: int
    until: float


class Database:
    """One connection. What is executed belongs to one transaction, until `commit`."""

    def __init__(self, path: str) -> None:
        """Opens or makes the file. Raises StateBroken, StateBusy."""
        self.path = path
        new = not os.path.exists(path)
        self._db = connect(path, "rwc")
        try:
            self._settle(new)
        except sqlite3.Error as error:
            self._db.close()
            raise _translated(error) from None
        except BaseException:
            self._db.close()
            raise
        self._open = self._unsynced = False
        self._counts: dict[str, _Count] = {}
        self.undone = 0
        """Transactions that came to nothing."""
        status = os.stat(path)
        self._identity = status.st_dev, status.st_ino
        self._version = self._data_version()

    def _settle(self, new: bool) -> None:
        os.chmod(self.path, 0o600)
        self._db.executescript(
            f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"
            f"PRAGMA cache_size = -{CACHE >> 10}; PRAGMA journal_size_limit = {64 << 20};"
        )
        if new or self._one("SELECT count(*) FROM sqlite_master") == 0:
            self._db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if self._one("PRAGMA application_id") != _APPLICATION or self._one("PRAGMA user_version") != FORMAT:
            raise StateBroken("it is not of this version")
        if (problem := self._one("PRAGMA quick_check(1)")) != "ok":
            raise StateBroken(str(problem))

    def _one(self, sql: str) -> Any:
        return self._db.execute(sql).fetchone()[0]

    def _data_version(self) -> int:
        return int(self._one("PRAGMA data_version"))

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows. Raises StateBroken, StateBusy."""
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _translated(error) from None

    def count(self, table: str) -> int:
        """Rows of a table. More than FEW are not counted anew all the time, and then the figure may be a little old.
        Raises StateBroken, StateBusy."""
        known = self._counts.get(table)
        now = time.monotonic()
        if known is None or (known.changes != self._db.total_changes and now >= known.until):
            rows = int(self.read(f"SELECT count(*) FROM {table}")[0][0])
            end = time.monotonic()
            wait = COUNTING * (end - now) if rows > FEW else 0.0
            known = self._counts[table] = _Count(rows, self._db.total_changes, end + wait)
        return known.rows

    def write(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """In the transaction under way. Raises StateBroken, StateBusy: then all of the transaction is undone."""
        try:
            if not self._open:
                self._db.execute("BEGIN IMMEDIATE")
                self._open = True
            self._db.executemany(sql, rows)
        except sqlite3.Error as error:
            self._undo()
            raise _translated(error) from None

    def commit(self) -> None:
        """Raises StateBroken, StateBusy: then all of the transaction is undone."""
        if not self._open:
            return
        try:
            self._db.execute("COMMIT")
            self._open, self._unsynced = False, True
        except sqlite3.Error as error:
            self._undo()
            raise _translated(error) from None

    def sync(self) -> None:
        """Has what was committed outlast a power cut. Raises StateBroken, StateBusy."""
        if not self._unsynced:
            return
        try:
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
            self._unsynced = False
        except sqlite3.Error as error:
            raise _translated(error) from None

    def _undo(self) -> None:
        self._open = False
        self.undone += 1
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _translated(error) from None

    def tampered(self) -> str:
        """What somebody else did to the file since it was opened; empty for nothing. Raises StateBroken, StateBusy."""
        try:
            status = os.stat(self.path)
        except OSError:
            return "removed"
        if (status.st_dev, status.st_ino) != self._identity:
            return "replaced"
        try:
            version = self._data_version()
        except sqlite3.Error as error:
            raise _translated(error) from None
        if version != self._version:
            self._version = version
            return "written to"
        return ""

    def close(self) -> None:
        """Without what is not committed."""
        self._db.close()


def connect(path: str, mode: str) -> sqlite3.Connection:
    """`mode`: as SQLite has it (ro, rw, rwc). Raises StateBroken, StateBusy."""
    try:
        return sqlite3.connect(f"file:{quote(path)}?mode={mode}", uri=True, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise _translated(error) from None


def opened(folder: str) -> tuple[Database, str]:
    """The daemon's database in `folder`, and why it had to be made anew; empty where it had not. What is unfit is put
    aside, beside it. Raises DlpError where none can be made."""
    path = os.path.join(folder, NAME)
    problem = ""
    for _ in range(2):
        try:
            return Database(path), problem
        except StateBroken as error:
            problem = str(error)
            put_aside(path)
        except (StateBusy, OSError) as error:
            raise DlpError(f"the daemon's state in {folder} cannot be opened: {error}") from None
    raise DlpError(f"the daemon's state in {folder} cannot be made anew: {problem}")


def locked(folder: str) -> int:
    """A descriptor that keeps other daemons away until it is closed. Raises StoreLocked, StoreError."""
    try:
        return take_lock(folder)
    except StoreLocked:
        raise StoreLocked(
            f"another daemon runs with its state in {folder}; ask it by: dlp status  (or name another by --state)"
        ) from None


def put_aside(path: str) -> None:
    """Out of the way, for whoever wants to see what became of it; the one put aside before is gone."""
    for ending in ("-wal", "-shm", ""):
        if os.path.lexists(path + ending):
            os.replace(path + ending, f"{path}.unfit{ending}")


def _translated(error: sqlite3.Error) -> StateBroken | StateBusy:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    passing = (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
    )
    return StateBusy(str(error)) if code in passing else StateBroken(str(error))
