"""What is to be judged, durably: files small and new first, those that only a comparison found last.

A file's rank is the time it came in, and more the larger it is; so whoever waits long enough comes before all that came
later. What was under way when the daemon ended is done again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

import msgspec

from dlp.daemon.database import Database
from dlp.limits import MIB

MILLISECONDS: Final = 1000

BYTES_A_SECOND: Final = 4 * MIB
"""A file waits behind those that came in as many seconds later as this many bytes of it."""

MOST_BEHIND: Final = 60 * MILLISECONDS
"""At most so long, for its size."""

LAST: Final = 300 * MILLISECONDS
"""What nobody has just written waits behind what comes in for so long."""


class Task(msgspec.Struct, frozen=True):
    """A file to judge. `attempts`: how often it was begun with before."""

    path: bytes
    attempts: int


class Queue:
    """Raises StateBroken and StateBusy, as the Database does."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.write("UPDATE queue SET leased = 0 WHERE leased = ?", [(1,)])
        database.commit()
        highest = database.read("SELECT max(since) FROM queue")[0][0] or 0
        # A clock that was set back must not put what comes in now before what waits.
        self._base = max(int(time.time() * MILLISECONDS), highest) - self._elapsed()

    @staticmethod
    def _elapsed() -> int:
        return int(time.monotonic() * MILLISECONDS)

    def _now(self) -> int:
        return self._base + self._elapsed()

    def add(self, files: Iterable[tuple[bytes, int]], *, last: bool = False) -> None:
        """Paths and sizes in bytes. What is there already is not there twice; it comes as early as it can."""
        now = self._now()
        rows = [
            (path, now + (LAST if last else min(size * MILLISECONDS // BYTES_A_SECOND, MOST_BEHIND)), now)
            for path, size in files
        ]
        self._db.write(
            "INSERT INTO queue VALUES (?, ?, 0, ?, 0, 0) ON CONFLICT (path) DO UPDATE SET "
            "rank = min(rank, excluded.rank), after = 0",
            rows,
        )

    def take(self, most: int) -> list[Task]:
        """The next ones; they are under way now."""
        rows = self._db.read(
            "SELECT path, attempts FROM queue WHERE leased = 0 AND after <= ? ORDER BY rank LIMIT ?",
            (self._now(), most),
        )
        begun = [(row[0],) for row in rows]
        self._db.write("UPDATE queue SET leased = 1, attempts = attempts + 1 WHERE path = ?", begun)
        return [Task(*row) for row in rows]

    def again(self, path: bytes, seconds: float, *, failed: bool) -> None:
        """One that is under way is to be begun with once more, after so long. `failed`: that counts as an attempt."""
        self._db.write(
            "UPDATE queue SET leased = 0, after = ?, attempts = attempts - ? WHERE path = ?",
            [(self._now() + int(seconds * MILLISECONDS), not failed, path)],
        )

    def done(self, paths: Iterable[bytes]) -> None:
        self._db.write("DELETE FROM queue WHERE path = ?", [(path,) for path in paths])

    def release(self) -> None:
        """All that is under way is not: for when it was given up."""
        self._db.write("UPDATE queue SET leased = 0 WHERE leased = ?", [(1,)])

    def size(self) -> int:
        """About how many files wait or are under way (see `Database.count`)."""
        return self._db.count("queue")

    def empty(self) -> bool:
        return not self._db.read("SELECT 1 FROM queue LIMIT 1")

    def oldest(self) -> float:
        """Seconds since the one came in that waits longest; 0 where nothing waits."""
        since = self._db.read("SELECT min(since) FROM queue")[0][0]
        return 0.0 if since is None else max(0.0, (self._now() - since) / MILLISECONDS)
