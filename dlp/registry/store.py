"""The store: a folder with a catalogue and its segments. Here it is read; `dlp.registry.writer` changes it."""

from __future__ import annotations

import os
from array import array

from dlp.errors import StoreCorrupt, StoreError, StoreExists
from dlp.fingerprint import BACKGROUND, GONE, SCALES, Alphabet, Index
from dlp.registry.catalogue import Catalogue, State
from dlp.registry.records import Outline, Places, Registered
from dlp.registry.segment import MEND, Entries, read_segment, sync_folder

SEGMENTS = "segments"

COMMON = 10
"""A shingle in more documents than this is everybody's, and no evidence (versions of one document count once)."""


def create_store(folder: str, key: bytes) -> None:
    """An empty store in a new or empty folder of mode 0700. Raises StoreExists, StoreError."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.listdir(folder):
            raise StoreExists(f"{folder} is not empty; name a new folder for the store")
        os.mkdir(os.path.join(folder, SEGMENTS), 0o700)
        Catalogue.create(folder, key)
        sync_folder(folder)
    except OSError as error:
        raise StoreError(f"cannot make a store in {folder}: {error.strerror}") from None


class Store:
    """What is registered, as it was when the store was opened.

    May be used after a fork: what needs the catalogue again opens it anew.
    """

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreMissing, WrongKey, StoreCorrupt, StoreTooNew."""
        self.folder = folder
        self._key = key
        self._catalogue = Catalogue(folder, key)
        self._process = os.getpid()
        self.state: State
        self.documents: dict[int, Registered]
        self.refresh()

    def refresh(self) -> None:
        """Takes up what others have written since."""
        self.state, self.documents = self.catalogue.snapshot()

    def close(self) -> None:
        self._catalogue.close()

    @property
    def catalogue(self) -> Catalogue:
        if self._process != os.getpid():
            # SQLite's connections do not outlive a fork; the parent's is left alone, not closed.
            self._catalogue, self._process = Catalogue(self.folder, self._key), os.getpid()
        return self._catalogue

    def segments(self, alphabet: Alphabet) -> list[Entries]:
        """Keys and postings of every segment. Raises StoreCorrupt."""
        folder = os.path.join(self.folder, SEGMENTS)
        for attempt in range(3):
            try:
                own = [each for each in self.state.segments if each.alphabet == alphabet]
                return [read_segment(folder, self._key, each) for each in own]
            except StoreCorrupt:
                # A writer that merged segments takes the old ones away: then there is a newer state to read.
                generation = self.state.generation
                self.refresh()
                if self.state.generation == generation or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def groups(self) -> tuple[array[int], int]:
        """(each document's group, number of groups): versions of one document share a group."""
        numbers: dict[str, int] = {}
        groups = array("I", [GONE]) * self.state.next_ordinal
        for ordinal, document in self.documents.items():
            if document.background:
                groups[ordinal] = BACKGROUND
            else:
                groups[ordinal] = numbers.setdefault(document.id, len(numbers))
        return groups, len(numbers)

    def indexes(self, common: int = COMMON) -> dict[Alphabet, Index]:
        """The index of each alphabet that has shingles."""
        loaded = {scale: self.segments(scale.alphabet) for scale in SCALES}
        groups, count = self.groups()
        return {
            scale.alphabet: Index(scale, segments, groups, count, common)
            for scale, segments in loaded.items()
            if segments
        }

    def places(self, ordinal: int, alphabet: Alphabet) -> Places | None:
        """Where the document's shingles stand; None where it was removed since."""
        outlines = self.catalogue.outlines(ordinal)
        if outlines is None or alphabet not in outlines:
            return None
        return self._places(outlines[alphabet], alphabet)

    def _places(self, outline: Outline, alphabet: Alphabet) -> Places:
        try:
            return outline.unpack(alphabet)
        except ValueError:
            raise StoreCorrupt(f"an outline in {self.folder} is damaged; {MEND}") from None

    def verify(self) -> list[str]:
        """Reads everything there is. A line for each thing that is wrong; none: all is well."""
        wrong: list[str] = []
        try:
            self.catalogue.check_file()
            self.refresh()
        except StoreError as error:
            return [str(error)]
        folder = os.path.join(self.folder, SEGMENTS)
        for info in self.state.segments:
            try:
                _, postings = read_segment(folder, self._key, info)
            except StoreError as error:
                wrong.append(str(error))
                continue
            if max(postings, default=0) >> 32 >= max(self.state.next_ordinal, 1):
                wrong.append(f"segment {info.id} names documents that never were")
        for ordinal, document in self.documents.items():
            try:
                outlines = self.catalogue.outlines(ordinal)
                for alphabet, outline in (outlines or {}).items():
                    self._places(outline, alphabet)
                if not outlines:
                    wrong.append(f"document {document.id} version {document.version} has no outline")
            except StoreError as error:
                wrong.append(str(error))
        named = {info.file_name for info in self.state.segments}
        wrong += [f"left over: {SEGMENTS}/{name}" for name in sorted(os.listdir(folder)) if name not in named]
        return wrong
