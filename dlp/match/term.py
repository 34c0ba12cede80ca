"""Registered terms in a text: the matcher over the registry's lists.

The kernel finds them, by hashes of stretches of whole words: no automaton, which for 100,000 terms would take longer to
make, or to read, than a small scan may last, and to walk than the rest of a scan.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from dlp.errors import StoreCorrupt
from dlp.fingerprint import Terms
from dlp.fingerprint.reference_terms import APART
from dlp.match.places import LISTED, Place, Ruler, decode, span
from dlp.match.seam import Heard, Listener
from dlp.match.values import Digests
from dlp.model import Document, Level, TermFinding, Text
from dlp.registry.segment import MEND
from dlp.registry.store import Store

VALUES: Final = 1000
"""Terms of one list in one text that are findings of their own; all further ones together are one more."""

MANY: Final = 10
"""Terms of one list in one text from which on they are a part of the list, and its severity high."""

SURE: Final = 8
"""Symbols of a term of one word that is not met by chance."""

PIECE: Final = 1 << 18
"""Bytes that are looked at together."""


class TermMatcher:
    """Finds the terms of a store's lists. Made once; after a fork each process may use its own copy."""

    def __init__(self, store: Store, digests: Digests, mask: Callable[[str], str]) -> None:
        """`mask` hides a term. Raises StoreCorrupt, StoreTooNew."""
        self.digests, self.mask = digests, mask
        self._documents: list[Document] = []
        self._begins: list[int] = []
        """Of each list, the number of its first term; so a term's number says which list it stands in."""
        symbols: list[bytes] = []
        words: list[bytes] = []
        count = 0
        for ordinal, registered in store.lists.items():
            unpacked = store.terms(ordinal)
            if unpacked:
                self._documents.append(registered.document)
                self._begins.append(count)
                count += registered.terms
                symbols.append(unpacked[0])
                words.append(unpacked[1])
        self._words = b"".join(words)
        try:
            self.terms = Terms(b"".join(symbols))
        except ValueError:
            raise StoreCorrupt(f"a list of terms in {store.folder} is damaged; {MEND}") from None

    def listen(self, text: Text) -> Listener | None:
        """Content without text is not looked at: what it has of text comes as one."""
        return _Listener(self, text) if text.alphabet == "text" and len(self.terms) else None

    def list_of(self, term: int) -> int:
        return bisect_right(self._begins, term) - 1

    def document(self, number: int) -> Document:
        """The list."""
        return self._documents[number]

    def confidence(self, term: int) -> Level:
        """Whether it would be met by chance."""
        sure = self._words[term] > 1 or len(self.terms.symbols(term)) >= SURE
        return Level.HIGH if sure else Level.MEDIUM


class _Entry:
    """One finding to be."""

    __slots__ = ("count", "excerpt", "places", "term")

    def __init__(self, term: int, excerpt: str) -> None:
        self.term, self.excerpt = term, excerpt
        self.count = 0
        self.places: list[Place] = []


class _Listener:
    """One text."""

    __slots__ = ("_entries", "_lists", "_matcher", "_more", "_ruler", "_state", "_text", "_window")

    def __init__(self, matcher: TermMatcher, text: Text) -> None:
        self._matcher, self._text = matcher, text
        self._window = bytearray()
        self._state = APART
        self._ruler = Ruler()
        self._entries: dict[int, _Entry] = {}
        self._lists: dict[int, int] = {}
        """List → entries of its terms."""
        self._more: dict[int, _Entry] = {}
        """List → the entry of its further terms."""

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        data = memoryview(chunk)
        for at in range(0, len(data), PIECE):
            self._window += data[at : at + PIECE]
            if len(self._window) >= PIECE:
                self._look()

    def finish(self) -> list[Heard]:
        self._look(last=True)
        return self._findings() if self._entries else []

    def _look(self, last: bool = False) -> None:
        hits, used, self._state = self._matcher.terms.find(self._window, self._state, last)
        walk = iter(hits)
        for term, start, end in zip(walk, walk, walk, strict=True):
            entry = self._entries.get(term) or self._entry(term, start, end)
            entry.count += 1
            if len(entry.places) < LISTED:
                entry.places.append(self._ruler.place(self._window, start, end))
        if not last:
            self._ruler.cut(self._window, used)
            del self._window[:used]

    def _entry(self, term: int, start: int, end: int) -> _Entry:
        """Of a term that has none."""
        number = self._matcher.list_of(term)
        if number in self._more:
            return self._more[number]
        entry = _Entry(term, self._matcher.mask(decode(self._window[start:end])))
        count = self._lists[number] = self._lists.get(number, 0) + 1
        if count > VALUES:
            self._more[number] = entry
        else:
            self._entries[term] = entry
        return entry

    def _findings(self) -> list[Heard]:
        """In the order of the text."""
        matcher = self._matcher
        made: dict[tuple[str, bytes], TermFinding] = {}
        for entry in [*self._entries.values(), *self._more.values()]:
            number = matcher.list_of(entry.term)
            document, symbols = matcher.document(number), matcher.terms.symbols(entry.term)
            other = made.get((document.id, symbols))
            if other and other.document.version > document.version:
                continue  # imported lists of one name stay beside each other; their terms are told once
            places = tuple(span(self._text, place) for place in entry.places)
            made[document.id, symbols] = TermFinding(
                provenance=self._text.provenance,
                document=document,
                severity=Level.HIGH if self._lists[number] >= MANY else Level.MEDIUM,
                confidence=matcher.confidence(entry.term),
                count=entry.count,
                span=places[0],
                places=places,
                excerpt=entry.excerpt,
                digest=matcher.digests.of(symbols.decode()).hex(),
            )
        return [*sorted(made.values(), key=lambda each: (each.span.start, -each.span.end, each.document.name))]
