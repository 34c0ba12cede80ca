"""Audits on disk: signed by the key of the log, told of in it, found again, and checked."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dlp.audit.shape import VERSION, Audit, Paper, Signature
from dlp.errors import IncidentsError, UsageError
from dlp.incident.folder import Folder
from dlp.incident.keys import public_pem, verifies
from dlp.whole_files import read_whole, written_whole

AUDITS = "audits"
"""Folder beside the database of incidents."""

MOST = 256 << 20
"""Bytes of an audit's file that are read."""

_TEXT = b"audit\n"
"""Before the bytes that are signed: no other statement of the log begins so."""


class Noted(msgspec.Struct, frozen=True):
    """The body of the log's entry `audit`."""

    audit: str
    sha256: str
    paths: list[str]
    verdicts: Mapping[str, int]
    complete: bool


def paper(audit: Audit, folder: Folder | None) -> bytes:
    """The file's content; with a folder of incidents signed, told of in the log, and kept there. Raises
    IncidentsError."""
    body = msgspec.json.encode(audit)
    if folder is None:
        return msgspec.json.encode(Paper(msgspec.Raw(body), None)) + b"\n"
    digest = hashlib.sha256(body).hexdigest()
    log = folder.log()
    signature = log.sign(_TEXT + body)
    with log.appending() as appending:
        noted = Noted(audit.id, digest, audit.scanned.paths, audit.scanned.verdicts, audit.scanned.complete)
        number = appending.append("audit", noted)
    public = public_pem(folder.public()).decode()
    signed = Signature(digest, number, public, base64.b64encode(signature).decode())
    made = msgspec.json.encode(Paper(msgspec.Raw(body), signed)) + b"\n"
    _keep(folder, number, audit.id, made)
    return made


def _keep(folder: Folder, number: int, id: str, content: bytes) -> None:
    """Under the number of its entry in the log: clocks may be set back."""
    place = os.path.join(folder.path, AUDITS)
    path = os.path.join(place, f"{number:012}-{id}.json")
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        with written_whole(path) as file:
            file.write(content)
    except OSError as error:
        raise IncidentsError(f"the audit cannot be kept in {place}: {error.strerror}") from None


def last(folder: Folder) -> str | None:
    """The path of the newest that was kept. Raises IncidentsError."""
    place = os.path.join(folder.path, AUDITS)
    try:
        names = [each for each in os.listdir(place) if each.endswith(".json")]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IncidentsError(f"cannot read {place}: {error.strerror}") from None
    newest = max(
        names, key=lambda name: (int(name.split("-")[0]) if name.split("-")[0].isdecimal() else 0, name), default=None
    )
    return os.path.join(place, newest) if newest else None


def load(path: str) -> tuple[Audit, Paper]:
    """Of a file. Raises UsageError."""
    data = read_whole(path, MOST)
    try:
        if len(data) > MOST:
            raise ValueError
        whole = msgspec.json.decode(data, type=Paper)
        audit = msgspec.json.decode(whole.audit, type=Audit)
    except (msgspec.MsgspecError, ValueError):
        raise UsageError(f"{path} is no audit; one is written by: dlp audit PATH -f json -o FILE") from None
    if audit.version != VERSION:
        raise UsageError(f"{path}: an audit of version {audit.version}; this engine reads version {VERSION}")
    return audit, whole


def faults(whole: Paper, key: Ed25519PublicKey, folder: Folder) -> list[str]:
    """What is wrong with a file, beside the log and its key. Raises IncidentsError."""
    if whole.signature is None:
        return ["it is not signed: it was made where there was no log of incidents"]
    body, made = bytes(whole.audit), []
    digest = hashlib.sha256(body).hexdigest()
    try:
        signature = base64.b64decode(whole.signature.signature, validate=True)
    except ValueError:
        signature = b""
    if not verifies(key, signature, _TEXT + body):
        made.append("its signature is not of these bytes, or of another key: it was changed since it was made")
    row = folder.database.execute("SELECT kind, body FROM log WHERE number = ?", (whole.signature.entry,)).fetchone()
    if row is None or row[0] != "audit":
        made.append(f"entry {whole.signature.entry} of the log tells of no audit")
    elif row[1] is not None and msgspec.json.decode(row[1], type=Noted).sha256 != digest:
        made.append(f"entry {whole.signature.entry} of the log tells of another audit")
    return made
