"""Changing the store: registering, removing, compacting. One writer at a time.

A new segment is on the disk before the transaction that names it; one that is no longer named is deleted
after. A process killed at any instant leaves the old state or the new, and at most files that no state
names: the next writer sweeps them away.
"""

from __future__ import annotations

import fcntl
import os
import time
from array import array
from collections.abc import Sequence
from types import TracebackType

import msgspec

from dlp.errors import StoreFull, StoreLocked
from dlp.fingerprint import GONE, Alphabet, live_entries, sort_entries
from dlp.registry.catalogue import Row, State, add_rows, row_digest
from dlp.registry.records import Fingerprint, Outline, Registered
from dlp.registry.segment import Entries, SegmentInfo, read_segment, write_segment
from dlp.registry.store import SEGMENTS, Store

BUFFERED = 4_000_000
"""Entries gathered before they become a segment: 64 MB, and as much again while they are sorted."""

BUFFERED_DOCUMENTS = 2_000

REPEATS = 4
"""Places of one shingle in one document that are kept."""

FAN = 8
"""So many segments of about one size are merged into one."""

NOTHING: Entries = (array("Q"), array("Q"))


class Change(msgspec.Struct, frozen=True):
    """What `Writer.add` did. `what`: new, version, relabelled or known."""

    what: str
    document: Registered


