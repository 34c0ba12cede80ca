"""Changing the store: registering, removing, compacting. One writer at a time.

A new segment is on the disk before the transaction that names it; one that is no longer named is deleted
after. A process killed at any instant leaves the old state or the new, and at most files that no state
names: the next writer sweeps them away.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping, Sequence
from types import TracebackType

import msgspec

from dlp.errors import StoreError, StoreFull
from dlp.fingerprint import GONE, Alphabet, live_entries, sort_entries
from dlp.registry.background import familiar_after
from dlp.registry.catalogue import Row
from dlp.registry.lock import take_lock
from dlp.registry.records import Added, Fingerprint, KeptText, Outline, Registered, WordSketch
from dlp.registry.segment import Entries, SegmentInfo, read_segment, write_segment
from dlp.registry.store import SEGMENTS, Store
from dlp.registry.term_list import TermList

BUFFERED = 4_000_000
"""Entries gathered before they become a segment: 48 MB, and four times as much while they are sorted."""

BUFFERED_DOCUMENTS = 2_000

REPEATS = 4
"""Places of one shingle in one document that are kept."""

FAN = 8
"""So many segments of one tier are merged into one."""


class Change(msgspec.Struct, frozen=True):
    """What `Writer.add` did. `what`: new, version, relabelled or known."""

    what: str
    document: Registered


def tier(entries: int) -> int:
    """The class of a segment's size: each spans a factor of FAN."""
    return entries.bit_length() // (FAN.bit_length() - 1)


