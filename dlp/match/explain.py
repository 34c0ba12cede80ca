"""What is no finding, and why: passages that a second matcher finds, to which everything registered is evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from dlp.limits import Limits
from dlp.match.passage import PassageMatcher
from dlp.match.seam import Heard, Listener
from dlp.model import Document, Finding, PassageFinding, Span, Suppressed, Text
from dlp.registry.store import COMMON, Store

MOST = 100
"""Suppressed passages that are told of one file: those that would weigh most."""

NAMED = 3
"""Background documents that a cause names, and other documents that a suppressed passage does."""

UNCOUNTED = 50
"""Documents from which on there may be more: of one shingle's, 64 postings are looked at, versions and all."""

ORDINARY = "ordinary wording"

_WHOLE = bytes([0]) + bytes([16]) * 255
"""A weight for each mark: what is marked counts whole."""


class Explainer:
    """The second matcher. It takes as much time and memory as the first."""

    def __init__(self, store: Store, limits: Limits, mask: Callable[[str], str]) -> None:
        """Raises StoreCorrupt."""
        self.matcher = _Credulous(store.unsuppressed(), limits, mask)
        self._background = frozenset(each.id for each in store.documents.values() if each.background)

    def listen(self, text: Text) -> Listener | None:
        """For the passages that there would be if nothing were suppressed."""
        return self.matcher.listen(text)

    def suppressed(self, found: Iterable[Finding], all_there_is: Iterable[Heard]) -> list[Suppressed]:
        """`found`: of one text. `all_there_is`: what the listener found in it."""
        passages = [each for each in all_there_is if isinstance(each, PassageFinding)]
        return suppressed([each for each in found if isinstance(each, PassageFinding)], passages, self._background)


class _Credulous(PassageMatcher):
    """Takes ordinary wording for as rare as any."""

    def weigh(self, symbols: bytes, marks: bytes) -> bytes:
        return marks.translate(_WHOLE)


def suppressed(
    found: Sequence[PassageFinding], all_there_is: Sequence[PassageFinding], background: frozenset[str]
) -> list[Suppressed]:
    """Passages of `all_there_is` that `found` does not have, or only with much less to them; those that would weigh
    most first. `background`: ids of documents that are no secrets, but causes."""
    own: dict[str, list[PassageFinding]] = {}
    for each in found:
        for document in _documents(each):
            own.setdefault(document.id, []).append(each)
    made: list[Suppressed] = []
    for each in sorted(all_there_is, key=lambda each: -each.evidence):
        secret = _secret(each, background)
        if secret and _lost(secret, own.get(secret.document.id, ())):
            made.append(Suppressed(secret, _causes(each.span, all_there_is, background)))
            if len(made) == MOST:
                break
    return made


def heaviest(suppressed: Iterable[Suppressed]) -> list[Suppressed]:
    """Of several texts, or of readings of one, which may say the same: at most MOST."""
    once: dict[object, tuple[int, Suppressed]] = {}
    for each in suppressed:
        finding = each.finding
        if isinstance(finding, PassageFinding):
            place = (finding.provenance, finding.document.id, finding.source_span.start)
            once.setdefault(place, (finding.evidence, each))
        else:
            once.setdefault((finding.provenance, finding.rule, finding.digest), (finding.count, each))
    return [each for _, each in sorted(once.values(), key=lambda each: -each[0])][:MOST]


def _secret(finding: PassageFinding, background: frozenset[str]) -> PassageFinding | None:
    """`finding` without what it says of background documents; None where nothing is left."""
    also = [each for each in finding.also if each.document.id not in background]
    if finding.document.id not in background:
        return msgspec.structs.replace(finding, also=tuple(also[:NAMED]))
    if not also:
        return None
    first = also[0]
    return msgspec.structs.replace(
        finding,
        document=first.document,
        source_span=first.source_span,
        similarity=first.similarity,
        document_share=first.document_share,
        also=tuple(also[1 : 1 + NAMED]),
    )


def _lost(passage: PassageFinding, found: Iterable[PassageFinding]) -> bool:
    """Whether less than half of its evidence was left, or less than a quarter of what makes it rare."""
    there = [each for each in found if _shared(each.span, passage.span)]
    evidence, rarity = sum(each.evidence for each in there), max((each.rarity for each in there), default=0)
    return 2 * evidence < passage.evidence or 4 * rarity < passage.rarity


def _causes(span: Span, all_there_is: Iterable[PassageFinding], background: frozenset[str]) -> tuple[str, ...]:
    covered: dict[str, int] = {}
    secrets: set[str] = set()
    for each in all_there_is:
        shared = _shared(each.span, span)
        for document in _documents(each):
            if document.id in background:
                covered[document.name] = covered.get(document.name, 0) + shared
            elif 2 * shared >= span.end - span.start:
                secrets.add(document.id)
    names = sorted((name for name, by in covered.items() if 4 * by >= span.end - span.start), key=lambda n: -covered[n])
    causes = [f"background: {name}" for name in names[:NAMED]]
    if len(names) > NAMED:
        causes.append(f"{len(names) - NAMED} more background documents")
    if len(secrets) > COMMON:
        causes.append(f"in {len(secrets)}{' or more' if len(secrets) >= UNCOUNTED else ''} registered documents")
    return tuple(causes) or (ORDINARY,)


def _documents(finding: PassageFinding) -> list[Document]:
    return [finding.document, *(each.document for each in finding.also)]


def _shared(one: Span, other: Span) -> int:
    """Characters."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))
