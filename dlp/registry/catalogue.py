"""The catalogue: an SQLite file that names documents and segments, every row of it sealed.

One row, `state`, says what the whole store consists of: its segments, and a sum over all document rows, so
that a row or a segment that was taken away, added or put back is noticed. Every change is one transaction.
fingerprints/FORMAT.md has it byte by byte.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec

from dlp.errors import StoreCorrupt, StoreError, StoreLocked, StoreMissing, StoreTooNew, WrongKey
from dlp.fingerprint import FOLD_VERSION, SCALES, Alphabet, Scale
from dlp.registry.database import connect, translated
from dlp.registry.records import KeptText, Outline, Registered, WordSketch
from dlp.registry.schema import APPLICATION_ID, FORMAT, OLDEST, PARTS, SCHEMA, TERMS, tables_of
from dlp.registry.seal import Broken, Seal, derive
from dlp.registry.segment import MEND, SegmentInfo
from dlp.registry.term_list import TermList
from dlp.whole_files import sync_folder

FILE = "catalogue.sqlite"
UNFINISHED = FILE + ".new"
"""A catalogue that is being made; it takes its name when it is whole."""


class Row(NamedTuple):
    """A document as it lies in the catalogue: everything sealed."""

    ordinal: int
    record: bytes
    outlines: bytes
    sketches: bytes | None
    texts: bytes | None
    terms: bytes | None


T = TypeVar("T")


class State(msgspec.Struct, frozen=True):
    """What the store consists of. `rows`: sum of the digests of all document rows, modulo 2^256. `familiar`: the
    generation in which the table of the background's grams was made, 0 without one."""

    store_id: str
    fold_version: int
    scales: tuple[Scale, ...]
    generation: int
    next_ordinal: int
    documents: int
    rows: bytes
    segments: tuple[SegmentInfo, ...]
    familiar: int = 0


def add_rows(rows: bytes, change: int) -> bytes:
    return ((int.from_bytes(rows, "big") + change) % (1 << 256)).to_bytes(32, "big")


