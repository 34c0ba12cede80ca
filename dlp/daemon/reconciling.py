"""The comparison of all files with what was judged, in a process of its own.

It is what makes hints mere hints: at the start, on a timer, and whenever hints may have been lost, it tells of every
file whose status differs from the ledger's, and of every path of the ledger that is no more. It reads no file, and
nobody waits for it where a file system hangs.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from dlp.daemon.child import Child, received, send
from dlp.daemon.configuration import Channel
from dlp.daemon.database import connect
from dlp.daemon.ledger import AT_ONCE, Version, below, entries
from dlp.daemon.roots import Root
from dlp.model import Reason, Skipped
from dlp.source.files import FileSource
from dlp.source.opening import display

NICE: Final = 10

SWEEP: Final = 2000
"""Rows of the ledger looked at at a time."""


class Found(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Files that were not judged as they are now, and their sizes in bytes; `fresh`: those that have changed so lately
    that they may not be whole."""

    files: list[tuple[bytes, int]]
    fresh: list[bytes]


class Unread(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What is no file to read, and was not judged as it is now."""

    path: bytes
    skipped: Skipped


class Gone(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """Paths of the ledger that are no more."""

    paths: list[bytes]


class Done(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """The comparison has come to its end. `problem`: why it was cut short."""

    files: int
    problem: str = ""


Message = Found | Unread | Gone | Done

class Arguments(msgspec.Struct, frozen=True):
    """`database`: of the ledger. `own`: folders that are never read. `generation`: of what files are judged by; what
    was judged by an older one is told, too."""

    roots: list[Root]
    own: list[str]
    max_file_size: int | None
    database: str
    generation: int


def reconcile(arguments: Arguments) -> Child[Message]:
    """Starts a comparison of all files below the roots with the ledger."""
    return Child(Message, __name__, arguments)


def main(life: int, out: int) -> None:
    """In the process."""
    given = received(Arguments)
    channels = {root.channel.name: root.channel for root in given.roots}
    sources = {name: source_of(each, given.own, given.max_file_size) for name, each in channels.items()}
    _Comparison(sources, given.database, given.generation, out).run(given.roots)


def source_of(channel: Channel, own: Sequence[str], max_file_size: int | None) -> FileSource:
    """The files of a channel."""
    return FileSource(
        channel.folders,
        include=channel.include,
        exclude=channel.exclude if channel.recursive else [*channel.exclude, "*/"],
        max_file_size=max_file_size,
        avoid=own,
    )


class _Comparison:
    """In the process."""

    def __init__(self, sources: dict[str, FileSource], database: str, generation: int, out: int) -> None:
        self._sources = sources
        self._path = database
        self._generation = generation
        self._out = out

    def run(self, roots: Sequence[Root]) -> None:
        os.nice(NICE)
        files = 0
        try:
            self._db = connect(self._path, "ro")
            for root in roots:
                if os.path.isdir(root.path):  # one that is away for now has lost no files
                    files += self._compare(root)
                    self._sweep(root)
        except sqlite3.Error as error:
            send(self._out, Done(files, str(error)))
        except Exception as error:  # noqa: BLE001  # told by its type, since nobody else sees it
            send(self._out, Done(files, type(error).__name__))
        else:
            send(self._out, Done(files))

    def _read(self, sql: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        return self._db.execute(sql, values).fetchall()

    def _compare(self, root: Root) -> int:
        count = 0
        for batch in _batches(self._there(root)):
            count += len(batch)
            known = dict(entries(self._read, [path for path, _, _ in batch]))
            now = time.time_ns()
            found: list[tuple[bytes, int]] = []
            fresh: list[bytes] = []
            for path, status, skipped in batch:
                before = known.get(path)
                same = before and before.version == Version.of(status) and before.generation >= self._generation
                if same:
                    continue
                if skipped:
                    send(self._out, Unread(path, skipped))
                elif 0 <= now - status.st_ctime_ns < root.channel.settle * 1e9:
                    fresh.append(path)
                else:
                    found.append((path, status.st_size))
            if found or fresh:
                send(self._out, Found(found, fresh))
        return count

    def _there(self, root: Root) -> Iterator[tuple[bytes, os.stat_result, Skipped | None]]:
        for item in self._sources[root.channel.name].below(root.path):
            skipped = item if isinstance(item, Skipped) else None
            if skipped and skipped.reason == Reason.STORE:  # a folder of ours
                continue
            path = item.path if not isinstance(item, Skipped) else actual(root.path, item.provenance[0])
            try:
                if path is not None:
                    yield path, os.lstat(path), skipped
            except OSError:
                continue  # gone meanwhile

    def _sweep(self, root: Root) -> None:
        """Rows of another device are those of a file system that is not mounted now."""
        device = Version.of(os.stat(root.path)).device
        last, end = below(root.path)
        while True:
            rows = self._db.execute(
                "SELECT path, device FROM ledger WHERE path > ? AND path < ? ORDER BY path LIMIT ?", (last, end, SWEEP)
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            gone = [path for path, where in rows if where == device and not os.path.lexists(path)]
            if gone:
                send(self._out, Gone(gone))


def actual(root: bytes, name: str) -> bytes | None:
    """The path below `root` that is shown as `name`; None where there is none any more."""
    path = root
    shown = display(root)
    if name.rstrip("/") == shown.rstrip("/"):
        return root
    for part in name[len(shown) :].strip("/").split("/"):
        plain = os.path.join(path, part.encode("utf-8", "surrogatepass"))
        if not os.path.lexists(plain):  # bytes of it are not UTF-8: the one that is shown so
            try:
                found = next((each for each in os.listdir(path) if display(each) == part), None)
            except OSError:
                return None
            if found is None:
                return None
            plain = os.path.join(path, found)
        path = plain
    return path


_There = tuple[bytes, os.stat_result, Skipped | None]


def _batches(files: Iterator[_There]) -> Iterator[list[_There]]:
    batch: list[_There] = []
    for each in files:
        batch.append(each)
        if len(batch) >= AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