class Writer:
    """The one writer of a store, a context manager: leaving it commits what was added, unless by an exception that is
    not an interruption."""

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreLocked while another writer has the store, and what `Store` raises."""
        self.store = Store(folder, key)
        self._key = key
        self._segments = os.path.join(folder, SEGMENTS)
        self._lock = self._take_lock(os.path.join(folder, "lock"))
        self.store.refresh()
        self._sweep()
        self._entries: dict[Alphabet, Entries] = {}
        self._rows: list[Row] = []
        self._pending: dict[int, Registered] = {}
        self._pending_content: dict[tuple[bytes, bool], int] = {}
        self._next = self.store.state.next_ordinal

    def _take_lock(self, path: str) -> int:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(handle)
            self.store.close()
            raise StoreLocked(
                f"another process ({holder}) is writing to the store in {self.store.folder}; try again when it is done"
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, b"%d\n" % os.getpid())
        return handle

    def _sweep(self) -> None:
        named = {info.file_name for info in self.store.state.segments}
        for name in os.listdir(self._segments):
            if name not in named:
                os.unlink(os.path.join(self._segments, name))

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None or issubclass(kind, KeyboardInterrupt | SystemExit):
                self.commit()
        finally:
            self.store.close()
            os.close(self._lock)

    def _document(self, ordinal: int) -> Registered:
        return self._pending.get(ordinal) or self.store.documents[ordinal]

    def known(self, digest: bytes, background: bool) -> Registered | None:
        """The document with this content that is registered in this role."""
        waiting = self._pending_content.get((digest, background))
        for ordinal in [] if waiting is None else [waiting]:
            return self._pending[ordinal]
        for ordinal in self.store.catalogue.known(digest):
            if self.store.documents[ordinal].background == background:
                return self.store.documents[ordinal]
        return None

    def add(self, document: Registered, fingerprints: Sequence[Fingerprint]) -> Change:
        """Registers a document; its `id` and `version` are chosen here. Content that is there already is left, or
        takes the new label and owner where it has the same name."""
        there = self.known(document.digest, document.background)
        if there:
            return self._relabel(there, document)
        outlines = {each.alphabet: each.outline for each in fingerprints}
        ordinal = self._enter(document, outlines)
        made = self._pending[ordinal]
        for each in fingerprints:
            positions, keys = array("I"), array("Q")
            positions.frombytes(each.positions)
            keys.frombytes(each.keys)
            self._gather(each.alphabet, keys, postings_of(ordinal, positions))
        if len(self._rows) >= BUFFERED_DOCUMENTS or self._gathered() >= BUFFERED:
            self.commit()
        return Change("version" if made.version > 1 else "new", made)

    def adopt(self, document: Registered, outlines: dict[Alphabet, Outline]) -> int | None:
        """Takes a document of another store: its new ordinal, or None where its content is here already. Its entries
        follow by `adopt_entries`, and all of it becomes part of this store by `commit`."""
        if self.known(document.digest, document.background):
            return None
        return self._enter(document, outlines)

    def adopt_entries(self, alphabet: Alphabet, keys: array[int], postings: array[int]) -> None:
        """Entries of adopted documents, postings with their new ordinals."""
        self._gather(alphabet, keys, postings)

    def _enter(self, document: Registered, outlines: dict[Alphabet, Outline]) -> int:
        """Gives the document its id, version and ordinal, and its row a place in the next commit."""
        catalogue = self.store.catalogue
        same = [self.store.documents[each] for each in catalogue.named(document.name)]
        same += [each for each in self._pending.values() if each.name == document.name]
        versions = [each.version for each in same if each.background == document.background]
        if self._next >= GONE - 1:
            raise StoreFull("the store has had as many documents as its format can number; make a new one")
        ordinal, self._next = self._next, self._next + 1
        version = max(versions, default=0) + 1
        made = msgspec.structs.replace(document, id=catalogue.document_id(document.name), version=version)
        self._rows.append(catalogue.row(ordinal, made, outlines))
        self._pending[ordinal] = made
        self._pending_content[made.digest, made.background] = ordinal
        return ordinal

    def _gather(self, alphabet: Alphabet, keys: array[int], postings: array[int]) -> None:
        mine = self._entries.setdefault(alphabet, (array("Q"), array("Q")))
        mine[0].extend(keys)
        mine[1].extend(postings)

    def _gathered(self) -> int:
        return sum(len(keys) for keys, _ in self._entries.values())

    def _relabel(self, there: Registered, document: Registered) -> Change:
        if there.name != document.name or (there.label, there.owner) == (document.label, document.owner):
            return Change("known", there)
        self.commit()
        for ordinal in self.store.catalogue.known(document.digest):
            if self.store.documents[ordinal] == there:
                made = msgspec.structs.replace(there, label=document.label, owner=document.owner)
                outlines: dict[Alphabet, Outline] = self.store.catalogue.outlines(ordinal) or {}
                row = self.store.catalogue.row(ordinal, made, outlines)
                self._replace(remove=[ordinal], add=[row])
                return Change("relabelled", made)
        return Change("known", there)

    def _replace(
        self,
        *,
        remove: Sequence[int] = (),
        add: Sequence[Row] = (),
        segments: tuple[SegmentInfo, ...] | None = None,
    ) -> None:
        """One transaction, and then the files that it left without a name."""
        old = self.store.state
        change = sum(map(row_digest, add)) - sum(row_digest(self.store.catalogue.stored_row(each)) for each in remove)
        state = State(
            old.store_id,
            old.fold_version,
            old.scales,
            old.generation + 1,
            self._next,
            old.documents + len(add) - len(remove),
            add_rows(old.rows, change),
            old.segments if segments is None else segments,
        )
        self.store.catalogue.commit(state, add=list(add), remove=list(remove))
        self.store.refresh()
        if segments is not None:
            self._sweep()

    def commit(self) -> None:
        """Makes all that was added part of the store."""
        if not self._rows:
            return
        made = list(self.store.state.segments)
        for alphabet, (keys, postings) in self._entries.items():
            made = self._merged(made, alphabet, sort_entries(keys, postings, REPEATS))
        self._replace(add=self._rows, segments=tuple(made))
        self._rows, self._entries, self._pending, self._pending_content = [], {}, {}, {}

    def _merged(self, segments: list[SegmentInfo], alphabet: Alphabet, entries: Entries) -> list[SegmentInfo]:
        """`segments` with `entries` in a new one, merged with those of about its size once they are FAN."""
        own = sorted((each for each in segments if each.alphabet == alphabet), key=lambda each: each.entries)
        alike: list[SegmentInfo] = []
        size = len(entries[0])
        for each in own:
            if each.entries <= FAN * max(size, 1):
                alike.append(each)
                size += each.entries
        if len(alike) < FAN:
            alike = []
        merged = self._merge([*(read_segment(self._segments, self._key, each) for each in alike), entries])
        kept = [each for each in segments if each not in alike]
        return [*kept, write_segment(self._segments, self._key, alphabet, merged)] if len(merged[0]) else kept

    def _merge(self, parts: Sequence[Entries]) -> Entries:
        if len(parts) == 1:
            return parts[0]
        keys, postings = array("Q"), array("Q")
        for part in parts:
            keys.extend(part[0])
            postings.extend(part[1])
        return sort_entries(keys, postings, REPEATS)

    def remove(self, ordinals: Sequence[int]) -> list[Registered]:
        """Takes documents out. Their shingles no longer count; `compact` takes them off the disk."""
        self.commit()
        removed = [self.store.documents[each] for each in ordinals]
        self._replace(remove=ordinals)
        return removed

    def compact(self) -> tuple[int, int]:
        """Merges all segments and drops the shingles of removed documents: (bytes before, bytes after)."""
        self.commit()
        before = sum(each.sealed_size for each in self.store.state.segments)
        groups, _ = self.store.groups()
        made: list[SegmentInfo] = []
        for alphabet in Alphabet:
            parts = self.store.segments(alphabet)
            keys, postings = live_entries(*self._merge(parts), groups) if parts else NOTHING
            if len(keys):
                made.append(write_segment(self._segments, self._key, alphabet, (keys, postings)))
        self._replace(segments=tuple(made))
        return before, sum(each.sealed_size for each in made)


def postings_of(ordinal: int, positions: array[int]) -> array[int]:
    """document << 32 | position for each position: the positions' bytes, with the ordinal's after each."""
    words = array("I", [0, ordinal]) * len(positions)
    words[::2] = positions
    out = array("Q")
    out.frombytes(words.tobytes())
    return out


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


