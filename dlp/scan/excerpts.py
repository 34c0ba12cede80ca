"""Evidence, taken where the file is open: a second look at one that a verdict was given on, in the same worker.

What is found is known; only the text around it is read anew. It is sealed to the review key before it leaves the
worker, which has the public half and cannot open it again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dlp.errors import StoreError
from dlp.incident import evidence, sealing
from dlp.incident.evidence import Excerpt, Excerpts, Side
from dlp.limits import Limits
from dlp.match.windows import Window, Windows
from dlp.model import (
    Blob,
    Finding,
    PassageFinding,
    PatternFinding,
    Provenance,
    Result,
    SetFinding,
    Skipped,
    SourceSpan,
    Span,
    TermFinding,
    Verdict,
)
from dlp.registry.store import Store
from dlp.report.escape import encodable
from dlp.report.excerpt import mask, redact
from dlp.scan.pipeline import opened
from dlp.source.opening import Unreadable
from dlp.source.seam import Item

AROUND = 120
"""Characters of a text before and after what was found."""

LONGEST = 20_000
"""Characters of one side of one passage."""

MOST = 2 << 20
"""Characters of all excerpts of one file together."""

FINDINGS = 200
"""Findings of one file that have excerpts: the gravest."""

PLACES = 5
"""Places of one value that have."""

PATIENCE = 0.4
"""Share of a file's time that its scan may have taken for a second look to begin: it must not cost the verdict."""

_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w+\Z"), re.compile(r"\w+")


class Excerpting:
    """Takes excerpts of files, sealed."""

    def __init__(self, review: X25519PublicKey, store: Store | None, limits: Limits) -> None:
        self._review = review
        self._store = store
        self._limits = limits

    def __call__(self, item: Item, result: Result, begun: float) -> bytes:
        """Sealed excerpts of a file that was just scanned and is still open; empty where there is nothing to quote.
        `begun`: when its scan did, by the monotonic clock. Raises nothing: what is missing is said in them."""
        findings = sorted((each for each in result.findings if _quotable(each)), key=_gravity)
        if result.verdict.rank < Verdict.WARN.rank or not findings:
            return b""
        problem, made, done = "", list[Excerpt](), 0
        if time.monotonic() - begun > PATIENCE * self._limits.deadline(item.size):
            problem = "there was no time left to read the file again for excerpts"
        else:
            try:
                made, done = self._excerpts(item, findings[:FINDINGS])
            except Unreadable as error:
                problem = f"it could not be read again: {error.reason}"
            except Exception as error:  # noqa: BLE001 - a parser of a hostile format; the result stands without
                problem = f"reading it again failed with {type(error).__name__[:80]}"
        digest = result.file.digest if result.file else ""
        whole = Excerpts(evidence.VERSION, encodable(item.name), digest, made, len(findings) - done, problem)
        return sealing.seal(msgspec.json.encode(whole), self._review, evidence.EXCERPTS)

    def _excerpts(self, item: Item, findings: Sequence[Finding]) -> tuple[list[Excerpt], int]:
        """With how many of the findings are in them."""
        quotes = self._quotes(item, findings)
        made: list[Excerpt] = []
        room = MOST
        for done, finding in enumerate(findings):
            for span in _spans(finding):
                excerpt = self._excerpt(finding, span, quotes.get((_provenance(finding), (span.start, span.end))))
                room -= _size(excerpt)
                if room < 0:
                    return made, done
                made.append(excerpt)
        return made, len(findings)

    def _quotes(
        self, item: Item, findings: Sequence[Finding]
    ) -> dict[tuple[Provenance, tuple[int, int]], tuple[bool, Window]]:
        """What stands at each place. Content may be read in more than one way: the reading counts in which the place
        looks as it was reported."""
        from dlp.extract.recursion import extract  # a hundred modules, which who has nothing to quote saves

        wanted: dict[Provenance, list[tuple[tuple[int, int], Finding]]] = {}
        for each in findings:
            places = ((span.start, span.end) for span in _spans(each))
            wanted.setdefault(_provenance(each), []).extend((place, each) for place in places)
        found: dict[tuple[Provenance, tuple[int, int]], tuple[bool, Window]] = {}
        with opened(item) as stream:
            for part in extract(Blob((item.name,), stream, item.size), self._limits):
                if isinstance(part, Skipped):
                    continue
                here = wanted.get(part.provenance, []) if part.alphabet == "text" else []
                windows = Windows((place for place, _ in here), AROUND, LONGEST)
                for chunk in part.chunks:  # also of what nothing was found in: marks and parts come as it is read
                    windows.feed(chunk)
                there = windows.finish()
                for place, finding in here:
                    window, key = there.get(place), (part.provenance, place)
                    if window and not found.get(key, (False,))[0]:
                        found[key] = (_is_it(finding, window), window)
        return found

    def _excerpt(self, finding: Finding, span: Span, quote: tuple[bool, Window] | None) -> Excerpt:
        window = quote[1] if quote else None
        source, problem = None, "" if window else "there is no text to show: it is of bytes, or was not found again"
        if isinstance(finding, PassageFinding):
            kind, what, id = "passage", f"{finding.document.name} version {finding.document.version}", finding.id
            source, missing = self._source(finding)
            problem = "; ".join(filter(None, (problem, missing)))
            locator = finding.source_span.locator
        elif isinstance(finding, PatternFinding):
            kind, what, id, locator = "pattern", finding.rule, "", ""
        else:
            assert isinstance(finding, TermFinding)
            kind, what, id, locator = "term", f"{finding.document.name} version {finding.document.version}", "", ""
        return Excerpt(
            kind=kind,
            what=encodable(what),
            id=id,
            provenance=[encodable(each) for each in _provenance(finding)],
            locator=encodable(span.locator),
            start=span.start,
            end=span.end,
            file=_side(window),
            source=source,
            source_locator=encodable(locator),
            problem=problem,
        )

    def _source(self, finding: PassageFinding) -> tuple[Side | None, str]:
        """The registered document's side, or why it is not there."""
        if self._store is None:
            return None, "the store is not there any more"
        ordinal = self._store.ordinal_of(finding.document.id, finding.document.version)
        if ordinal is None:
            return None, "the document is not registered any more"
        try:
            text = self._store.text(ordinal)
        except StoreError:
            return None, "the document's text cannot be read"
        if text is None:
            return None, "the document's text is not kept (register --keep-text)"
        return _around(text, finding.source_span), ""