class Catalogue:
    """An open catalogue. Not for use by another process than the one that opened it."""

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreMissing, WrongKey, StoreTooNew, StoreCorrupt, StoreError."""
        self.folder = folder
        path = os.path.join(folder, FILE)
        try:
            os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            raise StoreMissing(f"no store in {folder}; make one with: dlp init --store {folder}") from None
        except OSError as error:
            raise StoreError(f"cannot read the store in {folder}: {error.strerror}") from None
        self._name_key = derive(key, b"name")
        with self.errors():
            self._db = connect(path)
        try:
            self._unlock(key, path)
        except BaseException:
            self._db.close()
            raise

    def _unlock(self, key: bytes, path: str) -> None:
        with self.errors():
            if self._db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise StoreCorrupt(f"{path} is not a store's catalogue; {MEND}")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > FORMAT:
                raise StoreTooNew(
                    f"the store in {self.folder} has format {version}; this version reads up to {FORMAT}: upgrade it"
                )
            if version < 1:
                raise StoreCorrupt(f"{path} has a format that never was ({version}); {MEND}")
            if version < OLDEST:
                raise StoreError(
                    f"the store in {self.folder} has format {version}, which was never released and is read no more; "
                    "make a new one and register its documents anew"
                )
            row = self._db.execute("SELECT store, key_check FROM state").fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise StoreCorrupt(f"{path} has no state; {MEND}")
        self._store = row[0]
        if row[1] != derive(key, b"check", self._store)[:16]:
            raise WrongKey(
                f"the key is not the one that sealed the store in {self.folder} (or the head of its catalogue is "
                "damaged); name the right one by --key-file, $DLP_KEY_FILE or $DLP_KEY"
            )
        self._seal = Seal(derive(key, b"catalogue", self._store))
        self._rows_key = derive(key, b"rows", self._store)
        self._seen = b""

    def close(self) -> None:
        self._db.close()

    @classmethod
    def create(cls, folder: str, key: bytes) -> None:
        """An empty catalogue in `folder`: whole under its name, or not there. Raises OSError, sqlite3.Error."""
        store = os.urandom(16)
        empty = State(store.hex(), FOLD_VERSION, SCALES, 0, 0, 0, bytes(32), ())
        sealed = Seal(derive(key, b"catalogue", store)).close(msgspec.msgpack.encode(empty), b"state")
        unfinished = os.path.join(folder, UNFINISHED)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))  # SQLite's journals take its mode
        with closing(connect(unfinished)) as db:
            db.executescript(f"BEGIN; {SCHEMA} PRAGMA application_id={APPLICATION_ID}; COMMIT;")
            db.execute("INSERT INTO state VALUES (1, ?, ?, ?)", (store, derive(key, b"check", store)[:16], sealed))
        os.rename(unfinished, os.path.join(folder, FILE))
        sync_folder(folder)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns SQLite's errors into the store's."""
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, self.folder) from None
        except UnicodeDecodeError:  # SQLite's message quotes bytes of a damaged file
            raise StoreCorrupt(f"the catalogue in {self.folder} is damaged; {MEND}") from None

    def _open(self, sealed: Any, place: bytes, kind: type[T] | msgspec.msgpack.Decoder[T]) -> T:
        """The record that was sealed. In a damaged file a column can come back as anything."""
        try:
            data = self._seal.open(sealed, place) if isinstance(sealed, bytes) else None
        except Broken:
            data = None
        if data is None:
            raise StoreCorrupt(f"the catalogue in {self.folder} was tampered with or is damaged; {MEND}")
        try:
            return kind.decode(data) if isinstance(kind, msgspec.msgpack.Decoder) else _decode(data, kind)
        except msgspec.MsgspecError as error:
            raise StoreTooNew(
                f"the store in {self.folder} holds a record that this version does not know ({error}): upgrade it"
            ) from None

    def _sealed_state(self) -> Any:
        with self.errors():
            row = self._db.execute("SELECT sealed FROM state").fetchone()
        if row is None:
            raise StoreCorrupt(f"the catalogue in {self.folder} has no state; {MEND}")
        return row[0]

    def changed(self) -> bool:
        """Whether another state is in place than the one last seen or written here."""
        return bool(self._sealed_state() != self._seen)

    def state(self) -> State:
        return self._state(self._sealed_state())

    def _state(self, sealed: Any) -> State:
        state = self._open(sealed, b"state", State)
        if state.fold_version != FOLD_VERSION or state.scales != SCALES:
            raise StoreTooNew(
                f"the store in {self.folder} was made with other fingerprint parameters (fold table "
                f"{state.fold_version}); use the version that made it, or register its documents anew with this one"
            )
        return state

    def snapshot(self) -> tuple[State, dict[int, Registered]]:
        """The state and all documents by ordinal, of one moment, checked against each other."""
        with self.errors():
            try:
                self._db.execute("BEGIN")  # inside, lest an interruption just after it leave it open
                sealed = self._sealed_state()
                state = self._state(sealed)
                rows = self._db.execute("SELECT ordinal, sealed FROM documents ORDER BY ordinal").fetchall()
            finally:
                if self._db.in_transaction:
                    self._db.execute("COMMIT")
        total = 0
        documents = {}
        decoder = msgspec.msgpack.Decoder(Registered)
        for ordinal, record in rows:
            place = f"document {ordinal}".encode()  # in a damaged file an ordinal, too, can come back as anything
            documents[ordinal] = self._open(record, place, decoder)
            total += self._row_digest(ordinal, record)
        if len(documents) != state.documents or add_rows(bytes(32), total) != state.rows:
            raise StoreCorrupt(f"documents were taken from or put into the catalogue in {self.folder}; {MEND}")
        self._seen = sealed
        return state, documents

    def _row_digest(self, ordinal: int, record: bytes) -> int:
        """What a row adds to `State.rows`. It is keyed: nobody without the key can seek rows of equal sums."""
        data = ordinal.to_bytes(8, "big") + record
        return int.from_bytes(hashlib.blake2b(data, key=self._rows_key, digest_size=32).digest(), "big")

    def outlines(self, ordinal: int) -> dict[Alphabet, Outline] | None:
        """None for a document that was removed in the meantime. Raises StoreCorrupt, StoreTooNew."""
        with self.errors():
            query = "SELECT d.sealed, o.sealed FROM documents d LEFT JOIN outlines o USING (ordinal) WHERE ordinal = ?"
            row = self._db.execute(query, (ordinal,)).fetchone()
        if row is None:
            return None
        document = self._open(row[0], b"document %d" % ordinal, Registered)
        return self._open(row[1], _place("outlines", ordinal, document), dict[Alphabet, Outline])

    def sketches(self, documents: Mapping[int, Registered]) -> dict[int, WordSketch]:
        """Of documents that were not removed in the meantime. Raises StoreCorrupt, StoreTooNew."""
        return self._parts("sketches", documents, msgspec.msgpack.Decoder(WordSketch))

    def text(self, ordinal: int, document: Registered) -> KeptText | None:
        """None for a document that was removed in the meantime. Raises StoreCorrupt, StoreTooNew."""
        return self._parts("texts", {ordinal: document}, msgspec.msgpack.Decoder(KeptText)).get(ordinal)

    def terms(self, ordinal: int, document: Registered) -> TermList | None:
        """None for a list that was removed in the meantime. Raises StoreCorrupt, StoreTooNew."""
        return self._parts("terms", {ordinal: document}, msgspec.msgpack.Decoder(TermList)).get(ordinal)

    def _parts(
        self, table: str, documents: Mapping[int, Registered], decoder: msgspec.msgpack.Decoder[T]
    ) -> dict[int, T]:
        """In few queries: each takes and gives back SQLite's lock, which costs more than to read a record."""
        found: dict[int, T] = {}
        ordinals = list(documents)
        for at in range(0, len(ordinals), 500):
            some = ordinals[at : at + 500]
            query = (
                f"SELECT d.ordinal, p.sealed FROM documents d LEFT JOIN {table} p USING (ordinal) "
                f"WHERE d.ordinal IN ({','.join('?' * len(some))})"
            )
            with self.errors():
                rows = self._db.execute(query, some).fetchall()
            for ordinal, sealed in rows:
                found[ordinal] = self._open(sealed, _place(table, ordinal, documents[ordinal]), decoder)
        return found

    def familiar(self) -> bytes | None:
        """The table of the background's grams as it is now, with the state that names it: whoever opened the store
        before a change would else take the newer table for an exchanged one. Raises StoreCorrupt, StoreTooNew."""
        with self.errors():
            query = "SELECT s.sealed, f.sealed FROM state s LEFT JOIN familiar f USING (one)"
            row = self._db.execute(query).fetchone()
        generation = self._state(row and row[0]).familiar
        if bool(generation) != (row[1] is not None):
            raise StoreCorrupt(f"the background's grams were taken from or put into the store in {self.folder}; {MEND}")
        return self._open(row[1], b"familiar %d" % generation, bytes) if generation else None

    def part_ordinals(self, table: str) -> set[int]:
        """The documents that have a record in one of PARTS."""
        with self.errors():
            if table not in self._tables():
                return set()
            return {row[0] for row in self._db.execute(f"SELECT ordinal FROM {table}")}

    def _tables(self) -> tuple[str, ...]:
        """Those of PARTS that the file has now: another process may have added one."""
        return tables_of(self._db.execute("PRAGMA user_version").fetchone()[0])

    def document_id(self, name: str, terms: bool = False) -> str:
        """The same for all versions of a document, and in all stores under this key. A list of terms has its own."""
        data = b"\0" * terms + name.encode()
        return hashlib.blake2b(data, key=self._name_key, digest_size=16).hexdigest()[:16]

    def row(
        self,
        ordinal: int,
        document: Registered,
        outlines: Mapping[Alphabet, Outline],
        sketch: WordSketch | None,
        text: KeptText | None,
        terms: TermList | None,
    ) -> Row:
        """The sealed row of a document."""

        def sealed(table: str, value: object) -> bytes:
            return self._seal.close(msgspec.msgpack.encode(value), _place(table, ordinal, document))

        return Row(
            ordinal,
            self.record(ordinal, document),
            sealed("outlines", outlines),
            sealed("sketches", sketch) if sketch else None,
            sealed("texts", text) if text else None,
            sealed("terms", terms) if terms else None,
        )

    def record(self, ordinal: int, document: Registered) -> bytes:
        """The sealed record of a document, without its outlines."""
        return self._seal.close(msgspec.msgpack.encode(document), b"document %d" % ordinal)

    def commit(
        self,
        state: State,
        *,
        add: Sequence[Row] = (),
        change: Mapping[int, bytes] | None = None,
        remove: Sequence[int] = (),
        familiar: bytes | None = None,
    ) -> State:
        """Puts `state`, its `rows` brought up to date, in place, with the rows that it adds, changes (new records)
        and removes, and the table of the background's grams if there is a new one (empty: there is none any more); or
        leaves everything as it was.

        Raises StoreFull, StoreLocked (another process changed the store since it was read), StoreError.
        """
        change = change or {}
        with self.errors():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                if self.changed():  # where the lock file does not keep writers apart, the later one is refused
                    raise StoreLocked(f"another process has changed the store in {self.folder} meanwhile; try again")
                total = sum(self._row_digest(row.ordinal, row.record) for row in add)
                total += sum(self._row_digest(ordinal, record) for ordinal, record in change.items())
                for ordinal in [*change, *remove]:
                    query = "SELECT sealed FROM documents WHERE ordinal = ?"
                    total -= self._row_digest(ordinal, self._db.execute(query, (ordinal,)).fetchone()[0])
                state = msgspec.structs.replace(state, rows=add_rows(state.rows, total))
                sealed = self._seal.close(msgspec.msgpack.encode(state), b"state")
                gone = [(each,) for each in remove]
                tables = self._tables()
                if "terms" not in tables and any(row.terms for row in add):
                    for statement in (TERMS, f"PRAGMA user_version={FORMAT}"):
                        self._db.execute(statement)
                    tables = PARTS
                self._db.executemany("DELETE FROM documents WHERE ordinal = ?", gone)
                for table in tables:
                    self._db.executemany(f"DELETE FROM {table} WHERE ordinal = ?", gone)
                self._db.executemany("INSERT INTO documents VALUES (?, ?)", [row[:2] for row in add])
                for table in tables:
                    parts = [(row.ordinal, part) for row in add if (part := getattr(row, table)) is not None]
                    self._db.executemany(f"INSERT INTO {table} VALUES (?, ?)", parts)
                changed = [(record, ordinal) for ordinal, record in change.items()]
                self._db.executemany("UPDATE documents SET sealed = ? WHERE ordinal = ?", changed)
                if familiar == b"":
                    self._db.execute("DELETE FROM familiar")
                elif familiar is not None:
                    sealed_table = self._seal.close(msgspec.msgpack.encode(familiar), b"familiar %d" % state.familiar)
                    self._db.execute("INSERT OR REPLACE INTO familiar VALUES (1, ?)", (sealed_table,))
                self._db.execute("UPDATE state SET sealed = ?", (sealed,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        self._seen = sealed
        return state

    def shrink(self) -> None:
        """Gives the room of removed rows back to the disk. Raises StoreFull, StoreError."""
        with self.errors():
            self._db.execute("VACUUM")

    def size(self) -> int:
        """Bytes of the file."""
        with self.errors():
            pages = self._db.execute("PRAGMA page_count").fetchone()[0]
            return int(pages * self._db.execute("PRAGMA page_size").fetchone()[0])

    def check_file(self) -> None:
        """SQLite's own check of its file. Raises StoreCorrupt."""
        with self.errors():
            answer = self._db.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise StoreCorrupt(f"the catalogue in {self.folder} is damaged ({answer}); {MEND}")


def _decode(data: bytes, kind: type[T]) -> T:
    return msgspec.msgpack.decode(data, type=kind)


def _place(table: str, ordinal: int, document: Registered) -> bytes:
    return f"{table} {ordinal} ".encode() + document.digest
