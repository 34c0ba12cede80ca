"""JSON and JSON Lines, version 1: one public shape, described by `schema/result-v1.json`.

The structs here are the format. They are filled from `dlp.model` by hand, so that the model may change
and the format may not; a change that a reader could notice is a `json_v2.py`.

Text is exact but for lone surrogates (see `escape.encodable`). Beyond what JSON asks for, characters that
act on a terminal or end a line for some readers (U+2028, C1 controls, bidi) are written as `\\uNNNN`.
Shares and seconds are rounded to four digits.
"""

from __future__ import annotations

import math
from typing import Any, BinaryIO, Final, Literal

import msgspec

from dlp import model
from dlp.report.escape import encodable

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


class JsonReporter:
    """The whole scan as one JSON document, written as the results come, one to a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._first = True

    def begin(self) -> None:
        self._stream.write(b'{"version": %d, "results": [' % VERSION)

    def result(self, result: model.Result) -> None:
        line = encode(public(result))
        self._stream.write((b"\n" if self._first else b",\n") + line)
        self._first = False

    def end(self, summary: model.Summary) -> None:
        line = encode(public_summary(summary))
        self._stream.write((b"" if self._first else b"\n") + b'], "summary": ' + line + b"}\n")
        self._stream.flush()


class JsonLinesReporter:
    """One result a line, each whole by itself and flushed at once; the summary is the last line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def begin(self) -> None:
        pass  # the first line is the first result

    def result(self, result: model.Result) -> None:
        self._stream.write(encode(public(result)) + b"\n")
        self._stream.flush()

    def end(self, summary: model.Summary) -> None:
        self._stream.write(encode(LastLine(VERSION, public_summary(summary))) + b"\n")
        self._stream.flush()


def public(result: model.Result) -> Result:
    """`result` in this format's shape. Raises `ValueError` for a share that is not finite."""
    return Result(
        path=encodable(result.path),
        provenance=_chain(result.provenance),
        verdict=result.verdict.value,
        reasons=_chain(result.reasons),
        coverage=result.coverage.value,
        findings=[_finding(finding) for finding in result.findings],
        skipped=[
            Skipped(_chain(skipped.provenance), skipped.reason.value, encodable(skipped.detail))
            for skipped in result.skipped
        ],
        suppressed=[
            Suppressed(
                passage(each.finding) if isinstance(each.finding, model.PassageFinding) else pattern(each.finding),
                _chain(each.causes),
            )
            for each in result.suppressed
        ],
        allowed=result.allowed,
        file=None if result.file is None else _file(result.file),
        origin=_origin(result.origin),
        handling=_handling(result.handling),
        containment=None if result.containment is None else _containment(result.containment),
    )


def _file(file: model.File) -> File:
    return File(file.size, round(file.modified / 1e9, 6), file.owner, file.type, file.lies, file.digest)


def _origin(origin: model.Origin) -> Origin:
    return Origin(
        encodable(origin.channel),
        encodable(origin.jurisdiction),
        origin.blob,
        _chain(origin.branches),
        [
            Appearance(
                each.commit,
                encodable(each.path),
                encodable(each.author),
                encodable(each.email),
                each.date,
                each.removed,
            )
            for each in origin.appearances
        ],
    )


def _handling(handling: model.Handling) -> Handling:
    return Handling(
        rules=_chain(handling.rules),
        severity=None if handling.severity is None else handling.severity.value,
        notify=_chain(handling.notify),
        message=encodable(handling.message),
        keep=handling.keep,
        exceptions=_chain(handling.exceptions),
    )


def _containment(containment: model.Containment) -> Containment:
    return Containment(containment.state.value, containment.id, encodable(containment.detail))


def public_summary(summary: model.Summary) -> Summary:
    """`summary` in this format's shape. Raises `ValueError` for seconds that are not finite."""
    return Summary(
        files=summary.files,
        bytes=summary.bytes,
        seconds=_figure("seconds", summary.seconds),
        findings=summary.findings,
        verdicts={str(verdict): count for verdict, count in summary.verdicts.items()},
        skipped={str(reason): count for reason, count in summary.skipped.items()},
        complete=summary.complete,
        allowed=summary.allowed,
    )


def _finding(finding: model.Finding) -> Passage | SetFinding | Pattern | Term:
    if isinstance(finding, model.PassageFinding):
        return passage(finding)
    if isinstance(finding, model.PatternFinding):
        return pattern(finding)
    if isinstance(finding, model.TermFinding):
        return Term(document=_document(finding.document), **_value(finding))
    return SetFinding(
        document=_document(finding.document),
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        evidence=finding.evidence,
        share=_figure("share", finding.share),
        files=finding.files,
        pieces=[
            Piece(encodable(piece.path), piece.evidence, _figure("share", piece.share)) for piece in finding.pieces
        ],
    )


def pattern(finding: model.PatternFinding) -> Pattern:
    return Pattern(
        rule=encodable(finding.rule),
        name=encodable(finding.name),
        tags=_chain(finding.tags),
        **_value(finding),
    )


def _value(finding: model.PatternFinding | model.TermFinding) -> dict[str, Any]:
    """What is told of any value."""
    return {
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "count": finding.count,
        "span": _span(finding.span),
        "places": [_span(each) for each in finding.places],
        "excerpt": encodable(finding.excerpt),
        "digest": finding.digest,
        "provenance": _chain(finding.provenance),
    }


def _span(span: model.Span) -> Span:
    return Span(span.start, span.end, span.line, span.column, encodable(span.locator))


def passage(finding: model.PassageFinding) -> Passage:
    return Passage(
        id=finding.id,
        document=_document(finding.document),
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        span=_span(finding.span),
        source_span=_source(finding.source_span),
        length=finding.length,
        evidence=finding.evidence,
        rarity=finding.rarity,
        similarity=_figure("similarity", finding.similarity),
        rare_share=_figure("rare_share", finding.rare_share),
        document_share=_figure("document_share", finding.document_share),
        provenance=_chain(finding.provenance),
        excerpt=encodable(finding.excerpt),
        also=[_also(each) for each in finding.also],
    )


def _also(also: model.Also) -> Also:
    return Also(
        document=_document(also.document),
        source_span=_source(also.source_span),
        similarity=_figure("similarity", also.similarity),
        document_share=_figure("document_share", also.document_share),
    )


def _document(document: model.Document) -> Document:
    return Document(encodable(document.id), encodable(document.name), encodable(document.label), document.version)


def _source(span: model.SourceSpan) -> SourceSpan:
    return SourceSpan(span.start, span.end, encodable(span.locator))


def _chain(parts: tuple[str, ...]) -> list[str]:
    return [encodable(part) for part in parts]


def _figure(name: str, value: float) -> float:
    if not math.isfinite(value):  # JSON has no NaN, and msgspec would write `null`
        raise ValueError(f"{name} is {value}, which no report can say")
    return round(value, 4)


_ENCODER: Final = msgspec.json.Encoder()

# DEL and C1 controls, zero-width and bidi characters, line and paragraph separators, the byte order mark
_ACTIVE: Final = {
    code: f"\\u{code:04x}"
    for first, last in (
        (0x7F, 0x9F),
        (0x061C, 0x061C),
        (0x200B, 0x200F),
        (0x2028, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
}


def encode(value: Any) -> bytes:
    """`value` as one line of JSON in UTF-8. Only strings can hold the characters that are escaped after encoding."""
    line = _ENCODER.encode(value)
    if line.isascii() and b"\x7f" not in line:
        return line
    return line.decode().translate(_ACTIVE).encode()
