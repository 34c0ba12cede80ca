"""The public shape of results, version 1, as `schema/result-v1.json` describes it.

The structs here are the format. They are filled from `dlp.model` by hand (`json_public.py`), so that the model may
change and the format may not; a change that a reader could notice is a `json_v2.py`.

Text is exact but for lone surrogates (see `escape.encodable`). Shares and seconds are rounded to four digits.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

VERSION: Final = 1


class Document(msgspec.Struct, frozen=True):
    """A registered document."""

    id: str
    name: str
    label: str
    version: int


class Span(msgspec.Struct, frozen=True):
    """A stretch of the scanned text: characters from 0, `end` excluded; `line` and `column` from 1."""

    start: int
    end: int
    line: int
    column: int
    locator: str


class SourceSpan(msgspec.Struct, frozen=True):
    """A stretch of the registered document's text, counted alike."""

    start: int
    end: int
    locator: str


class Also(msgspec.Struct, frozen=True):
    """Another document of the same label that has the passage too."""

    document: Document
    source_span: SourceSpan
    similarity: float
    document_share: float


class Passage(msgspec.Struct, frozen=True, tag_field="kind", tag="passage"):
    """A passage of a registered document. `id` names it to `dlp show`; `length`, `evidence` and `rarity` are in folded
    symbols; shares run from 0 to 1."""

    id: str
    document: Document
    severity: str
    confidence: str
    span: Span
    source_span: SourceSpan
    length: int
    evidence: int
    rarity: int
    similarity: float
    rare_share: float
    document_share: float
    evidence_share: float
    provenance: list[str]
    excerpt: str
    also: list[Also]


class Piece(msgspec.Struct, frozen=True):
    """What one file has of a document that several have together."""

    path: str
    evidence: int
    share: float


class SetFinding(msgspec.Struct, frozen=True, tag_field="kind", tag="set"):
    """A document in several files of the scan together. `files` counts them; `pieces` are those with most."""

    document: Document
    severity: str
    confidence: str
    evidence: int
    share: float
    files: int
    pieces: list[Piece]


class Pattern(msgspec.Struct, frozen=True, tag_field="kind", tag="pattern"):
    """One value that a rule matched, or, where a rule counts, all of its values in one text: `count` are then distinct
    values, else places. `span` is of the first, `places` of the first hundred. `digest`, of the value, is keyed: the
    same value has the same one under the same key."""

    rule: str
    name: str
    tags: list[str]
    severity: str
    confidence: str
    count: int
    span: Span
    places: list[Span]
    excerpt: str
    digest: str
    provenance: list[str]


class Term(msgspec.Struct, frozen=True, tag_field="kind", tag="term"):
    """A registered term; `document` is the list that it stands in. The rest is as in a pattern."""

    document: Document
    severity: str
    confidence: str
    count: int
    span: Span
    places: list[Span]
    excerpt: str
    digest: str
    provenance: list[str]


class Suppressed(msgspec.Struct, frozen=True):
    """A passage that is no finding, or that counts for less than it might, and why; or a match that somebody allows. It
    has no say in the verdict."""

    finding: Passage | Pattern
    causes: list[str]


class Skipped(msgspec.Struct, frozen=True):
    """What was not read. More reasons may be added within this version."""

    provenance: list[str]
    reason: str
    detail: str


class File(msgspec.Struct, frozen=True):
    """The file as its reader had it open. `modified` in seconds since 1970; `owner`: the system's number of a user;
    `type`: a short name of what its content is; `lies`: its name says that it is something else; `digest`: SHA-256,
    empty where nobody asked for it."""

    size: int
    modified: float
    owner: int
    type: str
    lies: bool
    digest: str


class Appearance(msgspec.Struct, frozen=True):
    """Where a blob stands in a repository's history: from `commit` on at `path`, until `removed`. `date` in seconds
    since 1970."""

    commit: str
    path: str
    author: str
    email: str
    date: int
    removed: str


class Origin(msgspec.Struct, frozen=True):
    """What is known of where a file came from; empty where nothing is."""

    channel: str
    jurisdiction: str
    blob: str
    head: bool
    branches: list[str]
    appearances: list[Appearance]


class Handling(msgspec.Struct, frozen=True):
    """What the policy has beside a verdict: its rules that led to it, the first before the others; how grave it is; who
    is told; what the person who made the file should do instead; exceptions that something was left out for."""

    rules: list[str]
    severity: str | None
    notify: list[str]
    message: str
    keep: bool
    exceptions: list[str]


class Containment(msgspec.Struct, frozen=True):
    """What became of a file that was to be taken out of its place. `id`: of the record in the quarantine; empty where
    there is none."""

    state: Literal["quarantined", "held", "changed", "released", "notice", "failed"]
    id: str
    detail: str


class Result(msgspec.Struct, frozen=True):
    """One scanned file: an element of `results`, and a line of JSON Lines. Or, with a finding of the kind `set`, files
    of the scan together; `path` is then the folder that holds them. `suppressed` is empty unless it was asked for;
    `allowed` counts the matches that somebody allows."""

    path: str
    provenance: list[str]
    verdict: Literal["allow", "audit", "warn", "quarantine", "block"]
    reasons: list[str]
    coverage: Literal["complete", "partial", "unscannable"]
    findings: list[Passage | SetFinding | Pattern | Term]
    skipped: list[Skipped]
    suppressed: list[Suppressed]
    allowed: int
    file: File | None
    origin: Origin
    handling: Handling
    containment: Containment | None


class Summary(msgspec.Struct, frozen=True):
    """The whole scan. `bytes` are of the files as they stand on disk. `complete` is false for a scan that was cut short
    (interrupted, or ended by an error): what is not counted was not looked at."""

    files: int
    bytes: int
    seconds: float
    findings: int
    verdicts: dict[str, int]
    skipped: dict[str, int]
    complete: bool
    allowed: int


class LastLine(msgspec.Struct, frozen=True):
    """What JSON Lines ends with."""

    version: int
    summary: Summary
