"""Passages of registered documents in a text: the matcher over the registry's fingerprints."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from dlp.fingerprint import Aligner, Alphabet, Familiar, Runs, Scanner, Sketch, fold, weigh
from dlp.fingerprint.background import shipped
from dlp.fingerprint.odds import odds
from dlp.limits import Limits
from dlp.match.chain import WEIGHED, Chains, Covered, Passage, union
from dlp.match.places import span
from dlp.match.seam import Heard, Listener
from dlp.model import Also, Finding, Level, PassageFinding, SourceSpan, Span, Text
from dlp.registry.records import Places, Registered
from dlp.registry.store import Store

if TYPE_CHECKING:
    from dlp.fingerprint.reference import Run  # the twin kernel itself is not wanted here

SURE = 60
"""Weight that makes a passage's confidence high, with a rarity of LIKELY: about 20 words of prose of one's own."""

LIKELY = 28
"""Weight that makes it medium: about ten words, if some of them agree in a row:"""

POSSIBLE = 15
"""Rarity of these."""

KEPT = 2_000_000
"""Shingles, of the documents found last, whose places are kept at hand: 32 MB."""

KEPT_WORDS = 8_000_000
"""Words, of the documents met last, whose sketches are kept at hand: 48 MB."""


CHANCE = 24
"""Symbols of evidence from which on passages of one document add up: fewer may be two long words anybody writes."""

LEAST = 40
"""Symbols in a row that always are a passage. Fewer in common may be three words that anybody writes."""

LISTED = 10
"""Passages of a document that are listed however weak they are; beyond these, from LIKELY on."""

WEIGHT = 16
"""Bytes of a file without text that weigh as one symbol of text: file formats repeat themselves more than people do."""

SAME = 0.8
"""Share of the longer of two passages, of two documents, that both cover, from which on they are one."""

WINDOW = 1 << 22
"""Bytes of a text that are kept for alignment; what was found in them is aligned when there are so many."""

CONTEXT = 64
"""Bytes before a run that tell how foreseeable its first symbols are."""

MOST_RUNS = 200_000
"""Runs that wait for alignment: 100 MB. Where there are more, what follows them is not waited for."""

MARGIN = 1 << 15
"""Bytes beside a run that its alignment may look at."""


class PassageMatcher:
    """Finds passages of a store's documents. Made once; after a fork each process may use its own copy."""

    def __init__(self, store: Store, limits: Limits, mask: Callable[[str], str]) -> None:
        """`mask` hides the text of an excerpt. Reads the store's segments: raises StoreCorrupt."""
        self._store = store
        self._most = limits.max_passages
        self._mask = mask
        self._kept: OrderedDict[tuple[int, Alphabet], Places] = OrderedDict()
        self._kept_rows = 0
        self._sketches = Sketches(store)
        self._scanners = {alphabet.value: Scanner(index) for alphabet, index in store.indexes().items()}

    @cached_property
    def _aligner(self) -> Aligner:
        return Aligner(odds())

    def listen(self, text: Text) -> Listener | None:
        scanner = self._scanners.get(text.alphabet)
        if scanner is None:
            return None
        scanner.reset()
        return _Listener(self, scanner, text)

    def align(self, window: bytes | bytearray, offset: int, runs: Runs) -> tuple[list[tuple[int, Passage]], Runs]:
        """(passages by document, what is left of the runs). `offset`: bytes of the text before `window`."""
        sketches = self._sketches.of(runs.documents())
        if not sketches:
            return [], runs
        found, left = self._aligner.align(window, offset, runs, sketches, LEAST)
        return [(each[0], Passage.aligned(each, self.weigh)) for each in found], left

    @cached_property
    def _familiar(self) -> list[Familiar]:
        own = self._store.familiar()
        return [shipped(), own] if own else [shipped()]

    def weigh(self, symbols: bytes, marks: bytes) -> bytes:
        """How much the symbols that are marked count, beside what everybody writes; see `dlp.fingerprint.weigh`."""
        return weigh(self._familiar, symbols, marks)

    def findings(self, text: Text, found: dict[int, list[Passage]]) -> list[Finding]:
        """One finding for each passage, the versions of a document counted as one."""
        documents: dict[str, list[tuple[int, list[Passage]]]] = {}
        for ordinal, passages in found.items():
            documents.setdefault(self._store.documents[ordinal].id, []).append((ordinal, passages))
        made: list[PassageFinding] = []
        for versions in documents.values():
            for ordinal, passages in _once(versions, self._store.documents):
                made += self._document(text, ordinal, passages)
        return list(_told_once(made))

    def _document(self, text: Text, ordinal: int, passages: list[Passage]) -> list[PassageFinding]:
        document = self._store.documents[ordinal]
        alphabet = Alphabet(text.alphabet)
        symbols = document.symbols[alphabet]
        covered = min(_symbols(each for p in passages for each in p.sources), sum(each.agreed for each in passages))
        # A text may say one stretch of a document many times; it gives away no more of it than that stretch has.
        own = [(each, min(each.evidence, _symbols(each.sources))) for each in passages if each.evidence]
        together = min(covered, sum(evidence for _, evidence in own if evidence >= CHANCE))
        heaviest = sorted(own, key=lambda each: -each[1])[: self._most]
        # A few words that a text shares with a document say nothing beside passages that say more.
        heaviest = heaviest[:LISTED] + [each for each in heaviest[LISTED:] if each[0].rarity >= LIKELY]
        if not heaviest:
            return []
        places = self._places(ordinal, alphabet)
        found: list[PassageFinding] = []
        for each, evidence in heaviest:
            text_like = alphabet == Alphabet.TEXT
            weight = evidence if text_like else evidence // WEIGHT
            rare = min(each.rarity, evidence) if text_like else weight
            alike = min(each.weight, evidence) if text_like else weight
            found.append(
                PassageFinding(
                    provenance=text.provenance,
                    document=document.document,
                    severity=severity(weight, together / symbols),
                    confidence=confidence(rare, alike),
                    span=span(text, (each.character, each.to, each.line, each.column)),
                    source_span=(
                        places.span(each.source, each.source_end) if places else SourceSpan(0, 0, "removed")
                    ),
                    length=each.end - each.start,
                    evidence=weight,
                    rarity=rare,
                    similarity=each.similarity,
                    rare_share=min(each.evidence / each.agreed, 1.0),
                    document_share=min(covered / symbols, 1.0),
                    evidence_share=min(together / symbols, 1.0),
                    excerpt=self._mask(each.excerpt.decode("utf-8", "ignore")) if text_like else "",
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
    """Feeds one text to a scanner, and what it found, with the text around it, to the aligner."""

    __slots__ = ("_aligned", "_chains", "_matcher", "_offset", "_runs", "_scanner", "_text", "_window")

    def __init__(self, matcher: PassageMatcher, scanner: Scanner, text: Text) -> None:
        self._matcher, self._scanner, self._text = matcher, scanner, text
        self._chains = Chains()
        self._aligned: list[tuple[int, Passage]] = []
        self._runs = Runs()
        self._window = bytearray()
        self._offset = 0

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        runs = self._scanner.feed(chunk)
        if self._text.alphabet != "text":
            self._chains.add(runs)
            return
        if len(runs):
            self._runs.extend(runs)
        self._window += chunk
        if len(self._window) > WINDOW or len(self._runs) > MOST_RUNS:
            end = self._offset + len(self._window)
            early, self._runs = self._runs.before(end - MARGIN)
            self._settle(early)
            if len(self._runs) > MOST_RUNS:
                self._settle(self._runs)
                self._runs = Runs()
            keep = min(len(self._window), 2 * MARGIN)
            self._offset = end - keep
            del self._window[:-keep]

    def finish(self) -> list[Heard]:
        runs = self._scanner.finish()
        if self._text.alphabet != "text":
            self._chains.add(runs)
        else:
            self._runs.extend(runs)
            self._settle(self._runs)
        found = self._chains.passages()
        aligned: dict[int, list[Passage]] = {}
        for document, passage in self._aligned:
            aligned.setdefault(document, []).append(passage)
        for document, passages in aligned.items():
            found[document] = _beside(passages, found.get(document, []))
        return [*self._matcher.findings(self._text, found)] if found else []

    def _settle(self, runs: Runs) -> None:
        if len(runs):
            aligned, left = self._matcher.align(self._window, self._offset, runs)
            self._aligned += aligned
            self._chains.add(left, self._weigh)

    def _weigh(self, run: Run) -> bytes:
        start, end, byte, to_byte = run[2], run[3], run[8] - self._offset, run[9] - self._offset
        count = min(end - start, WEIGHED)
        symbols = fold(self._window[max(0, byte - CONTEXT) : min(to_byte, max(byte, 0) + 4 * WEIGHED)])
        symbols = symbols[: len(symbols) - (end - start) + count] if byte >= 0 else symbols
        return self._matcher.weigh(symbols, b"\1" * min(count, len(symbols)))


class Sketches:
    """Sketches of the documents met last, at hand."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[int, Sketch | None] = OrderedDict()
        self._words = 0

    def of(self, documents: set[int]) -> dict[int, Sketch]:
        """Of those that have one."""
        missing = [ordinal for ordinal in documents if ordinal not in self._kept]
        if missing:
            loaded = self._store.sketches(missing)
            self._kept.update((ordinal, loaded.get(ordinal)) for ordinal in missing)
            self._words += sum(map(len, loaded.values()))
        found = {ordinal: sketch for ordinal in documents if (sketch := self._kept[ordinal])}
        while self._words > KEPT_WORDS and len(self._kept) > len(documents):
            _, oldest = self._kept.popitem(last=False)
            self._words -= len(oldest) if oldest else 0
        return found


def _beside(aligned: list[Passage], others: list[Passage]) -> list[Passage]:
    """Aligned passages of a document, and of the others those that say something else, so that none overlap: what lies
    mostly in an aligned passage is a phrase that the document has elsewhere, too."""
    kept: list[Passage] = []
    covered = Covered()
    for each in [*sorted(aligned, key=lambda each: (-each.evidence, each.start)), *others]:
        if 2 * covered.shared(each.start, each.end) < each.end - each.start:
            covered.add(each.start, each.end)
            kept.append(each)
    kept.sort(key=lambda each: each.start)
    for one, other in pairwise(kept):
        if one.end > other.start:
            one.end_before(other)
    return kept


def _once(
    versions: list[tuple[int, list[Passage]]], documents: dict[int, Registered]
) -> list[tuple[int, list[Passage]]]:
    """Of passages that several versions of a document have, the version with most evidence keeps it; the newest of
    equals."""
    if len(versions) == 1:
        return versions
    ranked = sorted(
        ((ordinal, passage) for ordinal, passages in versions for passage in passages),
        key=lambda each: (-each[1].evidence, -each[1].similarity, -documents[each[0]].version),
    )
    taken = Covered()
    out: dict[int, list[Passage]] = {}
    for ordinal, passage in ranked:
        if 2 * taken.shared(passage.start, passage.end) <= passage.end - passage.start:
            taken.add(passage.start, passage.end)
            out.setdefault(ordinal, []).append(passage)
    return list(out.items())


def _told_once(findings: list[PassageFinding]) -> list[PassageFinding]:
    """In the order of the text; a passage that several documents of one label have is one finding, of the document that
    has most of it, and names the others."""
    ranked = sorted(findings, key=lambda each: (-each.evidence, -each.similarity, each.document.name))
    heads: list[PassageFinding] = []
    also: list[list[Also]] = []
    starts: dict[int, list[int]] = {}
    for each in ranked:
        span = each.span
        near = (n for cell in range(span.start // CELL - 1, span.start // CELL + 2) for n in starts.get(cell, ()))
        for number in near:
            if heads[number].document.label == each.document.label and _same(heads[number].span, span):
                also[number].append(Also(each.document, each.source_span, each.similarity, each.document_share))
                break
        else:
            starts.setdefault(span.start // CELL, []).append(len(heads))
            heads.append(each)
            also.append([])
    made = [msgspec.structs.replace(head, also=tuple(more)) for head, more in zip(heads, also, strict=True)]
    return sorted(made, key=lambda each: (each.span.start, -each.length, each.document.name))


CELL = 256
"""Characters between whose multiples passages are looked for that may be the same."""


def _same(one: Span, other: Span) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared >= SAME * max(one.end - one.start, other.end - other.start)


def confidence(rarity: int, weight: int) -> Level:
    """How sure it is that the passage comes from the document. `rarity`: of the words that agree in a row; `weight`: of
    all that agree."""
    if weight >= SURE and rarity >= LIKELY:
        return Level.HIGH
    return Level.MEDIUM if weight >= LIKELY and rarity >= POSSIBLE else Level.LOW


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
