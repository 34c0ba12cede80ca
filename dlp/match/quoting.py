"""A matcher that also quotes: the plain text of its passages, for who asks with the key. Nothing of it is reported."""

from __future__ import annotations

from collections.abc import Callable

from dlp.match.places import decode
from dlp.match.seam import Heard, Listener, Matcher
from dlp.match.sides import MOST_CHARACTERS
from dlp.model import PassageFinding, Text

MOST_TEXT = 64 << 20
"""Bytes of a text from which quotes are taken."""


class Quoting:
    """Finds what `matcher` finds, and keeps the text of the passages that are `wanted` in `quotes`, by their ids."""

    def __init__(self, matcher: Matcher, wanted: Callable[[PassageFinding], bool]) -> None:
        self._matcher = matcher
        self._wanted = wanted
        self.quotes: dict[str, str] = {}
        """Empty for a passage that lies beyond what is looked at; there is none for a passage of bytes."""

    def listen(self, text: Text) -> Listener | None:
        listener = self._matcher.listen(text)
        return _Listener(listener, self) if listener and text.alphabet == "text" else listener

    def take(self, findings: list[Heard], data: bytearray) -> None:
        wanted = [each for each in findings if isinstance(each, PassageFinding) and self._wanted(each)]
        text = decode(data) if wanted else ""
        for each in wanted:
            start, end = each.span.start, each.span.end
            # One character more than is looked at: so it shows that there is more.
            self.quotes.setdefault(each.id, text[start : min(end, start + MOST_CHARACTERS + 1)])


class _Listener:
    def __init__(self, listener: Listener, quoting: Quoting) -> None:
        self._listener, self._quoting = listener, quoting
        self._data = bytearray()

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        self._listener.feed(chunk)
        self._data += chunk[: MOST_TEXT - len(self._data)]

    def finish(self) -> list[Heard]:
        findings = self._listener.finish()
        self._quoting.take(findings, self._data)
        return findings

