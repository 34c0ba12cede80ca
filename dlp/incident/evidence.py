"""Evidence: plain excerpts of both sides, in a box of one entry; and the file itself, in a box of its own.

Both are sealed to the review key before they are kept anywhere. The log's entry has the digest of each box, so an
exchanged one is noticed by who cannot open it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dlp.errors import IncidentsDamaged, IncidentsError, IncidentsMissing
from dlp.incident import sealing
from dlp.incident.database import Database
from dlp.incident.incidents import Sealed

EXCERPTS, FILE = b"excerpts", b"file"
"""Places that boxes are sealed for."""

VERSION = 1

VERIFY = "dlp incidents verify"


class Side(msgspec.Struct, frozen=True):
    """Plain text, with what stands before and after it; `cut`: there is more of it."""

    before: str
    text: str
    after: str
    cut: bool = False


class Excerpt(msgspec.Struct, frozen=True):
    """Of one finding. `what`: the rule, or the document's name and version; `id`: of a passage, as reports have it.
    `source`: the registered document's side, where its text is kept; `problem`: what is missing, in words."""

    kind: str
    what: str
    id: str
    provenance: list[str]
    locator: str
    start: int
    end: int
    file: Side | None
    source: Side | None
    source_locator: str = ""
    problem: str = ""


class Excerpts(msgspec.Struct, frozen=True):
    """Of one file. `left_out`: findings that have no excerpt, since there are too many."""

    version: int
    path: str
    digest: str
    excerpts: list[Excerpt]
    left_out: int = 0
    problem: str = ""


def excerpts(database: Database, number: int, sealed: Sealed, review: X25519PrivateKey) -> Excerpts:
    """Of an entry. Raises IncidentsDamaged where they are gone or others, IncidentsSealed, IncidentsError."""
    row = database.execute("SELECT sealed FROM evidence WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise IncidentsMissing(f"the evidence of entry {number} is not there any more: purged, or see {VERIFY}")
    if hashlib.sha256(row[0]).hexdigest() != sealed.sha256:
        raise IncidentsDamaged(f"the evidence of entry {number} is not what was recorded")
    data = sealing.open_box(row[0], review, EXCERPTS)
    try:
        return msgspec.json.decode(data, type=Excerpts)
    except msgspec.MsgspecError:
        raise IncidentsDamaged(f"the evidence of entry {number} is not in a form that this engine reads") from None


def path_of(folder: str, sealed: Sealed) -> str:
    """Of a kept file. Its name is what a signed entry says, and yet must be one of ours."""
    if not sealed.name or os.path.basename(sealed.name) != sealed.name or sealed.name.startswith("."):
        raise IncidentsDamaged(f"{sealed.name!r} is no name of a kept file")
    return os.path.join(folder, sealed.name)


def file(folder: str, sealed: Sealed, review: X25519PrivateKey) -> Iterator[bytes]:
    """A kept file's content, in pieces. Raises IncidentsError where it is gone, IncidentsSealed, IncidentsDamaged."""
    path = path_of(folder, sealed)
    try:
        with open(path, "rb") as stream:
            yield from sealing.open_stream(stream, review, FILE)
    except OSError as error:
        raise IncidentsError(f"the kept file {path} cannot be read: {error.strerror}") from None


def digest(path: str) -> tuple[str, int]:
    """SHA-256 of a file, and its bytes. Raises OSError."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), os.fstat(stream.fileno()).st_size
