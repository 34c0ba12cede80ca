"""What a matcher must offer."""

from __future__ import annotations

from typing import Protocol

from dlp.model import Finding, Skipped, Suppressed, Text

Heard = Finding | Suppressed | Skipped
"""What a listener has to say: what was found, what would have been but is allowed, and what it gave up on."""


class Listener(Protocol):
    """Hears one text, piece by piece."""

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        """Takes the next chunk. The buffer is the caller's again when this returns."""
        ...

    def finish(self) -> list[Heard]:
        """What there is to say, in the order of the text. Called once, when all chunks were fed; `text.marks` is
        whole."""
        ...


class Matcher(Protocol):
    """Looks for one kind of thing in texts. One text at a time: a listener ends before the next begins."""

    def listen(self, text: Text) -> Listener | None:
        """A listener for `text`; None where there is nothing to look for in its alphabet."""
        ...
