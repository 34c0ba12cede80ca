"""A bundle for somebody who has nothing but public tools: incidents, the part of the chain that holds them, the public
key, and a page that says how to verify all of it (`verify.md`)."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.errors import IncidentsExists
from dlp.incident import evidence
from dlp.incident.anchoring import printed
from dlp.incident.chain import Entry, Log, entries, head_of, statement
from dlp.incident.database import failed_write
from dlp.incident.evidence import Excerpts
from dlp.incident.folder import SIGNING_PUBLIC, Folder
from dlp.incident.incidents import Detected, Incident, Who, named
from dlp.incident.listing import detail, timeline
from dlp.incident.revealing import detections, reveal

MANIFEST, SIGNATURE, PAGE = "MANIFEST.sha256", "MANIFEST.sha256.sig", "VERIFY.md"

_PIECE = 1 << 20


class Exported(msgspec.Struct, frozen=True):
    """The body of an entry `export`. `manifest`: SHA-256 of the bundle's manifest."""

    incident: str
    manifest: str
    revealed: bool
    who: Who


class About(msgspec.Struct, frozen=True):
    """What is told of one incident, for who writes it down in words. `opened`: excerpts by their entries, None where
    they are not revealed."""

    row: Incident
    found: Detected
    entries: list[Entry]
    opened: list[tuple[Entry, Detected, Excerpts | None]] | None


Describe = Callable[[About], Iterable[tuple[str, bytes]]]
"""Files about an incident: (name, content)."""


class _Target(Protocol):
    def add(self, name: str, pieces: Iterable[bytes]) -> None: ...


class _Manifest:
    """Adds files to a target, and notes their digests."""

    def __init__(self, target: _Target) -> None:
        self._target = target
        self._lines: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        if name in self._lines:
            return
        digest = hashlib.sha256()

        def passed() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        self._target.add(name, passed())
        self._lines[name] = digest.hexdigest()

    def text(self) -> bytes:
        """As `sha256sum` writes it."""
        return "".join(f"{digest}  {name}\n" for name, digest in sorted(self._lines.items())).encode()


def export(
    folder: Folder, ids: Sequence[str], target: str, review: X25519PrivateKey | None, who: Who, describe: Describe
) -> str:
    """Writes a bundle to `target`: a zip where its name ends so, else a folder; neither may be there. With `review` its
    evidence is in it in plain text, which the log says before. The SHA-256 of its manifest, which the log has, too.

    Raises IncidentsMissing, IncidentsExists, IncidentsSealed, IncidentsDamaged, IncidentsFull, IncidentsError."""
    log = folder.log()
    found = dict(named(folder.database, each) for each in ids)
    with open(os.path.join(folder.path, SIGNING_PUBLIC), "rb") as file:
        public = file.read()
    with _opened(target) as made:
        manifest = _Manifest(made)
        manifest.add("signing.pub", [public])
        manifest.add(PAGE, [_page()])
        for ordinal, row in found.items():
            _add(manifest, folder, log, ordinal, row, review, who, describe)
        manifest.add("head.txt", [printed(head_of(folder.database)).encode()])
        text = manifest.text()
        made.add(MANIFEST, [text])
        made.add(SIGNATURE, [log.sign(text)])
        digest = hashlib.sha256(text).hexdigest()
        with log.appending() as appending:
            for row in found.values():
                appending.append("export", Exported(row.id, digest, review is not None, who))
    return digest


def _add(
    manifest: _Manifest,
    folder: Folder,
    log: Log,
    ordinal: int,
    row: Incident,
    review: X25519PrivateKey | None,
    who: Who,
    describe: Describe,
) -> None:
    opened = None
    if review:
        opened = reveal(log, row, timeline(folder.database, ordinal), review, "export", who)
    there = timeline(folder.database, ordinal)
    found = {entry.number: body for entry, body in detections(there)}
    for name, data in describe(About(row, detail(folder.database, row), there, opened)):
        manifest.add(f"{row.id}/{name}", [data])
    for entry in there:
        _chain(manifest, folder, entry.number)
    for number, body in found.items():
        if body.excerpts:
            box = folder.database.execute("SELECT sealed FROM evidence WHERE number = ?", (number,)).fetchone()
            if box:
                manifest.add(f"{row.id}/{_padded(number)}.excerpts.box", [box[0]])
        if body.file and os.path.exists(evidence.path_of(folder.evidence, body.file)):
            with open(evidence.path_of(folder.evidence, body.file), "rb") as stream:
                manifest.add(f"{row.id}/{_padded(number)}.file.box", _pieces(stream))
            if review:
                content = evidence.file(folder.evidence, body.file, review)
                manifest.add(f"{row.id}/{_padded(number)}.file.bin", content)


def _chain(manifest: _Manifest, folder: Folder, number: int) -> None:
    """An entry, and those that follow it up to the next one that is signed."""
    with folder.database.reading() as db:
        before = db.execute("SELECT hash FROM log WHERE number = ?", (number - 1,)).fetchone()
        previous = before[0] if before else bytes(32)
        for entry in entries(db, number):
            name = f"chain/{_padded(entry.number)}"
            text = statement(previous, entry.number, entry.time, entry.kind, entry.digest)
            manifest.add(f"{name}.entry", [text])
            if entry.signature:
                manifest.add(f"{name}.sig", [entry.signature])
            if entry.number == number and entry.body is not None:
                manifest.add(f"{name}.body", [entry.body])
            if entry.signature:
                return
            previous = entry.hash


def _padded(number: int) -> str:
    return f"{number:012d}"


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _page() -> bytes:
    with open(os.path.join(os.path.dirname(__file__), "verify.md"), "rb") as file:
        return file.read()


class _FolderTarget:
    def __init__(self, path: str) -> None:
        self._path = path

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        path = os.path.join(self._path, *name.split("/"))
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:
            file.writelines(pieces)


class _ZipTarget:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._archive.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)


@contextmanager
def _opened(target: str) -> Iterator[_Target]:
    """What is written becomes `target` at the end, or nothing is left of it."""
    if os.path.lexists(target):
        raise IncidentsExists(f"{target} is there already; name a new file or folder for the bundle")
    temporary = f"{target}.{os.getpid()}.tmp"
    try:
        if target.endswith(".zip"):
            handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
                yield _ZipTarget(archive)
        else:
            os.mkdir(temporary, 0o700)
            yield _FolderTarget(temporary)
        os.rename(temporary, target)
    except OSError as error:
        _take_away(temporary)
        raise failed_write(error, os.path.dirname(target) or ".") from None
    except BaseException:
        _take_away(temporary)
        raise


def _take_away(path: str) -> None:
    import shutil

    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(path)

