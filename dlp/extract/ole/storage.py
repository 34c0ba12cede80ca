"""One storage of a compound file, as its readers see it: streams by name, each taken once, and what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from dlp.extract.marking import Marker
from dlp.extract.ole.compound import Compound, Entry, Short
from dlp.extract.unpacking import PartError
from dlp.limits import Limits
from dlp.model import Blob, Mark, Provenance, Skipped, Text

_AT_ONCE = 1 << 16
"""Letters of a chunk."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class Storage:
    """`streams` and `storages` by name in lower case, for names are compared without case. `names`: display names of
    child storages, where a reader knows a better one."""

    def __init__(self, compound: Compound, path: tuple[str, ...], provenance: Provenance, limits: Limits) -> None:
        self._compound = compound
        self.path = path
        self.provenance = provenance
        self.limits = limits
        self.streams: dict[str, list[Entry]] = {}
        self.storages: dict[str, Storage] = {}
        self.names: dict[str, str] = {}
        self.taken: set[int] = set()
        self.problems: list[Skipped] = []
        self.known = False
        """Whether a reader found a kind of document that it knows."""
        self.unread = False
        """Whether there are streams of an unknown format, told by their strings alone."""

    def __contains__(self, name: str) -> bool:
        return name in self.streams

    def take(self, name: str) -> bytes:
        """The first stream of that name, as much as can be read; b"" where there is none. Notes problems."""
        entries = self.streams.get(name)
        return self.content(entries[0]) if entries else b""

    def content(self, entry: Entry) -> bytes:
        """A stream's bytes, as much as can be read. It counts as taken."""
        self.taken.add(entry.number)
        try:
            return self._compound.read(entry)
        except PartError as error:
            place = (*self.provenance, shown(entry.path[-1]))
            self.problems.append(Skipped(place, error.reason, error.detail))
            return error.data if isinstance(error, Short) else b""

    def child(self, name: str) -> Storage | None:
        return self.storages.get(name)


class StorageReader(Protocol):
    """Reads one kind of document that may stand in a storage."""

    def __call__(self, storage: Storage) -> Iterator[Text | Blob | Skipped]:
        """What the storage holds of that kind, nothing if it is not there."""
        ...


def lines_text(provenance: Provenance, lines: Iterator[tuple[str, str]]) -> Text:
    """A text of (place, line) pairs."""
    marks: list[Mark] = []
    return Text(provenance, "text", _chunks(Marker(marks), lines), marks)


def _chunks(marker: Marker, lines: Iterator[tuple[str, str]]) -> Iterator[bytes]:
    """Some lines at a time: no text is in memory as a whole, and what is over a limit is noticed in time."""
    some: list[tuple[str, str]] = []
    letters = 0
    for pair in lines:
        some.append(pair)
        letters += len(pair[1]) + 1
        if letters >= _AT_ONCE:
            yield marker.chunk(some)
            some.clear()
            letters = 0
    if some:
        yield marker.chunk(some)


def shown(name: str) -> str:
    """A stream's or file's name for display: without control characters and surrogates, never empty."""
    clean = _CONTROLS.sub("", name).encode("utf-8", "backslashreplace").decode()
    return clean[:200] or "unnamed"
