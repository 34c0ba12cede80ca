"""The store: a folder with a catalogue and its segments. Here it is read; `dlp.registry.writer` changes it."""

from __future__ import annotations

import copy
import os
import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence

from dlp.errors import StoreCorrupt, StoreError, StoreExists
from dlp.fingerprint import BACKGROUND, GONE, SCALES, Alphabet, Familiar, Index, Sketch, Terms
from dlp.registry.catalogue import UNFINISHED, Catalogue, State
from dlp.registry.records import Outline, Places, Registered
from dlp.registry.schema import PARTS
from dlp.registry.seal import value_key
from dlp.registry.segment import MEND, Entries, read_segment, read_segments

SEGMENTS = "segments"

COMMON = 10
"""A shingle in more documents than this is everybody's, and no evidence (versions of one document count once)."""


RETRIES = 20
"""Times that a reader begins anew because a writer put a newer state in place meanwhile."""


def create_store(folder: str, key: bytes) -> None:
    """An empty store in a new or empty folder of mode 0700. What a killed `create_store` left there is taken away.

    Raises StoreExists, StoreFull, StoreError.
    """
    segments = os.path.join(folder, SEGMENTS)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        unfinished = {SEGMENTS, UNFINISHED, UNFINISHED + "-journal"}
        there = set(os.listdir(folder))
        if there - unfinished or (SEGMENTS in there and os.listdir(segments)):
            raise StoreExists(f"{folder} is not empty; name a new folder for the store")
        for name in there - {SEGMENTS}:
            os.unlink(os.path.join(folder, name))
        os.makedirs(segments, mode=0o700, exist_ok=True)
        Catalogue.create(folder, key)
    except OSError as error:
        raise StoreError(f"cannot make a store in {folder}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise StoreError(f"cannot make a store in {folder}: {error}") from None


class Store:
    """What is registered, as it was when the store was opened.

    May be used after a fork: what needs the catalogue again opens it anew.
    """

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreMissing, WrongKey, StoreCorrupt, StoreTooNew."""
        self.folder = folder
        self._key = key
        self._catalogue = Catalogue(folder, key)
        self._parents: list[Catalogue] = []
        self._process = os.getpid()
        self._suppresses = True
        self._ordinals: dict[tuple[str, int], int] = {}
        self.state: State
        self.documents: dict[int, Registered]
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    def refresh(self, force: bool = False) -> bool:
        """Takes up what others have written since; whether there was anything. `force`: reads everything anew."""
        if not force and not self.catalogue.changed():
            return False
        self.state, self.documents = self.catalogue.snapshot()
        self._ordinals = {}
        return True

    def adopt(self, state: State, documents: Mapping[int, Registered], removed: Iterable[int]) -> None:
        """For the writer: takes up what it has just committed, without reading all of it again."""
        for ordinal in removed:
            del self.documents[ordinal]
        self.documents.update(documents)
        self._ordinals = {}
        self.state = state

    def ordinal_of(self, id: str, version: int) -> int | None:
        """Of a version of a document, as findings name it; None where that is not registered (any more)."""
        if not self._ordinals:
            self._ordinals = {(each.id, each.version): ordinal for ordinal, each in self.documents.items()}
        return self._ordinals.get((id, version))

    def close(self) -> None:
        self._catalogue.close()

    @property
    def catalogue(self) -> Catalogue:
        if self._process != os.getpid():
            # SQLite's connections do not outlive a fork. The parent's is kept, since to drop it is to close it.
            self._parents.append(self._catalogue)
            self._catalogue, self._process = Catalogue(self.folder, self._key), os.getpid()
        return self._catalogue

    def segments(self, alphabet: Alphabet) -> list[Entries]:
        """Keys and postings of every segment. Raises StoreCorrupt, StoreError."""
        return self.all_segments([alphabet])[alphabet]

    def all_segments(self, alphabets: Sequence[Alphabet]) -> dict[Alphabet, list[Entries]]:
        """All of one state, which is then `self.state`: the newest, where a writer merged segments and took the old
        ones away. Raises StoreCorrupt, StoreError."""
        folder = os.path.join(self.folder, SEGMENTS)
        for attempt in range(RETRIES):
            infos = [each for each in self.state.segments if each.alphabet in alphabets]
            loaded: dict[Alphabet, list[Entries]] = {alphabet: [] for alphabet in alphabets}
            try:
                for info, entries in zip(infos, read_segments(folder, self._key, infos), strict=True):
                    loaded[info.alphabet].append(entries)
                return loaded
            except StoreCorrupt:
                if attempt == RETRIES - 1 or not self.refresh():
                    raise
        raise AssertionError("unreachable")

    def unsuppressed(self) -> Store:
        """This store, but background documents are documents like others, and no shingle is in too many of them."""
        other = copy.copy(self)
        other._suppresses = False
        return other

    def groups(self) -> tuple[array[int], int]:
        """(each document's group, number of groups): versions of one document share a group."""
        numbers: dict[str, int] = {}
        groups = array("I", [GONE]) * self.state.next_ordinal
        for ordinal, document in self.documents.items():
            if document.background and self._suppresses:
                groups[ordinal] = BACKGROUND
            else:
                groups[ordinal] = numbers.setdefault(document.id, len(numbers))
        return groups, len(numbers)

    def indexes(self, common: int = COMMON) -> dict[Alphabet, Index]:
        """The index of each alphabet that has shingles."""
        loaded = self.all_segments([scale.alphabet for scale in SCALES])
        groups, count = self.groups()
        most = common if self._suppresses else count
        return {
            scale.alphabet: Index(scale, loaded[scale.alphabet], groups, count, most)
            for scale in SCALES
            if loaded[scale.alphabet]
        }

    def places(self, ordinal: int, alphabet: Alphabet) -> Places | None:
        """Where the document's shingles stand; None where it was removed since."""
        outlines = self.catalogue.outlines(ordinal)
        if outlines is None or alphabet not in outlines:
            return None
        return self._places(outlines[alphabet], alphabet)

    def sketches(self, ordinals: Iterable[int]) -> dict[int, Sketch]:
        """The documents' words as alignment takes them, of those that have a sketch and were not removed since."""
        wanted = {ordinal: document for ordinal in ordinals if (document := self.documents[ordinal]).words}
        try:
            return {ordinal: record.unpack() for ordinal, record in self.catalogue.sketches(wanted).items()}
        except ValueError:
            raise StoreCorrupt(f"a sketch in {self.folder} is damaged; {MEND}") from None

    def familiar(self) -> Familiar | None:
        """The grams of the store's background as it is now; None without one. Raises StoreCorrupt, StoreTooNew."""
        table = self.catalogue.familiar()
        try:
            return None if table is None else Familiar.from_bytes(table)
        except ValueError:
            raise StoreCorrupt(f"the background's grams in {self.folder} are damaged; {MEND}") from None

    def text(self, ordinal: int) -> str | None:
        """The document's text; None where it is not kept, or was removed since."""
        text = self.kept_text(ordinal)
        return None if text is None else text.decode("utf-8", "replace")

    def kept_text(self, ordinal: int) -> bytes | None:
        """The same as it is kept: UTF-8. Raises StoreCorrupt, StoreTooNew."""
        document = self.documents[ordinal]
        if not document.keeps_text:
            return None
        record = self.catalogue.text(ordinal, document)
        try:
            return None if record is None else record.unpack()
        except ValueError:
            raise StoreCorrupt(f"a text in {self.folder} is damaged; {MEND}") from None

    def terms(self, ordinal: int) -> tuple[bytes, bytes] | None:
        """(symbols, words) of a list of terms, see `TermList`; None where it was removed since. Raises StoreCorrupt,
        StoreTooNew."""
        record = self.catalogue.terms(ordinal, self.documents[ordinal])
        try:
            unpacked = record.unpack() if record else None
        except ValueError:
            unpacked = b"", b""
        if unpacked and len(unpacked[1]) != self.documents[ordinal].terms:
            raise StoreCorrupt(f"a list of terms in {self.folder} is damaged; {MEND}")
        return unpacked

    @property
    def lists(self) -> dict[int, Registered]:
        """The lists of terms."""
        return {ordinal: each for ordinal, each in self.documents.items() if each.terms}

    @property
    def value_key(self) -> bytes:
        """See `dlp.registry.seal.value_key`."""
        return value_key(self._key)

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
            parts = {table: self.catalogue.part_ordinals(table) for table in PARTS}
        except StoreError as error:
            return [str(error)]
        folder = os.path.join(self.folder, SEGMENTS)
        named: dict[Alphabet, set[int]] = {alphabet: set() for alphabet in Alphabet}
        whole = True
        for info in self.state.segments:
            try:
                _, postings = read_segment(folder, self._key, info)
            except StoreError as error:
                wrong.append(str(error))
                whole = False
                continue
            named[info.alphabet].update(memoryview(postings).cast("B").cast("I")[1::2])
        if any(max(ordinals, default=-1) >= self.state.next_ordinal for ordinals in named.values()):
            wrong.append("a segment names documents that never were")
        for ordinal, document in self.documents.items():
            what = f"document {document.id} version {document.version}"
            if whole and any(ordinal not in named[alphabet] for alphabet in document.symbols):
                wrong.append(f"{what} has no shingles")
            try:
                for alphabet, outline in (self.catalogue.outlines(ordinal) or {}).items():
                    self._places(outline, alphabet)
                self.sketches([ordinal])
                self.kept_text(ordinal)
                if document.terms:
                    Terms((self.terms(ordinal) or (b"",))[0])
            except ValueError:
                wrong.append(f"{what}: its terms are damaged; {MEND}")
            except StoreError as error:
                wrong.append(f"{what}: {error}")
        try:
            self.familiar()
        except StoreError as error:
            wrong.append(str(error))
        documents = self.documents.items()
        wanted = {
            "outlines": set(self.documents),
            "sketches": {ordinal for ordinal, each in documents if each.words},
            "texts": {ordinal for ordinal, each in documents if each.keeps_text},
            "terms": set(self.lists),
        }
        wrong += [
            f"there are {table} without their document, or documents without theirs"
            for table in PARTS
            if parts[table] != wanted[table]
        ]
        files = {info.file_name for info in self.state.segments}
        wrong += [f"left over: {SEGMENTS}/{name}" for name in sorted(os.listdir(folder)) if name not in files]
        return wrong