def _quotable(finding: Finding) -> bool:
    return not isinstance(finding, SetFinding)


def _provenance(finding: Finding) -> Provenance:
    assert not isinstance(finding, SetFinding)
    return finding.provenance


def _gravity(finding: Finding) -> tuple[int, int]:
    amount = finding.evidence if isinstance(finding, PassageFinding | SetFinding) else finding.count
    return -finding.severity.rank, -amount


def _spans(finding: Finding) -> Iterable[Span]:
    if isinstance(finding, PatternFinding | TermFinding):
        return (finding.places or (finding.span,))[:PLACES]
    assert isinstance(finding, PassageFinding)
    return (finding.span,)


def _is_it(finding: Finding, window: Window) -> bool:
    """Whether a place looks as the finding says."""
    assert not isinstance(finding, SetFinding)
    masks: tuple[Callable[[str], str], ...] = (redact, mask)
    return any(each(window.text) == finding.excerpt for each in masks)


def _side(window: Window | None) -> Side | None:
    if window is None:
        return None
    return Side(encodable(window.before), encodable(window.text), encodable(window.after), window.cut)


def _around(text: str, span: SourceSpan) -> Side | None:
    """The document's side. Its places are known from those of the shingles beside them: it ends with whole words."""
    start, end = span.start, min(span.end, span.start + LONGEST)
    if start >= len(text):
        return None
    before = _WORD_BEFORE.search(text, max(0, start - AROUND), start)
    after = _WORD_AFTER.match(text, end, end + AROUND)
    start, end = before.start() if before else start, after.end() if after else end
    return Side(
        text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND], span.end - span.start > LONGEST
    )


def _size(excerpt: Excerpt) -> int:
    sides = [each for each in (excerpt.file, excerpt.source) if each]
    return sum(len(each.before) + len(each.text) + len(each.after) for each in sides)
