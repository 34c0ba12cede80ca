"""Exporting a store into one sealed file, and taking such a file into another store.

The file is a sequence of sealed records, each after its length; fingerprints/FORMAT.md describes them. It
carries what the store carries: fingerprints, sketches, names and places; kept texts only where they are asked for.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from dlp.errors import StoreCorrupt, StoreTooNew, UsageError, WrongKey
from dlp.fingerprint import FOLD_VERSION, GONE, SCALES, Alphabet, Scale, live_entries, pack_keys, unpack_keys
from dlp.registry.records import KeptText, Outline, Registered, WordSketch
from dlp.registry.seal import Broken, ChunkSeal, derive
from dlp.registry.segment import failed_write
from dlp.registry.store import Store
from dlp.registry.term_list import TermList
from dlp.registry.writer import Writer

MAGIC = b"DLPEXP1\n"
MAGIC_TERMS = b"DLPEXP2\n"
"""Of a file with lists of terms, which readers of the other would take for documents without content."""

SALT = 16
PIECE = 1 << 20
"""Entries in one record."""

MAX_RECORD = 1 << 30
"""Bytes; a longer record is none of ours."""


class Header(msgspec.Struct, frozen=True, tag="header"):
    """The first record."""

    fold_version: int
    scales: tuple[Scale, ...]


class OneDocument(msgspec.Struct, frozen=True, tag="document"):
    """A document, with the number that its entries name it by."""

    ordinal: int
    document: Registered
    outlines: dict[Alphabet, Outline]
    sketch: WordSketch | None = None
    text: KeptText | None = None
    terms: TermList | None = None


class Piece(msgspec.Struct, frozen=True, tag="entries"):
    """Some entries: packed keys, and postings as u64, little-endian."""

    alphabet: Alphabet
    entries: int
    keys: bytes
    postings: bytes


class End(msgspec.Struct, frozen=True, tag="end"):
    """The last record: how many documents there were."""

    documents: int


Record = Header | OneDocument | Piece | End


def export_store(store: Store, key: bytes, path: str, *, with_text: bool = False) -> int:
    """Writes what `store` holds to a new file of mode 0600, sealed under `key`. Returns the number of documents.
    Kept texts go along only `with_text`.

    The file is there whole or not at all. Raises StoreFull, StoreCorrupt, UsageError.
    """
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        with open(handle, "wb") as file:
            salt = os.urandom(SALT)
            file.write((MAGIC_TERMS if store.lists else MAGIC) + salt)
            sealer = ChunkSeal(derive(key, b"export", salt), b"export", 0)
            for record in _records(store, with_text):
                sealed = sealer.one(msgspec.msgpack.encode(record))
                file.write(struct.pack("<I", len(sealed)) + sealed)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise failed_write(error, os.path.dirname(os.path.abspath(path))) from error
    except BaseException:
        os.unlink(temporary)
        raise
    return len(store.documents)


def _records(store: Store, with_text: bool) -> Iterator[Record]:
    loaded = store.all_segments(list(Alphabet))  # first: it may take up a newer state
    groups, _ = store.groups()
    yield Header(FOLD_VERSION, SCALES)
    for ordinal, document in store.documents.items():
        sketch = store.catalogue.sketches({ordinal: document}).get(ordinal) if document.words else None
        text = store.catalogue.text(ordinal, document) if document.keeps_text and with_text else None
        terms = store.catalogue.terms(ordinal, document) if document.terms else None
        yield OneDocument(ordinal, document, store.catalogue.outlines(ordinal) or {}, sketch, text, terms)
    for alphabet, segments in loaded.items():
        for segment in segments:
            keys, postings = live_entries(*segment, groups)
            for at in range(0, len(keys), PIECE):
                piece = keys[at : at + PIECE]
                yield Piece(alphabet, len(piece), pack_keys(piece), postings[at : at + PIECE].tobytes())
    yield End(len(store.documents))


def import_store(writer: Writer, key: bytes, path: str) -> tuple[int, int]:
    """Takes an exported file into the store: (documents taken, documents that were there already).

    All of it or, after any error, nothing. Raises WrongKey, StoreCorrupt, StoreTooNew, UsageError.
    """
    try:
        with open(path, "rb") as file:
            return _take(writer, _read(file, key, path), path)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def _take(writer: Writer, records: Iterator[Record], path: str) -> tuple[int, int]:
    header = next(records, None)
    if not isinstance(header, Header):
        raise StoreCorrupt(f"{path} is damaged: it does not begin with a header")
    if header.fold_version != FOLD_VERSION or header.scales != SCALES:
        raise StoreTooNew(f"{path} was made with other fingerprint parameters; export it anew with this version")
    ordinals: dict[int, int] = {}
    known = 0
    ended = False
    for record in records:
        if isinstance(record, OneDocument):
            _check(record, path)
            ordinal = writer.adopt(record.document, record.outlines, record.sketch, record.text, record.terms)
            known += ordinal is None
            ordinals[record.ordinal] = GONE if ordinal is None else ordinal
        elif isinstance(record, Piece):
            writer.adopt_entries(record.alphabet, *_entries(record, ordinals, path))
        elif isinstance(record, End):
            ended = record.documents == len(ordinals)
    if not ended:
        raise StoreCorrupt(f"{path} is cut off")
    writer.commit()
    return len(ordinals) - known, known


def _check(record: OneDocument, path: str) -> None:
    """That what a scan will unpack can be: else the store would fail then, and for good. Raises StoreCorrupt."""
    try:
        for alphabet, outline in record.outlines.items():
            outline.unpack(alphabet)
        if record.sketch:
            record.sketch.unpack()
        if record.text:
            record.text.unpack()
        if record.terms:
            record.terms.check()
    except ValueError:
        raise StoreCorrupt(f"{path} is damaged") from None


def _entries(piece: Piece, ordinals: dict[int, int], path: str) -> tuple[array[int], array[int]]:
    try:
        keys = unpack_keys(piece.keys, piece.entries)
        words = array("I")
        words.frombytes(piece.postings)
        words[1::2] = array("I", [ordinals[each] for each in words[1::2]])
    except (KeyError, ValueError):
        raise StoreCorrupt(f"{path} is damaged") from None
    postings = array("Q")
    postings.frombytes(words.tobytes())
    alive = array("I", [0]) * (max((each for each in ordinals.values() if each != GONE), default=-1) + 1)
    return live_entries(keys, postings, alive)


def _read(file: BinaryIO, key: bytes, path: str) -> Iterator[Record]:
    if file.read(len(MAGIC)) not in (MAGIC, MAGIC_TERMS):
        raise UsageError(f"{path} is not an exported store")
    sealer = ChunkSeal(derive(key, b"export", file.read(SALT)), b"export", 0)
    decode = msgspec.msgpack.Decoder(Record).decode
    first = True
    while length := file.read(4):
        try:
            (size,) = struct.unpack("<I", length)
            sealed = file.read(size) if size <= MAX_RECORD else b""
            if len(sealed) != size:
                raise Broken
            yield decode(sealer.open(sealed))
        except (Broken, struct.error, msgspec.MsgspecError):
            if first:
                raise WrongKey(f"{path} is sealed under another key; name it by --from-key-file") from None
            raise StoreCorrupt(f"{path} is cut off or damaged") from None
        first = False
