"""What an output format's file must offer."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from dlp.model import Result, Summary


class Verbosity(enum.IntEnum):
    """How much a report for people says. Formats for programs always say everything."""

    QUIET = 0
    """One line a file, and nothing else."""

    NORMAL = 1
    """The heaviest findings of each file, and the summary."""

    VERBOSE = 2
    """Every finding, with what else is known of it."""


class About(msgspec.Struct, frozen=True):
    """What a rule says of itself to people. `references`: addresses of pages."""

    description: str = ""
    references: tuple[str, ...] = ()


def nothing_known(rules: frozenset[str]) -> Mapping[str, About]:
    return {}


class Style(msgspec.Struct, frozen=True):
    """How a report for people looks. The caller knows the terminal; a reporter never asks for it."""

    verbosity: Verbosity = Verbosity.NORMAL

    colour: bool = False
    """Whether ANSI colours are written. Nothing else that moves a terminal ever is."""

    width: int | None = None
    """Columns that a line may take. None: as long as it needs, within a bound."""

    ascii: bool = False
    """Whether the terminal shows ASCII only; other characters then stand as `\\uNNNN`."""

    about: Callable[[frozenset[str]], Mapping[str, About]] = nothing_known
    """Of rules by their ids. Asked once, at the end of a scan, by formats that explain rules."""


class Reporter(Protocol):
    """Writes one scan to the stream it was made with.

    The calls are `begin`, `result` for each result in any order, `end`. The stream is binary and
    buffered, as `sys.stdout.buffer`; the reporter flushes it and leaves it open. What was written is
    forgotten, so memory does not grow with the scan; a format with a bound (one of `HOLDING`) holds as
    much as that and writes it at the end, the gravest first, with a word on what it left out. A scan
    that is cut short is ended by `end` too, with what was counted until then; its summary is not
    `complete`, and every format says so. An error of the stream, such as `BrokenPipeError`, passes through.
    """

    def begin(self) -> None:
        """Write what stands before the first result."""
        ...

    def result(self, result: Result) -> None:
        """Write one result. Which results are worth it is the caller's decision.

        A format for programs raises `ValueError` for a figure that is not finite, and has then written
        nothing of the result.
        """
        ...

    def end(self, summary: Summary) -> None:
        """Write the summary and what makes the output whole."""
        ...
