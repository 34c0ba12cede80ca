"""The document that a trial is about: its text, and which registered document it is."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing

import msgspec

from dlp.errors import UsageError
from dlp.extract.recursion import extract
from dlp.fingerprint import fold
from dlp.limits import Limits
from dlp.model import Blob, Document, Mark, PassageFinding, Provenance, Skipped
from dlp.registry.store import Store
from dlp.report.escape import visible
from dlp.scan import pool
from dlp.scan.pipeline import Pipeline
from dlp.scan.registering import is_property
from dlp.scan.scanning import Scan
from dlp.source.files import FileSource
from dlp.source.opening import Unreadable, open_file
from dlp.source.seam import Item
from dlp.trial.edits import spans

MAX_TEXT = 20_000_000
"""Bytes of text; a longer document takes hours, and a part of it tells as much."""

SAME = 0.5
"""Share of a file's symbols that must be found as evidence of a document for the file to be a form of it."""


class Subject(msgspec.Struct, frozen=True):
    """A registered document. `words` (see `dlp.trial.edits`) counts those of `text`."""

    document: Document
    text: str
    words: int


class _Taken(msgspec.Struct, frozen=True):
    """What a worker read: the text, or why there is none."""

    digest: bytes = b""
    text: str = ""
    problem: str = ""


def subject(path: str, store: Store, pipeline: Pipeline, limits: Limits) -> Subject:
    """The file `path`, as it was registered or found again. Forks a worker process.

    Raises UsageError: it is not there, no file, has no text that can be read, too much of it, or is not registered.
    """
    shown = visible(path)
    if os.path.isdir(path):
        raise UsageError(f"{shown} is a folder; name one document in it")
    source = FileSource([path], avoid=[store.folder])
    (item,) = source.items()
    if isinstance(item, Skipped):
        raise UsageError(f"{shown} cannot be read: {item.reason}, {visible(item.detail)}")
    taken = _read(item, limits)
    if taken.problem:
        raise UsageError(f"{shown} {visible(taken.problem)}")
    document = _by_digest(taken.digest, store) or _by_text(source, taken.text, pipeline, limits)
    if document is None:
        if any(each.background and each.digest == taken.digest for each in store.documents.values()):
            raise UsageError(f"{shown} is registered as background only, and so is never found: nothing to try")
        raise UsageError(
            f"{shown} is not registered in this store; register it first, with: "
            f"dlp register --label LABEL --name NAME {shown}"
        )
    return Subject(document, taken.text, len(spans(taken.text)))


def _read(item: Item, limits: Limits) -> _Taken:
    def handle(item: Item) -> bytes:
        try:
            return msgspec.msgpack.encode(_take(item, limits))
        except Unreadable as error:
            return msgspec.msgpack.encode(_Taken(problem=f"cannot be read: {error.detail}"))

    with closing(pool.run([item], handle, jobs=1, limits=limits, max_payload=2 * MAX_TEXT)) as outcomes:
        (outcome,) = outcomes
    if isinstance(outcome.payload, pool.Failure):
        return _Taken(problem=f"cannot be read: {outcome.payload.detail}")
    return msgspec.msgpack.decode(outcome.payload, type=_Taken)


def _take(item: Item, limits: Limits) -> _Taken:
    """The first reading of each part that has text, without a Word file's properties: what registering takes."""
    parts: list[str] = []
    size = 0
    seen: set[Provenance] = set()
    problem = "has no text; mutants are made of text"
    with open_file(item.path) as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).digest()
        stream.seek(0)
        for part in extract(Blob((item.name,), stream, item.size), limits):
            if isinstance(part, Skipped):
                problem = f"has no text that can be read: {part.reason}, {part.detail}"
            elif part.provenance not in seen:
                seen.add(part.provenance)
                chunks = []
                for chunk in part.chunks if part.alphabet == "text" else ():
                    chunks.append(bytes(chunk))
                    size += len(chunk)
                    if size > MAX_TEXT:
                        return _Taken(problem=f"has more than {MAX_TEXT:,} bytes of text; try a part of it")
                parts.append(_without_properties(b"".join(chunks).decode("utf-8", "ignore"), part.marks))
    text = "\n".join(parts)
    return _Taken(digest, text) if spans(text) else _Taken(problem=problem)


def _without_properties(text: str, marks: list[Mark]) -> str:
    if not any(is_property(mark.locator) for mark in marks):
        return text
    ends = [mark.start for mark in marks[1:]] + [len(text)]
    return "".join(
        text[mark.start : end] for mark, end in zip(marks, ends, strict=True) if not is_property(mark.locator)
    )


def _by_digest(digest: bytes, store: Store) -> Document | None:
    same = [each for each in store.documents.values() if each.digest == digest and not each.background]
    return max(same, key=lambda each: each.version).document if same else None


def _by_text(source: FileSource, text: str, pipeline: Pipeline, limits: Limits) -> Document | None:
    """The document most of whose passages are in the file, if they make up enough of it."""
    evidence: dict[str, int] = {}
    documents: dict[str, Document] = {}
    for result in Scan(source, pipeline, jobs=1, limits=limits).results():
        for finding in result.findings:
            if isinstance(finding, PassageFinding):
                documents[finding.document.id] = finding.document
                evidence[finding.document.id] = evidence.get(finding.document.id, 0) + finding.evidence
    best = max(evidence, key=evidence.__getitem__, default=None)
    return documents[best] if best is not None and evidence[best] >= SAME * len(fold(text.encode())) else None
