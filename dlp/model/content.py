"""What is read: a blob, its texts, and what of it was not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal

import msgspec

from dlp.model.levels import Reason

Provenance = tuple[str, ...]
"""Where content came from, outermost first: `("mail.eml", "part 2", "book.xlsx")`."""


class Skipped(msgspec.Struct, frozen=True):
    """Content that was not read whole. A value: counted, reported and judged."""

    provenance: Provenance
    reason: Reason
    detail: str


class Blob(msgspec.Struct, frozen=True):
    """Bytes with a provenance. `stream` is open for reading, seekable, and stands at its start. `spelled`: they stood
    in a text, in letters."""

    provenance: Provenance
    stream: BinaryIO
    size: int
    spelled: bool = False


class Mark(msgspec.Struct, frozen=True):
    """From character `start` of a text on, and up to the next mark, this is the place: `page 3`."""

    start: int
    locator: str


class Text(msgspec.Struct, frozen=True):
    """What an extractor read in a blob.

    `chunks` yields buffers once: UTF-8 for the alphabet `text` (a chunk may end inside a character;
    bytes that are not UTF-8 fold to nothing; any byte but a continuation byte begins a character), the
    plain content for `bytes`. `marks` grows while `chunks` is drawn from and covers all that was drawn; it stays empty
    where lines are the best locators. `refine` may turn a mark's locator into a better one; it is
    called only for places that end up in a finding. `again`: what it says was said by an earlier text, in another
    form; a document is not registered by it.
    """

    provenance: Provenance
    alphabet: Literal["text", "bytes"]
    chunks: Iterator[bytes | bytearray | memoryview]
    marks: list[Mark]
    refine: Callable[[str], str] | None = None
    again: bool = False
