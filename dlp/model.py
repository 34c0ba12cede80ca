"""The words of the engine, as frozen values: no logic beyond order and spelling, no I/O.

Offsets count Unicode characters of an extracted text unless a name says otherwise; `symbols` are
bytes of folded text (see `dlp.fingerprint`). Provenances are display text: bytes of a name that are
not UTF-8 stand as `\\xNN`.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

import msgspec

Provenance = tuple[str, ...]
"""Where content came from, outermost first: `("mail.eml", "part 2", "book.xlsx")`."""


class Verdict(enum.StrEnum):
    """What the policy decides about a blob, mildest first."""

    ALLOW = "allow"
    AUDIT = "audit"
    WARN = "warn"
    QUARANTINE = "quarantine"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for allow to 4 for block."""
        return VERDICTS.index(self)


VERDICTS = tuple(Verdict)


class Level(enum.StrEnum):
    """A severity or a confidence; the two are never blended."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for low to 3 for critical."""
        return LEVELS.index(self)


LEVELS = tuple(Level)


class Coverage(enum.StrEnum):
    """How much of a file was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNSCANNABLE = "unscannable"


class Reason(enum.StrEnum):
    """Why content was not read, or not registered, whole."""

    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    UNSUPPORTED = "unsupported"
    LIMIT = "limit"
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    DENIED = "denied"
    VANISHED = "vanished"
    CHANGED = "changed"
    IO_ERROR = "io-error"
    SPECIAL_FILE = "special-file"
    LOOP = "loop"
    SYMLINK = "symlink"
    IMAGES_ONLY = "images-only"
    PICTURE = "picture"
    TOO_SHORT = "too-short"
    STORE = "store"


class Skipped(msgspec.Struct, frozen=True):
    """Content that was not read whole. A value: counted, reported and judged."""

    provenance: Provenance
    reason: Reason
    detail: str


class Blob(msgspec.Struct, frozen=True):
    """Bytes with a provenance. `stream` is open for reading, seekable, and stands at its start. `spelled`: they stood
    in a text, in letters."""

    provenance: Provenance
    stream: BinaryIO
    size: int
    spelled: bool = False


class Mark(msgspec.Struct, frozen=True):
    """From character `start` of a text on, and up to the next mark, this is the place: `page 3`."""

    start: int
    locator: str


class Text(msgspec.Struct, frozen=True):
    """What an extractor read in a blob.

    `chunks` yields buffers once: UTF-8 for the alphabet `text` (a chunk may end inside a character;
    bytes that are not UTF-8 fold to nothing; any byte but a continuation byte begins a character), the
    plain content for `bytes`. `marks` grows while `chunks` is drawn from and covers all that was drawn; it stays empty
    where lines are the best locators. `refine` may turn a mark's locator into a better one; it is
    called only for places that end up in a finding. `again`: what it says was said by an earlier text, in another
    form; a document is not registered by it.
    """

    provenance: Provenance
    alphabet: Literal["text", "bytes"]
    chunks: Iterator[bytes | bytearray | memoryview]
    marks: list[Mark]
    refine: Callable[[str], str] | None = None
    again: bool = False


class Span(msgspec.Struct, frozen=True):
    """A stretch of scanned text. `line` and `column` count from 1."""

    start: int
    end: int
    line: int
    column: int
    locator: str


class SourceSpan(msgspec.Struct, frozen=True):
    """A stretch of a registered document's text."""

    start: int
    end: int
    locator: str


class Document(msgspec.Struct, frozen=True):
    """A registered document, as a finding names it."""

    id: str
    name: str
    label: str
    version: int


class Also(msgspec.Struct, frozen=True):
    """Another document, of the same label, that has a passage too. `similarity` and `document_share` as a finding has
    them."""

    document: Document
    source_span: SourceSpan
    similarity: float
    document_share: float