class Writer:
    """The one writer of a store, a context manager: leaving it commits what was added, unless by an exception that is
    not an interruption."""

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreLocked while another writer has the store, StoreError where one may not write to it, and what
        `Store` raises."""
        self.store = Store(folder, key)
        self._key = key
        self._segments = os.path.join(folder, SEGMENTS)
        self._lock = -1
        self._added: list[Added] = []
        self._relabelled: dict[int, Registered] = {}
        self._replaced: list[int] = []
        self._adopted: dict[Alphabet, Entries] = {}
        self._adopting = False
        self._buffered = 0
        self._committing: int | None = None
        try:
            self._lock = take_lock(folder)
            self.store.refresh()
            self._sweep()
        except BaseException:
            self._release()
            raise
        self._count()

    def _release(self) -> None:
        self.store.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _count(self) -> None:
        """What is there, by content and by name: (digest, background) → ordinal, and, by name and kind, the last
        version."""
        documents = self.store.documents.items()
        self._by_content = {(each.digest, each.background): ordinal for ordinal, each in documents}
        self._versions: dict[tuple[str, bool, bool], int] = {}
        for _, each in documents:
            self._take_version(each)

    def _take_version(self, document: Registered) -> None:
        self._versions[_kind(document)] = max(self._versions.get(_kind(document), 0), document.version)

    def _sweep(self) -> None:
        """Deletes what no state names."""
        named = {info.file_name for info in self.store.state.segments}
        try:
            for name in os.listdir(self._segments):
                if name not in named:
                    os.unlink(os.path.join(self._segments, name))
        except OSError as error:
            raise StoreError(f"cannot clear {self._segments}: {error.strerror}; the store itself is whole") from None

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
            elif issubclass(kind, KeyboardInterrupt | SystemExit):
                self._settle()
                if not self._adopting:  # a store that was taken in by half is not worth keeping
                    self.commit()
        finally:
            self._release()

    def _settle(self) -> None:
        """After an interruption amid a commit, just before it was done or just after: forgets what is in the store."""
        if self._committing is not None:
            self.store.refresh(force=True)
            if self.store.state.generation >= self._committing:
                self._clear()

    def _document(self, ordinal: int) -> Registered:
        committed = self.store.state.next_ordinal
        if ordinal >= committed:
            return self._added[ordinal - committed].document
        return self._relabelled.get(ordinal) or self.store.documents[ordinal]

    def known(self, digest: bytes, background: bool) -> Registered | None:
        """The document with this content that is registered in this role."""
        ordinal = self._by_content.get((digest, background))
        return None if ordinal is None else self._document(ordinal)

    def add(
        self,
        document: Registered,
        fingerprints: Sequence[Fingerprint],
        sketch: WordSketch | None = None,
        text: KeptText | None = None,
    ) -> Change:
        """Registers a document; its `id` and `version` are chosen here. Content that is there already is left, or
        takes the new label and owner where it has the same name. It is committed now and then, and at the end.

        Raises ValueError for a new document without fingerprints or with torn ones, which nothing could match;
        StoreFull, StoreError.
        """
        there = self._by_content.get((document.digest, document.background))
        if there is not None:
            return self._relabel(there, document)
        if not fingerprints or not all(each.whole for each in fingerprints):
            raise ValueError(f"no whole fingerprint for {document.name}")
        made = self._enter(document, {each.alphabet: each.outline for each in fingerprints}, fingerprints, sketch, text)
        self._buffered += sum(len(each.keys) // 8 for each in fingerprints)
        if len(self._added) >= BUFFERED_DOCUMENTS or self._buffered >= BUFFERED:
            self.commit()
        return Change("version" if made.version > 1 else "new", made)

    def add_terms(self, document: Registered, terms: TermList) -> Change:
        """Registers a list of terms, whose digest is the document's, and commits it. It takes the place of the lists of
        its name; content that is there already is treated as `add` does. Raises StoreFull, StoreError."""
        there = self._by_content.get((document.digest, False))
        if there is not None:
            return self._relabel(there, document)
        self.commit()
        made = self._enter(document, {}, (), None, None, terms)
        self._replaced = [n for n, each in self.store.documents.items() if each.terms and each.id == made.id]
        self.commit()
        return Change("version" if made.version > 1 else "new", made)

    def adopt(
        self,
        document: Registered,
        outlines: dict[Alphabet, Outline],
        sketch: WordSketch | None,
        text: KeptText | None,
        terms: TermList | None,
    ) -> int | None:
        """Takes a document of another store: its new ordinal, or None where its content is here already. Its entries
        follow by `adopt_entries`, and all of it becomes part of this store by `commit`, which is up to the caller."""
        if (document.digest, document.background) in self._by_content:
            return None
        self._adopting = True
        self._enter(document, outlines, (), sketch, text, terms)
        return self.store.state.next_ordinal + len(self._added) - 1

    def adopt_entries(self, alphabet: Alphabet, keys: array[int], postings: array[int]) -> None:
        """Entries of adopted documents, postings with their new ordinals."""
        mine = self._adopted.setdefault(alphabet, (array("Q"), array("Q")))
        mine[0].extend(keys)
        mine[1].extend(postings)

    def _enter(
        self,
        document: Registered,
        outlines: dict[Alphabet, Outline],
        fingerprints: Sequence[Fingerprint],
        sketch: WordSketch | None,
        text: KeptText | None,
        terms: TermList | None = None,
    ) -> Registered:
        """Gives the document its id and version, and a place in the next commit."""
        ordinal = self.store.state.next_ordinal + len(self._added)
        if ordinal >= GONE - 1:
            raise StoreFull("the store has had as many documents as its format can number; make a new one")
        made = msgspec.structs.replace(
            document,
            id=self.store.catalogue.document_id(document.name, terms is not None),
            words=len(sketch.codes) // 2 if sketch else 0,
            keeps_text=text is not None,
            terms=terms.check() if terms else 0,
        )
        made = msgspec.structs.replace(made, version=self._versions.get(_kind(made), 0) + 1)
        self._added.append(Added(made, outlines, tuple(fingerprints), sketch, text, terms))
        self._by_content[made.digest, made.background] = ordinal
        self._take_version(made)
        return made

    def _relabel(self, ordinal: int, document: Registered) -> Change:
        there = self._document(ordinal)
        if there.name != document.name or (there.label, there.owner) == (document.label, document.owner):
            return Change("known", there)
        made = msgspec.structs.replace(there, label=document.label, owner=document.owner)
        committed = self.store.state.next_ordinal
        if ordinal >= committed:
            self._added[ordinal - committed] = msgspec.structs.replace(self._added[ordinal - committed], document=made)
        else:
            self._relabelled[ordinal] = made
            if len(self._relabelled) >= BUFFERED_DOCUMENTS:
                self.commit()
        return Change("relabelled", made)

    def commit(self) -> None:
        """Makes all that was added part of the store. Raises StoreFull, StoreLocked, StoreError: then nothing is."""
        if not self._added and not self._relabelled:
            return
        first = self.store.state.next_ordinal
        segments = list(self.store.state.segments)
        try:
            for alphabet in Alphabet:
                keys, postings = self._gathered(first, alphabet)
                if len(keys):
                    segments = self._merged(segments, alphabet, sort_entries(keys, postings, REPEATS))
        except StoreError:
            self._sweep()  # what was written in vain would keep a full disk full
            raise
        self._committing = self.store.state.generation + 1
        replaced = self._replaced
        self._replace(dict(enumerate(self._added, first)), self._relabelled, replaced, segments)
        self._clear()
        if replaced:
            self._count()

    def _clear(self) -> None:
        self._added, self._relabelled, self._adopted, self._adopting, self._buffered = [], {}, {}, False, 0
        self._replaced = []
        self._committing = None

    def _gathered(self, first: int, alphabet: Alphabet) -> Entries:
        keys, postings = self._adopted.get(alphabet, (array("Q"), array("Q")))
        for ordinal, added in enumerate(self._added, first):
            for each in added.fingerprints:
                if each.alphabet == alphabet:
                    positions = array("I")
                    positions.frombytes(each.positions)
                    keys.frombytes(each.keys)
                    postings.extend(postings_of(ordinal, positions))
        return keys, postings

    def _replace(
        self,
        added: Mapping[int, Added] | None = None,
        relabelled: Mapping[int, Registered] | None = None,
        removed: Sequence[int] = (),
        segments: Sequence[SegmentInfo] | None = None,
    ) -> None:
        """One transaction, and then the files that it left without a name."""
        old, catalogue = self.store.state, self.store.catalogue
        rows: list[Row] = []
        changed = dict(relabelled or {})
        for ordinal, each in (added or {}).items():
            rows.append(catalogue.row(ordinal, each.document, each.outlines, each.sketch, each.text, each.terms))
        state = msgspec.structs.replace(
            old,
            generation=old.generation + 1,
            next_ordinal=old.next_ordinal + len(rows),
            documents=old.documents + len(rows) - len(removed),
            segments=old.segments if segments is None else tuple(segments),
        )
        records = {ordinal: catalogue.record(ordinal, document) for ordinal, document in changed.items()}
        familiar = familiar_after(self.store, added or {}, removed)
        if familiar is not None:
            state = msgspec.structs.replace(state, familiar=state.generation if familiar else 0)
        state = catalogue.commit(state, add=rows, change=records, remove=removed, familiar=familiar)
        changed.update((ordinal, each.document) for ordinal, each in (added or {}).items())
        self.store.adopt(state, changed, removed)
        if segments is not None:
            self._sweep()

    def _merged(self, segments: list[SegmentInfo], alphabet: Alphabet, entries: Entries) -> list[SegmentInfo]:
        """`segments` with `entries` in a new one. Wherever FAN would be of one tier they become one of a higher: so
        there are fewer than FAN of each, and an entry is written again once a tier."""
        kept, parts, size = list(segments), [], len(entries[0])
        while True:
            alike = [each for each in kept if each.alphabet == alphabet and tier(each.entries) == tier(size)]
            if len(alike) < FAN - 1:
                break
            kept = [each for each in kept if each not in alike]
            parts += alike
            size += sum(each.entries for each in alike)
        return [*kept, write_segment(self._segments, self._key, alphabet, self._merge(parts, entries))]

    def _merge(self, parts: Sequence[SegmentInfo], more: Entries) -> Entries:
        """One part after the other, the largest first: memory for all the entries, and for one part more."""
        keys, postings = array("Q"), array("Q")
        if not parts:
            return more
        for info in sorted(parts, key=lambda each: -each.entries):
            part = read_segment(self._segments, self._key, info)
            if not keys:
                keys, postings = part
            else:
                keys.extend(part[0])
                postings.extend(part[1])
        keys.extend(more[0])
        postings.extend(more[1])
        return sort_entries(keys, postings, REPEATS)

    def remove(self, ordinals: Sequence[int]) -> list[Registered]:
        """Takes documents out. Their shingles no longer count; `compact` takes them off the disk.

        Raises KeyError for an ordinal that is not registered; StoreFull, StoreError.
        """
        self.commit()
        removed = {each: self.store.documents[each] for each in ordinals}
        if removed:
            self._replace(removed=list(removed))
            self._count()
        return list(removed.values())

    def compact(self) -> tuple[int, int]:
        """Merges all segments and drops the shingles of removed documents: (bytes before, bytes after) of the store.

        Raises StoreFull (there must be room for the old segments and the new), StoreError.
        """
        self.commit()
        before = self._size()
        groups, _ = self.store.groups()
        made: list[SegmentInfo] = []
        try:
            for alphabet in Alphabet:
                parts = [each for each in self.store.state.segments if each.alphabet == alphabet]
                keys, postings = live_entries(*self._merge(parts, (array("Q"), array("Q"))), groups)
                if len(keys):
                    made.append(write_segment(self._segments, self._key, alphabet, (keys, postings)))
        except StoreError:
            self._sweep()
            raise
        self._replace(segments=made)
        self.store.catalogue.shrink()
        return before, self._size()

    def _size(self) -> int:
        return self.store.catalogue.size() + sum(each.sealed_size for each in self.store.state.segments)


def _kind(document: Registered) -> tuple[str, bool, bool]:
    """Documents of one kind are versions of one another."""
    return document.name, document.background, bool(document.terms)


def postings_of(ordinal: int, positions: array[int]) -> array[int]:
    """document << 32 | position for each position: the positions' bytes, with the ordinal's after each."""
    words = array("I", [0, ordinal]) * len(positions)
    words[::2] = positions
    out = array("Q")
    out.frombytes(words.tobytes())
    return out
