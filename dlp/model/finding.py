"""What is found: stretches of text, and what they are."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from dlp.model.content import Provenance
from dlp.model.levels import Level


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
