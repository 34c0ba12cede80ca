"""What a format's file must offer. `registry of formats`: `dlp.extract.recursion.EXTRACTORS`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from dlp.limits import Limits
from dlp.model import Blob, Skipped, Text


class Extractor(Protocol):
    """Reads one family of formats."""

    types: frozenset[str]
    """The type names of `dlp.extract.detect` that it reads."""

    def extract(self, blob: Blob, limits: Limits) -> Iterator[Text | Blob | Skipped]:
        """Everything readable in `blob`, in its own order: texts, blobs found inside, and what could not be read.

        Raises whatever its parser raises: the recursion turns an exception into a `Skipped` and keeps
        what was yielded before it. A `Text`'s chunks are drawn before the next item is asked for.
        """
        ...
