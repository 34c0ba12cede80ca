"""The detection matrix, version 1: a public type. A change that a reader could notice is a new version."""

from __future__ import annotations

from typing import Literal

import msgspec


class Target(msgspec.Struct, frozen=True):
    """The document. `words`: those of its text."""

    id: str
    name: str
    label: str
    words: int


class Row(msgspec.Struct, frozen=True):
    """What came of one mutant. All but the first two are counted in tries.

    `found`: any finding of the document. `flagged`: a verdict of `fail_on` or stricter. `verdicts`: the strictest of a
    try's files. `confidence`: the highest of a try's findings of the document. `lowest_evidence`, `median_evidence`:
    symbols of a try's weightiest finding of it; a try without one counts as 0.
    """

    family: str
    variant: str
    tries: int
    found: int
    flagged: int
    verdicts: dict[str, int]
    confidence: dict[str, int]
    lowest_evidence: int
    median_evidence: int


class NotPossible(msgspec.Struct, frozen=True):
    """A mutant that takes a text of at least so many `words`."""

    family: str
    variant: str
    words: int


class Matrix(msgspec.Struct, frozen=True):
    """What a trial tells. `repeat`: tries of each mutant that chance has a say in; `fail_on`: a verdict."""

    version: Literal[1]
    document: Target
    seed: int
    repeat: int
    fail_on: str
    mutants: tuple[Row, ...]
    not_possible: tuple[NotPossible, ...]
