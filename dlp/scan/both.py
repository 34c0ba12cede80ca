"""Both sides of a passage in plain text: what was quoted, beside the document's own text, or its sketch."""

from __future__ import annotations

import re
from array import array

import msgspec

from dlp.errors import StoreError
from dlp.match.quoting import Quoting
from dlp.match.seam import Matcher
from dlp.match.sides import MOST_CHARACTERS, alone, pair, pair_with_sketch
from dlp.model import PassageFinding, Quoted, Result, SourceSpan
from dlp.registry.store import Store
from dlp.report.escape import visible

MOST = 100
"""Passages of one file that are shown: those with most evidence."""

ROOM = 500_000
"""Characters of the sides of one file's passages together, in a scan."""

LONGEST_WORD = 40
"""Characters that a side may be longer by, so that it begins and ends with whole words."""

_WORD_BEFORE, _WORD_AFTER = re.compile(r"\w+\Z"), re.compile(r"\w+")


class Both:
    """Goes along with a scan. What `matcher` finds is as before; a file's passages are quoted beside it."""

    def __init__(self, matcher: Matcher, store: Store) -> None:
        self.matcher = Quoting(matcher, lambda _: True)
        self._store = store

    def added(self, result: Result) -> Result:
        """The result of the file that was scanned last, with its passages."""
        quotes = dict(self.matcher.quotes)
        self.matcher.quotes.clear()
        passages = [each for each in result.findings if isinstance(each, PassageFinding)]
        heaviest = sorted(passages, key=lambda each: -each.evidence)[:MOST]
        quoted: list[Quoted] = []
        room = ROOM
        for each in heaviest:
            made = beside(each, quotes.get(each.id), self._store)
            room -= _size(made)
            if room < 0:
                made = Quoted(each.id, None, "there is too much in this file to show it all")
            quoted.append(made)
        return msgspec.structs.replace(result, quoted=tuple(quoted)) if quoted else result


def _size(quoted: Quoted) -> int:
    return len(quoted.sides.scanned) + len(quoted.sides.source or "") if quoted.sides else 0


def beside(finding: PassageFinding, quote: str | None, store: Store) -> Quoted:
    """`quote`: the scanned side, as a Quoting has it."""
    name, id = visible(finding.document.name), finding.id
    if quote is None:
        return Quoted(id, None, "it is of bytes, not of text: there are no words to show")
    if not quote:
        return Quoted(id, None, "it lies too far into the text to be shown")
    ordinal = store.ordinal_of(finding.document.id, finding.document.version)
    if ordinal is None:
        return Quoted(id, alone(quote), f"{name} is not registered any more")
    try:
        text = store.text(ordinal)
        if text is None:
            problem = f"the text of {name} is not kept; register it with --keep-text to see both sides"
            return Quoted(id, pair_with_sketch(quote, _codes(store, ordinal)), problem)
        there = finding.source_span
        short = there.end > len(text) + LONGEST_WORD
        problem = f"what is kept of the text of {name} ends before this passage does: it is very long" if short else ""
        if there.start < len(text):
            return Quoted(id, pair(quote, _by_words(text, there)), problem)
        return Quoted(id, pair_with_sketch(quote, _codes(store, ordinal)), problem)
    except StoreError as error:
        return Quoted(id, alone(quote), str(error))


def _by_words(text: str, span: SourceSpan) -> str:
    """The document's side, up to where a word ends: its places are known from those of the shingles beside them."""
    start, end = span.start, min(span.end, span.start + MOST_CHARACTERS + 1)
    before = _WORD_BEFORE.search(text, max(0, start - LONGEST_WORD), start + 1)
    after = _WORD_AFTER.match(text, max(end - 1, start), end + LONGEST_WORD)
    return text[before.start() if before else start : after.end() if after else end].strip()


def _codes(store: Store, ordinal: int) -> array[int]:
    document = store.documents[ordinal]
    codes = array("H")
    record = store.catalogue.sketches({ordinal: document}).get(ordinal) if document.words else None
    codes.frombytes(record.codes if record else b"")
    return codes
