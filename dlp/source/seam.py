"""What a source of blobs must offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import msgspec

from dlp.model import Origin, Skipped


class Item(msgspec.Struct, frozen=True, array_like=True):
    """A file to read: found, and not opened yet."""

    path: bytes
    """As the operating system takes it."""

    name: str
    """For people: the path as the user gave it, joined with what was found below."""

    relative: str
    """For people: the path relative to the folder that was given; a given file's own name."""

    size: int
    """Bytes, when it was found."""

    origin: Origin = Origin()


class Source(Protocol):
    """Where blobs come from."""

    def items(self) -> Iterator[Item | Skipped]:
        """Every file once, lazily, in a stable order; what cannot be listed or opened as a file is a `Skipped`."""
        ...