class PassageFinding(msgspec.Struct, frozen=True, tag_field="kind", tag="passage"):
    """A passage of a registered document in a scanned text.

    `length`: folded symbols that the passage spans in the scanned text. `similarity`: share of the
    longer side's symbols that agree. `evidence`: symbols that count as the document's own; `rarity`: how much the
    weightiest stretch of it (30 to 100 words) proves, in symbols, beside what everybody writes; `rare_share`: that as a
    share of the agreeing symbols. `document_share`: share of the document's symbols found in this text, all passages
    of it together; `evidence_share`: the same of symbols that count as evidence.
    `excerpt` is masked. `also`: other documents of the same label that have the passage; it counts once.
    """

    provenance: Provenance
    document: Document
    severity: Level
    confidence: Level
    span: Span
    source_span: SourceSpan
    length: int
    evidence: int
    rarity: int
    similarity: float
    rare_share: float
    document_share: float
    evidence_share: float
    excerpt: str
    also: tuple[Also, ...] = ()

    @property
    def id(self) -> str:
        """12 hexadecimal digits: the same for the same passage of the same document at the same place."""
        what = (*self.provenance, self.document.id, str(self.document.version), f"{self.span.start}-{self.span.end}")
        return hashlib.blake2b("\0".join(what).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


class Piece(msgspec.Struct, frozen=True):
    """What one file of a scan has of a document. `evidence` in symbols; `share` of the document."""

    path: str
    evidence: int
    share: float


Range = tuple[int, int]
"""Characters of a text, the end excluded."""


class Operation(msgspec.Struct, frozen=True):
    """A stretch of two texts side by side. `equal`: both say it; `same`: they write it otherwise (case, punctuation,
    letters that look alike); `delete`: only the document has it; `insert`: only the scanned text.

    Ranges are of the two sides, `source` None where the document's text is not there. `words`: of the document, or of
    what was added.
    """

    kind: Literal["equal", "same", "delete", "insert"]
    scanned: Range
    source: Range | None
    words: int


class Sides(msgspec.Struct, frozen=True):
    """A passage in plain text. The operations, one after the other, are all of `scanned` and of `source`. `cut`: the
    passage goes on, and what follows was too long. `source`: None where the document's text is not kept; then `paired`
    tells whether its sketch said which words have a pair."""

    scanned: str
    source: str | None
    operations: tuple[Operation, ...]
    cut: bool = False
    paired: bool = True


class Quoted(msgspec.Struct, frozen=True):
    """The sides of the passage with this id; `problem` says in words what of them is missing, and what to do."""

    id: str
    sides: Sides | None
    problem: str = ""


class SetFinding(msgspec.Struct, frozen=True, tag_field="kind", tag="set"):
    """One document in several files of one scan, each of which has a part of it.

    `evidence`: symbols of the document that count as its own, in all the files together, each counted once; `share`:
    that of the whole document. `pieces`: the files, those with most first; at most 100 of `files`.
    """

    document: Document
    severity: Level
    confidence: Level
    evidence: int
    share: float
    files: int
    pieces: tuple[Piece, ...]


class PatternFinding(msgspec.Struct, frozen=True, tag_field="kind", tag="pattern"):
    """One value that a rule matched in a text, or, for a rule that counts, all of its values there.

    `count`: places where the value stands, or, for a rule that counts, distinct values. `span`: of the first;
    `places`: of all, the first included, at most `dlp.match.places.LISTED`. `excerpt` is masked. `digest`: of the
    value, under a key; the same value has the same digest wherever it stands. `values`: of a rule that counts, which
    they are, while the readings of one file are compared; no result has them. `listing`: the digest under the key of a
    baseline, where there is one; no report has it.
    """

    provenance: Provenance
    rule: str
    name: str
    tags: tuple[str, ...]
    severity: Level
    confidence: Level
    count: int
    span: Span
    places: tuple[Span, ...]
    excerpt: str
    digest: str
    values: frozenset[int] = frozenset()
    listing: str = ""


class TermFinding(msgspec.Struct, frozen=True, tag_field="kind", tag="term"):
    """A registered term in a text. `document`: the list that it stands in; everything else as in a PatternFinding."""

    provenance: Provenance
    document: Document
    severity: Level
    confidence: Level
    count: int
    span: Span
    places: tuple[Span, ...]
    excerpt: str
    digest: str


Finding = PassageFinding | SetFinding | PatternFinding | TermFinding
"""What one rule or one registered document yields in one blob, or, a SetFinding, in all of one scan."""


class Suppressed(msgspec.Struct, frozen=True):
    """What would have been found were it not for what is said in `causes`: background documents by name, how many
    registered documents have it, ordinary wording; for a pattern, who allows it."""

    finding: PassageFinding | PatternFinding
    causes: tuple[str, ...]


class File(msgspec.Struct, frozen=True):
    """The file itself, as its reader had it open. Times are nanoseconds since 1970."""

    size: int
    modified: int
    changed: int
    device: int
    inode: int
    owner: int
    """The system's number of the user whom it belongs to."""

    type: str = ""
    """A name of `dlp.file_types.NAMES`: what its content is."""

    lies: bool = False
    """Whether its name says that it is something else."""

    digest: str = ""
    """SHA-256 in hexadecimal digits, of what was read; empty where nobody asked for it."""


class Appearance(msgspec.Struct, frozen=True):
    """Where a blob stands in a repository's history: from `commit` on, at `path`. `date`: of the author, in seconds
    since 1970; `removed`: the commit that took it out, empty while it is still there."""

    commit: str
    path: str
    author: str
    email: str
    date: int
    removed: str = ""


class Origin(msgspec.Struct, frozen=True):
    """What a source knows of a file beside its content. Empty is what it does not know."""

    channel: str = ""
    """A way out that the configuration or the policy names: an outbox, a share, a repository."""

    jurisdiction: str = ""
    """Where that leads to: `DE`, `US`."""

    blob: str = ""
    """The id of a blob of git."""

    head: bool = False
    """Whether the commit that is checked out, or the index, holds that blob under this name."""

    branches: tuple[str, ...] = ()
    """Of git: of each appearance a branch, or another reference, that it is reached from."""

    appearances: tuple[Appearance, ...] = ()


class Subject(msgspec.Struct, frozen=True):
    """What is judged beside findings: one file, by its name and what is known of it."""

    path: str
    file: File | None = None
    origin: Origin = Origin()
    coverage: Coverage = Coverage.COMPLETE


class Handling(msgspec.Struct, frozen=True):
    """What goes with a verdict."""

    rules: tuple[str, ...] = ()
    """The policy's rules that lead to it, the one that speaks first."""

    severity: Level | None = None
    notify: tuple[str, ...] = ()
    """Names of who is told, as the policy has them."""

    message: str = ""
    """To whoever made the file: what to do instead."""

    keep: bool = False
    """Whether the file itself is kept as evidence, sealed."""

    exceptions: tuple[str, ...] = ()
    """Those in force that something was left out of account for."""


class Decision(msgspec.Struct, frozen=True):
    """What the policy makes of one file, or of several together."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    handling: Handling = Handling()


class Contained(enum.StrEnum):
    """What became of a file that was to be taken out of its place."""

    QUARANTINED = "quarantined"
    HELD = "held"
    """Out of its place, and not sealed yet: something failed, and it cannot be put back. It is gone on with later."""

    CHANGED = "changed"
    """In its place: it is not, or no longer, what was scanned. To be judged anew."""

    RELEASED = "released"
    """In its place: somebody allows this content."""

    NOTICE = "notice"
    """In its place: it is the engine's own note about a file that was taken away."""

    FAILED = "failed"
    """In its place, for the reason that is told."""


class Containment(msgspec.Struct, frozen=True):
    """`id`: of the record in the quarantine, where there is one; `detail`: what else is to be said, and why not."""

    state: Contained
    id: str = ""
    detail: str = ""


class Result(msgspec.Struct, frozen=True):
    """All that is known of one scanned file, and what the policy makes of it. `suppressed` is filled where asked for.
    A result with a SetFinding is of the files together; its path is the folder that holds them all, and its `file` is
    None, as is that of what could not be opened."""

    path: str
    provenance: Provenance
    verdict: Verdict
    reasons: tuple[str, ...]
    coverage: Coverage
    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    suppressed: tuple[Suppressed, ...] = ()
    allowed: int = 0
    """Findings that somebody allows, whether `suppressed` tells of them or not."""

    listed: tuple[int, ...] = ()
    """Entries of the baseline that allow some of them, by number."""

    file: File | None = None
    origin: Origin = Origin()
    handling: Handling = Handling()
    location: bytes = b""
    """The path as the operating system takes it; empty for what has none. Reports show `path`."""

    sealed: bytes = b""
    """Excerpts in plain text, sealed to who reviews them (`dlp.incident.sealing`). No report shows it."""

    containment: Containment | None = None
    """What became of the file, where it was to be contained."""

    quoted: tuple[Quoted, ...] = ()
    """Passages in plain text, filled where asked for. Of reports the page of HTML alone shows them."""


class Summary(msgspec.Struct, frozen=True):
    """One scan, counted. `bytes` are of the files as they stand on disk. `complete`: the scan came to its end;
    otherwise it was cut short, and there is more that was not looked at. `allowed`: matches that somebody allows."""

    files: int
    bytes: int
    seconds: float
    findings: int
    verdicts: dict[str, int]
    skipped: dict[str, int]
    complete: bool = True
    allowed: int = 0
