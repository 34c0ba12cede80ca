"""OLE compound files: Word, Excel and PowerPoint of 1993 to 2003, Outlook messages, macros, and whatever else.

A storage may hold any kind of document, at any depth: an embedded workbook is a storage of a Word document, an
attached message one of a message. So every storage is shown to every reader. What no reader takes is told by its
strings, or is a blob where its content is of a known type; so is what stands in sectors that belong to nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from dlp.extract import strings
from dlp.extract.detect import detect
from dlp.extract.noise import is_even
from dlp.extract.ole import biff, msg, native, office_crypt, ppt97, property_set, vba, word97
from dlp.extract.ole.compound import Compound, Entry
from dlp.extract.ole.storage import Storage, StorageReader, lines_text, shown
from dlp.extract.raw import HEAD
from dlp.extract.unpacking import PartError
from dlp.limits import Limits
from dlp.model import Blob, Provenance, Reason, Skipped, Text

READERS: tuple[StorageReader, ...] = (
    word97.read,
    biff.read,
    ppt97.read,
    msg.read,
    property_set.read,
    native.read,
    vba.read,
    office_crypt.read,
)
"""Every kind of document that is read in a storage."""

_STRUCTURE = frozenset({"\x01compobj", "\x01ole", "\x03objinfo", "\x03ole", "\x03print", "\x01oleprogress"})
"""Streams that tell how an object is embedded; they name programs and nothing else, but strings are strings."""


_PACKED = {"visiodocument": "Visio drawing", "quill": "Publisher document", "bodytext": "Hangul document"}
"""Streams and storages whose words are packed, so that strings do not show them."""


def read(blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
    """Storage by storage, the root first, what the readers tell; then the streams that are left (marks `stream NAME`),
    and the strings of what belongs to none."""
    try:
        compound = Compound(blob.stream, blob.size, limits)
    except PartError as error:
        yield Skipped(blob.provenance, error.reason, f"compound file: {error.detail}")
        return
    root = _tree(compound, blob.provenance, limits)
    known = unread = False
    waiting = [root]
    while waiting:
        storage = waiting.pop()
        yield from _read(storage)
        known = known or storage.known
        unread = unread or storage.unread
        for name, child in reversed(storage.storages.items()):
            child.provenance = (*storage.provenance, storage.names.get(name, shown(child.path[-1])))
            waiting.append(child)
    if compound.cut:
        yield Skipped(blob.provenance, Reason.CORRUPT, "compound file: tables or directory broken")
    if compound.more:
        yield Skipped(blob.provenance, Reason.LIMIT, "compound file: too many streams, or too deep storages")
    if unread and not known and not compound.cut:
        detail = "compound file of an unknown kind: its streams were searched for strings only"
        yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)
    behind = compound.behind()
    if behind.strip(b"\0") and _is_something(behind):
        yield Blob((*blob.provenance, "data behind the last sector"), io.BytesIO(behind), len(behind))
    noise: list[bytes] = []
    yield lines_text(blob.provenance, _outside(compound, noise))
    if noise:
        detail = "compound file: noise outside of all streams, encrypted or packed, by the look of its bytes"
        yield Skipped(blob.provenance, Reason.UNSUPPORTED, detail)


def _is_something(behind: bytes) -> bool:
    """Whether what stands behind the last sector is a file of its own, or has an archive at its end."""
    return detect(behind[:HEAD]) not in ("text", "binary") or b"PK\x05\x06" in behind[-HEAD:]


def _tree(compound: Compound, provenance: Provenance, limits: Limits) -> Storage:
    root = Storage(compound, (), provenance, limits)
    by_path: dict[tuple[str, ...], Storage] = {(): root}

    def storage(path: tuple[str, ...]) -> Storage:
        key = tuple(name.lower() for name in path)
        found = by_path.get(key)
        if found is None:
            found = by_path[key] = Storage(compound, path, provenance, limits)
            storage(path[:-1]).storages[key[-1]] = found
        return found

    for entry in compound.entries:
        if entry.is_stream:
            storage(entry.path[:-1]).streams.setdefault(entry.path[-1].lower(), []).append(entry)
    return root


def _read(storage: Storage) -> Iterator[Text | Blob | Skipped]:
    for reader in READERS:
        yield from reader(storage)
        yield from storage.problems
        storage.problems.clear()
    for name in (*storage.streams, *storage.storages):
        if name in _PACKED:
            detail = f"{_PACKED[name]}: its words are packed, only strings were searched"
            yield Skipped(storage.provenance, Reason.UNSUPPORTED, detail)
            storage.known = True
    for entries in storage.streams.values():
        for entry in entries:
            if entry.number not in storage.taken and entry.size:
                yield from _unknown(storage, entry)
    yield from storage.problems
    storage.problems.clear()


def _unknown(storage: Storage, entry: Entry) -> Iterator[Text | Blob | Skipped]:
    """A stream of a known type is a blob; any other one is told by its bytes and its strings."""
    data = storage.content(entry)
    name = shown(entry.path[-1])
    provenance = (*storage.provenance, name)
    if entry.path[-1].lower() not in _STRUCTURE:
        if detect(data[:HEAD]) != "binary":
            storage.known = storage.known or name.lower() in ("package", "contents")
            yield Blob(provenance, io.BytesIO(data), len(data))
            return
        storage.unread = True
        yield Text(provenance, "bytes", iter((data,)), [])
        if is_even(data[len(data) // 2 :][:HEAD]):
            detail = "stream of an unknown format: encrypted or packed, by the look of its bytes"
            yield Skipped(provenance, Reason.UNSUPPORTED, detail)
    yield lines_text(provenance, ((f"stream {name}", line) for line in strings.both(data)))


def _outside(compound: Compound, noise: list[bytes]) -> Iterator[tuple[str, str]]:
    """The strings of what belongs to no stream; `noise` gets the first piece that is nothing else."""
    for data in compound.rest():
        if not noise and is_even(data[:HEAD]):
            noise.append(data)
        for line in strings.both(data):
            yield "outside of all streams", line
