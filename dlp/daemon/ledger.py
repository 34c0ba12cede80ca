"""What was judged: for each path the version of the file, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from dlp.daemon.database import Database
from dlp.model import VERDICTS, File, Verdict

AT_ONCE: Final = 500
"""Paths of one question to the database."""

_UNKNOWN: Final = -1
"""`changed` of a version that may have become another one in the same tick of the clock: no file is of it."""


class Version(msgspec.Struct, frozen=True, array_like=True):
    """What tells one state of a file from another. Times are nanoseconds; numbers as SQLite takes them, signed."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Version:
        times = status.st_mtime_ns, status.st_ctime_ns
        return cls(*map(_signed, (status.st_dev, status.st_ino, status.st_size, *times)))

    @classmethod
    def of_file(cls, file: File) -> Version:
        return cls(*map(_signed, (file.device, file.inode, file.size, file.modified, file.changed)))

    def unsure(self) -> Version:
        """The same, and no file is it."""
        return msgspec.structs.replace(self, changed=_UNKNOWN)

    def content_like(self, other: Version) -> bool:
        """Whether only names, rights or links of the file may have changed between the two."""
        return (self.device, self.inode, self.size, self.modified) == (
            other.device,
            other.inode,
            other.size,
            other.modified,
        )


class Entry(msgspec.Struct, frozen=True):
    """`told`: a short digest of what was said of it; `generation`: of the rules, policy and registry it was judged
    by."""

    version: Version
    digest: bytes
    verdict: Verdict
    told: bytes
    generation: int


class Ledger:
    """The table of what was judged. Raises StateBroken and StateBusy, as the Database does."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, paths: Sequence[bytes]) -> dict[bytes, Entry]:
        """What is known of these."""
        return dict(entries(self._db.read, paths))

    def put(self, rows: Iterable[tuple[bytes, Entry]]) -> None:
        self._db.write(
            "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(path, *_row(each)) for path, each in rows],
        )

    @property
    def undone(self) -> int:
        """Transactions of its database that came to nothing, with all that had been put in."""
        return self._db.undone

    def forget(self, paths: Iterable[bytes]) -> None:
        self._db.write("DELETE FROM ledger WHERE path = ?", [(path,) for path in paths])

    def forget_below(self, folder: bytes) -> None:
        """All below a folder that is gone."""
        self._db.write("DELETE FROM ledger WHERE path > ? AND path < ?", [below(folder)])

    def size(self) -> int:
        """About how many there are (see `Database.count`)."""
        return self._db.count("ledger")


def below(folder: bytes) -> tuple[bytes, bytes]:
    """All paths below a folder lie between these two."""
    start = folder.rstrip(b"/") + b"/"
    return start, start[:-1] + b"0"  # the character after the slash


def entries(read: object, paths: Sequence[bytes]) -> Iterator[tuple[bytes, Entry]]:
    """`read`: a function of a Database's kind."""
    assert callable(read)
    for at in range(0, len(paths), AT_ONCE):
        some = paths[at : at + AT_ONCE]
        marks = ",".join("?" * len(some))
        for row in read(f"SELECT * FROM ledger WHERE path IN ({marks})", some):
            yield row[0], entry(row)


def entry(row: Sequence[object]) -> Entry:
    """Of a row of the table."""
    _, device, inode, size, modified, changed, digest, verdict, told, generation = row
    version = Version(device, inode, size, modified, changed)  # type: ignore[arg-type]  # as the table has them
    rank = verdict if isinstance(verdict, int) and 0 <= verdict < len(VERDICTS) else 0
    return Entry(version, digest, VERDICTS[rank], told, generation)  # type: ignore[arg-type]


def _row(entry: Entry) -> tuple[object, ...]:
    version = msgspec.structs.astuple(entry.version)
    return (*version, entry.digest, entry.verdict.rank, entry.told, entry.generation)


def _signed(number: int) -> int:
    """Into 64 bits, as SQLite has them: anybody can give a file a time that lies in the year 2400."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)
