"""Passages of registered documents in a text: the matcher over the registry's fingerprints."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable

from dlp.fingerprint import SCALES, Alphabet, Scanner
from dlp.limits import Limits
from dlp.match.chain import Chains, Covered, Passage, union
from dlp.match.seam import Listener
from dlp.model import Finding, Level, PassageFinding, SourceSpan, Span, Text
from dlp.registry.records import Places, Registered
from dlp.registry.store import Store

_K = {scale.alphabet: scale.k for scale in SCALES}

SURE = 120
"""Symbols of evidence, about 25 words, that make a passage's confidence high."""

LIKELY = 45
"""Symbols of evidence, about 9 words, that make it medium."""

KEPT = 2_000_000
"""Shingles, of the documents found last, whose places are kept at hand: 32 MB."""


CHANCE = 24
"""Symbols of evidence from which on passages of one document add up: fewer may be two long words anybody writes."""

LISTED = 10
"""Passages of a document that are listed however weak they are; beyond these, from LIKELY on."""

WEIGHT = 16
"""Bytes of a file without text that weigh as one symbol of text: file formats repeat themselves more than people do."""


class PassageMatcher:
    """Finds passages of a store's documents. Made once; after a fork each process may use its own copy."""

    def __init__(self, store: Store, limits: Limits, mask: Callable[[str], str]) -> None:
        """`mask` hides the text of an excerpt. Reads the store's segments: raises StoreCorrupt."""
        self._store = store
        self._most = limits.max_passages
        self._mask = mask
        self._kept: OrderedDict[tuple[int, Alphabet], Places] = OrderedDict()
        self._kept_rows = 0
        self._scanners = {alphabet.value: Scanner(index) for alphabet, index in store.indexes().items()}

    def listen(self, text: Text) -> Listener | None:
        scanner = self._scanners.get(text.alphabet)
        if scanner is None:
            return None
        scanner.reset()
        return _Listener(self, scanner, text)

    def findings(self, text: Text, chains: Chains) -> list[Finding]:
        """One finding for each passage, the versions of a document counted as one."""
        documents: dict[str, list[tuple[int, list[Passage]]]] = {}
        for ordinal, passages in chains.passages().items():
            documents.setdefault(self._store.documents[ordinal].id, []).append((ordinal, passages))
        found: list[Finding] = []
        for versions in documents.values():
            for ordinal, passages in _once(versions, self._store.documents):
                found += self._document(text, ordinal, passages)
        return sorted(found, key=lambda each: (each.span.start, -each.length, each.document.name))

    def _document(self, text: Text, ordinal: int, passages: list[Passage]) -> list[Finding]:
        document = self._store.documents[ordinal]
        alphabet = Alphabet(text.alphabet)
        symbols = document.symbols[alphabet]
        covered = _symbols(each for p in passages for each in p.sources)
        # A text may say one stretch of a document many times; it gives away no more of it than that stretch has.
        own = [(each, min(each.evidence, _symbols(each.sources))) for each in passages if each.evidence]
        together = min(covered, sum(evidence for _, evidence in own if evidence >= CHANCE))
        heaviest = sorted(own, key=lambda each: -each[1])[: self._most]
        # A few words that a text shares with a document say nothing beside passages that say more.
        heaviest = heaviest[:LISTED] + [each for each in heaviest[LISTED:] if each[1] >= LIKELY]
        places = self._places(ordinal, alphabet)
        found: list[Finding] = []
        for each, evidence in heaviest:
            weight = evidence if alphabet == Alphabet.TEXT else evidence // WEIGHT
            found.append(
                PassageFinding(
                    provenance=text.provenance,
                    document=document.document,
                    severity=severity(weight, together / symbols),
                    confidence=confidence(weight),
                    span=_span(text, each),
                    source_span=(
                        places.span(each.source, each.source_end - _K[alphabet])
                        if places
                        else SourceSpan(0, 0, "removed")
                    ),
                    length=each.end - each.start,
                    evidence=weight,
                    similarity=each.agreed / max(each.end - each.start, each.source_end - each.source),
                    rare_share=min(each.evidence / each.agreed, 1.0),
                    document_share=min(covered / symbols, 1.0),
                    evidence_share=min(together / symbols, 1.0),
                    excerpt=self._mask(each.excerpt.decode("utf-8", "ignore")) if alphabet == Alphabet.TEXT else "",
                )
            )
        return found

    def _places(self, ordinal: int, alphabet: Alphabet) -> Places | None:
        """As the store has them. A file of boilerplate meets hundreds of documents, and so does the next one."""
        key = (ordinal, alphabet)
        places = self._kept.pop(key, None)
        if places is None:
            places = self._store.places(ordinal, alphabet)
            if places is None:
                return None
            self._kept_rows += len(places)
        self._kept[key] = places
        while self._kept_rows > KEPT and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_rows -= len(oldest)
        return places


class _Listener:
    """Feeds one text to a scanner."""

    __slots__ = ("_chains", "_matcher", "_scanner", "_text")

    def __init__(self, matcher: PassageMatcher, scanner: Scanner, text: Text) -> None:
        self._matcher, self._scanner, self._text = matcher, scanner, text
        self._chains: Chains | None = None

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        self._take(self._scanner.feed(chunk))

    def finish(self) -> list[Finding]:
        self._take(self._scanner.finish())
        return self._matcher.findings(self._text, self._chains) if self._chains else []

    def _take(self, runs: list[tuple[int, int, int, int, int, int, int, int, int, int, bytes]]) -> None:
        if runs:
            self._chains = self._chains or Chains()
            self._chains.add(runs)


def _once(
    versions: list[tuple[int, list[Passage]]], documents: dict[int, Registered]
) -> list[tuple[int, list[Passage]]]:
    """Of passages that several versions of a document have, the version with most evidence keeps it; the newest of
    equals."""
    if len(versions) == 1:
        return versions
    ranked = sorted(
        ((ordinal, passage) for ordinal, passages in versions for passage in passages),
        key=lambda each: (-each[1].evidence, -each[1].agreed, -documents[each[0]].version),
    )
    taken = Covered()
    out: dict[int, list[Passage]] = {}
    for ordinal, passage in ranked:
        if 2 * taken.shared(passage.start, passage.end) <= passage.end - passage.start:
            taken.add(passage.start, passage.end)
            out.setdefault(ordinal, []).append(passage)
    return list(out.items())


def _span(text: Text, passage: Passage) -> Span:
    line, column = passage.line + 1, passage.column + 1
    mark = bisect_right(text.marks, passage.character, key=lambda each: each.start) - 1
    if mark >= 0:
        locator = text.marks[mark].locator
        if text.refine:
            locator = text.refine(locator)
    else:
        locator = f"line {line}" if text.alphabet == "text" else f"byte {passage.character}"
    return Span(passage.character, passage.to, line, column, locator)


def confidence(evidence: int) -> Level:
    """How sure it is that the passage comes from the document: by the symbols that are evidence."""
    return Level.HIGH if evidence >= SURE else Level.MEDIUM if evidence >= LIKELY else Level.LOW


def severity(evidence: int, share: float) -> Level:
    """How much the passage gives away: by its symbols that are evidence, and by the share of the document that the text
    has."""
    if share >= 0.8 or evidence >= 5000:
        return Level.CRITICAL
    if share >= 0.25 or evidence >= 600:
        return Level.HIGH
    return Level.MEDIUM if evidence >= 100 else Level.LOW


def _symbols(stretches: Iterable[tuple[int, int]]) -> int:
    """How many symbols the stretches cover."""
    return sum(end - start for start, end in union(stretches))
