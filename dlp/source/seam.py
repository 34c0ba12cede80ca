"""What a source of blobs must offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import msgspec

from dlp.model import Origin, Skipped


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A file to read: found, and not opened yet. Or content that is no file: then `data` is all of it."""

    path: bytes
    """As the operating system takes it."""

    name: str
    """For people: the path as the user gave it, joined with what was found below."""

    relative: str
    """For people: the path relative to the folder that was given; a given file's own name."""

    size: int
    """Bytes, when it was found."""

    origin: Origin = Origin()

    data: bytes | None = None
    """The content itself, where there is no file; `path` is then empty."""

    added: tuple[tuple[int, int], ...] | None = None
    """Lines, from and to, counted from 1, that alone decide; the others are read for what stands around. None: all."""


class Source(Protocol):
    """Where blobs come from."""

    def items(self) -> Iterator[Item | Skipped]:
        """Every file once, lazily, in a stable order; what cannot be listed or opened as a file is a `Skipped`."""
        ...


@runtime_checkable
class Knowing(Source, Protocol):
    """A source that holds content for its items, and knows more of them than it is worth to give along with each."""

    def origin(self, item: Item) -> Origin:
        """All that is known of where an item came from. Asked for those alone that there is something to tell of."""
        ...

    def done(self, item: Item) -> None:
        """What came of an item is known: what is held for it may be given up."""
        ...
