"""What the reading of another tool's rules comes to, and what a format must offer."""

from __future__ import annotations

import enum
from typing import Final, Protocol

import msgspec

from dlp.rule.rule import Allow, Rule

EXAMPLE_SECONDS: Final = 20.0
"""That trying a file's examples may take, all together."""


class Effect(enum.StrEnum):
    """What becomes of a rule of which something cannot be carried over."""

    LEFT_OUT = "left out"
    NEEDLESS = "left out; it tells of nothing there either"
    LOOSER = "runs without this condition"
    OTHERWISE = "runs, a little otherwise"
    """Stricter, or told of for the sake of it: nothing more is found."""


class Note(msgspec.Struct, frozen=True):
    """One thing that could not be carried over as it stands. `where`: file and line; `rule` is empty where it is said
    of the whole file; `problem` says why, and what to do."""

    where: str
    rule: str
    field: str
    problem: str
    effect: Effect

    def __str__(self) -> str:
        rule = f"rule {self.rule}: " if self.rule else ""
        return f"{self.where}: {rule}{self.field}: {self.problem} ({self.effect})"


class Converted(msgspec.Struct, frozen=True):
    """A file of another tool's rules as ours. `allow`: as in a file of our rules; `given`: rules that the file has,
    those that were left out included."""

    tool: str
    where: str
    rules: tuple[Rule, ...]
    allow: tuple[Allow, ...]
    notes: tuple[Note, ...]
    given: int

    def left_out(self) -> set[str]:
        """Rules that do not run, though they would find something there."""
        return {each.rule for each in self.notes if each.rule and each.effect == Effect.LEFT_OUT}

    def looser(self) -> set[str]:
        """Rules that run without a condition."""
        made = {each.id for each in self.rules}
        return {each.rule for each in self.notes if each.effect == Effect.LOOSER and each.rule in made}

    def summary(self) -> str:
        """In one line what a scan should be told of; empty where that is nothing."""
        looser, out = len(self.looser()), len(self.left_out())
        if not looser and not out:
            return ""
        told = f"{looser:,} of {self.given:,} rules of {self.where} run without a condition, {out:,} are left out"
        return f"{told}; `dlp rules check {self.where}` tells each"


class Format(Protocol):
    """The rules of one tool."""

    name: str
    """Of the tool, as people write it."""

    def reads(self, text: bytes, where: str) -> bool:
        """Whether the file is such, by what stands in it."""
        ...

    def convert(self, text: bytes, where: str, *, examples: bool) -> Converted:
        """`examples`: whether to try them. Raises ConfigError, with file and line, for a file that is not what it must
        be; what cannot be carried over is no error but a note."""
        ...
