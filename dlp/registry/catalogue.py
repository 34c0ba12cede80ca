"""The catalogue: an SQLite file that names documents and segments, every row of it sealed.

One row, `state`, says what the whole store consists of: its segments, and a sum over all document rows, so
that a row or a segment that was taken away, added or put back is noticed. Every change is one transaction.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from dlp.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked, StoreMissing, StoreTooNew, WrongKey
from dlp.fingerprint import FOLD_VERSION, SCALES, Alphabet, Scale
from dlp.registry.records import Outline, Registered
from dlp.registry.seal import Broken, Seal, derive
from dlp.registry.segment import MEND, SegmentInfo

FORMAT = 1
"""Of the whole store; fingerprints/FORMAT.md describes it."""

APPLICATION_ID = 0x444C5053
FILE = "catalogue.sqlite"

_SCHEMA = """
CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), key_check BLOB NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE documents (
    ordinal INTEGER PRIMARY KEY, digest BLOB NOT NULL, name BLOB NOT NULL, sealed BLOB NOT NULL, outlines BLOB NOT NULL
);
CREATE INDEX documents_digest ON documents (digest);
CREATE INDEX documents_name ON documents (name);
"""

Row = tuple[int, bytes, bytes, bytes, bytes]
"""(ordinal, digest MAC, name MAC, sealed record, sealed outlines)."""


class State(msgspec.Struct, frozen=True):
    """What the store consists of. `rows`: sum of the digests of all document rows, modulo 2^256."""

    store_id: str
    fold_version: int
    scales: tuple[Scale, ...]
    generation: int
    next_ordinal: int
    documents: int
    rows: bytes
    segments: tuple[SegmentInfo, ...]


def row_digest(row: Row) -> int:
    """What a row adds to `State.rows`. The outlines are bound to it by their authentication tag."""
    ordinal, digest, name, sealed, outlines = row
    parts = b"".join(len(part).to_bytes(8, "big") + part for part in (digest, name, sealed, outlines[-16:]))
    return int.from_bytes(hashlib.blake2b(ordinal.to_bytes(8, "big") + parts, digest_size=32).digest(), "big")


def add_rows(rows: bytes, change: int) -> bytes:
    return ((int.from_bytes(rows, "big") + change) % (1 << 256)).to_bytes(32, "big")


class Catalogue:
    """An open catalogue. Not for use by another process than the one that opened it."""

    def __init__(self, folder: str, key: bytes) -> None:
        """Raises StoreMissing, WrongKey, StoreTooNew, StoreCorrupt."""
        self.folder = folder
        path = os.path.join(folder, FILE)
        if not os.path.exists(path):
            raise StoreMissing(f"no store in {folder}; make one with: dlp init --store {folder}")
        self._digest_key, self._name_key = derive(key, b"digest"), derive(key, b"name")
        self._seal = Seal(derive(key, b"catalogue"))
        self._db = _connect(path)
        with self.errors():
            if self._db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise StoreCorrupt(f"{path} is not a store's catalogue; {MEND}")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > FORMAT:
                raise StoreTooNew(f"{folder}: store format {version}; this version reads up to {FORMAT}: upgrade it")
            row = self._db.execute("SELECT key_check FROM state").fetchone()
        if row is None:
            raise StoreCorrupt(f"{path} has no state; {MEND}")
        if row[0] != derive(key, b"check")[:16]:
            raise WrongKey(f"the key is not the one that sealed the store in {folder}")

    def close(self) -> None:
        self._db.close()

    @classmethod
    def create(cls, folder: str, key: bytes) -> None:
        """An empty catalogue in `folder`, in one transaction."""
        empty = State(os.urandom(16).hex(), FOLD_VERSION, SCALES, 0, 0, 0, bytes(32), ())
        with closing(_connect(os.path.join(folder, FILE))) as db:
            db.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={FORMAT}; {_SCHEMA}")
            sealed = Seal(derive(key, b"catalogue")).close(msgspec.msgpack.encode(empty), b"state")
            db.execute("INSERT INTO state VALUES (1, ?, ?)", (derive(key, b"check")[:16], sealed))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns SQLite's errors into the store's."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise StoreFull(f"no room left for the store in {self.folder}; what was registered is kept") from None
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreLocked(f"the store in {self.folder} is busy: another process writes to it") from None
            raise StoreError(f"the store in {self.folder} cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise StoreCorrupt(f"the catalogue in {self.folder} is damaged ({error}); {MEND}") from None

    def _open(self, sealed: bytes, place: bytes) -> bytes:
        try:
            return self._seal.open(sealed, place)
        except Broken:
            raise StoreCorrupt(f"the catalogue in {self.folder} was tampered with or is damaged; {MEND}") from None

    def state(self) -> State:
        with self.errors():
            sealed = self._db.execute("SELECT sealed FROM state").fetchone()[0]
        state = msgspec.msgpack.decode(self._open(sealed, b"state"), type=State)
        if state.fold_version != FOLD_VERSION or state.scales != SCALES:
            raise StoreTooNew(
                f"the store in {self.folder} was made with other fingerprint parameters (fold table "
                f"{state.fold_version}); register its documents anew with this version"
            )
        return state

    def snapshot(self) -> tuple[State, dict[int, Registered]]:
        """The state and all documents by ordinal, of one moment, checked against each other."""
        with self.errors():
            self._db.execute("BEGIN")
            try:
                state = self.state()
                query = "SELECT ordinal, digest, name, sealed, substr(outlines, -16) FROM documents ORDER BY ordinal"
                rows: list[Row] = self._db.execute(query).fetchall()
            finally:
                self._db.execute("COMMIT")
        total = 0
        documents = {}
        decode = msgspec.msgpack.Decoder(Registered).decode
        for row in rows:
            total += row_digest(row)
            documents[row[0]] = decode(self._open(row[3], b"document %d" % row[0]))
        if len(documents) != state.documents or add_rows(bytes(32), total) != state.rows:
            raise StoreCorrupt(f"documents were taken from or put into the catalogue in {self.folder}; {MEND}")
        return state, documents

    def outlines(self, ordinal: int) -> dict[Alphabet, Outline] | None:
        """None for a document that was removed in the meantime."""
        with self.errors():
            row = self._db.execute("SELECT outlines FROM documents WHERE ordinal = ?", (ordinal,)).fetchone()
        if row is None:
            return None
        return msgspec.msgpack.decode(self._open(row[0], b"outlines %d" % ordinal), type=dict[Alphabet, Outline])

    def known(self, digest: bytes) -> list[int]:
        """Ordinals of the documents with this content."""
        with self.errors():
            found = self._db.execute("SELECT ordinal FROM documents WHERE digest = ?", (self._mac_digest(digest),))
            return [row[0] for row in found.fetchall()]

    def named(self, name: str) -> list[int]:
        """Ordinals of the documents of this name."""
        with self.errors():
            found = self._db.execute("SELECT ordinal FROM documents WHERE name = ?", (self._mac_name(name),))
            return [row[0] for row in found.fetchall()]

    def document(self, ordinal: int) -> Registered:
        with self.errors():
            row = self._db.execute("SELECT sealed FROM documents WHERE ordinal = ?", (ordinal,)).fetchone()
        return msgspec.msgpack.decode(self._open(row[0], b"document %d" % ordinal), type=Registered)

    def document_id(self, name: str) -> str:
        return self._mac_name(name).hex()[:16]

    def _mac_digest(self, digest: bytes) -> bytes:
        return hashlib.blake2b(digest, key=self._digest_key, digest_size=16).digest()

    def _mac_name(self, name: str) -> bytes:
        return hashlib.blake2b(name.encode(), key=self._name_key, digest_size=16).digest()

    def row(self, ordinal: int, document: Registered, outlines: dict[Alphabet, Outline]) -> Row:
        """The sealed row of a document."""
        sealed = self._seal.close(msgspec.msgpack.encode(document), b"document %d" % ordinal)
        sealed_outlines = self._seal.close(msgspec.msgpack.encode(outlines), b"outlines %d" % ordinal)
        return ordinal, self._mac_digest(document.digest), self._mac_name(document.name), sealed, sealed_outlines

    def stored_row(self, ordinal: int) -> Row:
        with self.errors():
            query = "SELECT ordinal, digest, name, sealed, substr(outlines, -16) FROM documents WHERE ordinal = ?"
            row: Row = self._db.execute(query, (ordinal,)).fetchone()
        return row

    def commit(self, state: State, *, add: list[Row] | None = None, remove: list[int] | None = None) -> None:
        """Puts `state` in place, with the rows that it adds and removes, or leaves everything as it was."""
        sealed = self._seal.close(msgspec.msgpack.encode(state), b"state")
        with self.errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("DELETE FROM documents WHERE ordinal = ?", [(each,) for each in remove or ()])
                self._db.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", add or ())
                self._db.execute("UPDATE state SET sealed = ?", (sealed,))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def check_file(self) -> None:
        """SQLite's own check of its file. Raises StoreCorrupt."""
        with self.errors():
            answer = self._db.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            raise StoreCorrupt(f"the catalogue in {self.folder} is damaged ({answer}); {MEND}")


def _connect(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10, isolation_level=None)
    # A removed document's row is overwritten, not just unlinked; a commit outlasts a power cut.
    db.executescript("PRAGMA secure_delete = ON; PRAGMA synchronous = EXTRA;")
    return db
