"""Registered text by a screen alone: that it is there and how much of it, and not what document it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dlp.fingerprint import TEXT_SCALE, Selector, fold, rarity, weigh
from dlp.fingerprint.background import shipped
from dlp.match.passage import confidence, severity
from dlp.match.places import characters, decode, span
from dlp.match.seam import Heard, Listener
from dlp.model import Document, PassageFinding, SourceSpan, Text
from dlp.registry.screen import Screen

DOCUMENT: Final = "screen"
"""In the place of a document's id."""

NAME: Final = "registered text"

LEAST: Final = TEXT_SCALE.threshold + TEXT_SCALE.w
"""Symbols in a row that always hold two shingles that are selected. One alone is no finding: it may be by chance."""

WINDOW: Final = 1 << 20
OVERLAP: Final = 1 << 12
CONTEXT: Final = 64
"""Characters before a stretch that tell how foreseeable its first words are."""


class ScreenMatcher:
    def __init__(self, screen: Screen, mask: Callable[[str], str]) -> None:
        """`mask` hides the text of an excerpt."""
        self.screen, self.mask = screen, mask

    def listen(self, text: Text) -> Listener | None:
        return _Listener(self, text) if text.alphabet == "text" and self.screen.labels else None


class _Listener:
    """Windows of the text, which overlap."""

    def __init__(self, matcher: ScreenMatcher, text: Text) -> None:
        self._matcher, self._text = matcher, text
        self._window = bytearray()
        self._character = self._line = self._column = 0
        """Of the window's beginning."""
        self._found: list[tuple[int, int, int, int, int, str]] = []
        """(from, to, line, column, label, the text itself)."""
        self._told = 0
        """The character behind the last that was told."""

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        self._window += chunk
        if len(self._window) > WINDOW:
            self._look()
            cut = len(self._window) - OVERLAP
            while cut and 0x80 <= self._window[cut] < 0xC0:
                cut -= 1
            passed = self._window[:cut]
            lines = passed.count(b"\n")
            self._character += characters(passed)
            self._line += lines
            self._column = characters(passed[passed.rfind(b"\n") + 1 :]) + (0 if lines else self._column)
            del self._window[:cut]

    def finish(self) -> list[Heard]:
        self._look()
        return [self._finding(*each) for each in self._found]

    def _look(self) -> None:
        selector = Selector(TEXT_SCALE)
        selector.feed(self._window)
        keys, positions, starts, ends, _ = selector.finish()
        label = self._matcher.screen.label
        hits = [(at, number) for at, key in enumerate(keys) if (number := label(key)) >= 0]
        stretches: list[list[int]] = []
        for at, number in hits:
            last = stretches[-1] if stretches else None
            if last and positions[at] - positions[last[1]] <= TEXT_SCALE.w and last[2] == number:
                last[1] = at
            else:
                stretches.append([at, at, number])
        text = decode(self._window) if stretches else ""
        for first, to, number in stretches:
            start, end = starts[first], ends[to]
            if first == to or start + self._character < self._told:
                continue
            begin = text.rfind("\n", 0, start) + 1
            column = start - begin + (0 if begin else self._column)
            line = self._line + text.count("\n", 0, start)
            self._told = end + self._character
            words = text[max(0, start - CONTEXT) : end]
            place = start + self._character, end + self._character, line, column
            self._found.append((*place, number, words[min(start, CONTEXT) :] + "\0" + words[: min(start, CONTEXT)]))

    def _finding(self, start: int, end: int, line: int, column: int, label: int, words: str) -> PassageFinding:
        own, _, before = words.partition("\0")
        count = len(fold(own.encode("utf-8", "replace")))
        symbols = fold((before + own).encode("utf-8", "replace"))
        rare = rarity(weigh([shipped()], symbols, b"\1" * count))
        return PassageFinding(
            provenance=self._text.provenance,
            document=Document(DOCUMENT, NAME, self._matcher.screen.labels[label][0], 1),
            severity=severity(count, 0.0),
            confidence=confidence(rare, rare),
            span=span(self._text, (start, end, line, column)),
            source_span=SourceSpan(0, 0, "not told by a screen"),
            length=count,
            evidence=count,
            rarity=rare,
            similarity=1.0,
            rare_share=1.0,
            document_share=0.0,
            evidence_share=0.0,
            excerpt=self._matcher.mask(own),
        )
