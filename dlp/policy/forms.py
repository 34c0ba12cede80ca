"""The forms that conditions have: a figure, a level, what many matters have in common, a fact of the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from dlp.model import LEVELS, Level, PassageFinding
from dlp.policy import amounts
from dlp.policy.amounts import Amount
from dlp.policy.matter import ANY_KIND, FINDINGS, VALUES, Facts, Known, Thing

Test = Callable[[Thing, Facts], bool]

Value = Any
"""What a condition's `read` gave; nobody else looks into it."""


class Names(msgspec.Struct, frozen=True):
    """What a policy's conditions may name."""

    classes: tuple[str, ...]
    """Mildest first."""

    channels: tuple[str, ...]


class Condition(Protocol):
    """One thing that can be asked."""

    kinds: frozenset[str]
    """Matters that it says something of."""

    schema: Mapping[str, Any]
    """JSON Schema of what `read` takes, but for names that only the policy knows."""

    def read(self, written: Any, names: Names) -> Value:
        """From YAML. Raises ValueError that says what is wrong with it."""
        ...

    def test(self, value: Value, known: Known, every: bool) -> bool | Test | None:
        """The answer, where the kind of matter gives it; else what does. None: nothing to ask of such a matter.
        `every`: where there may be several of what is asked for, it must hold of all."""
        ...

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        """What there is, in words, where the condition fails."""
        ...


def between(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {"from": schema, "below": schema},
    }


def one_of(there: Collection[str], written: Any, what: str) -> int:
    """Its place."""
    if isinstance(written, str) and written in there:
        return list(there).index(written)
    raise ValueError(f"there is no {what} {written!r}; there are {', '.join(there) or 'none'}")


COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}


# --- of the matter itself -----------------------------------------------------------------------


class Figure:
    """A number that a matter has."""

    def __init__(self, reader: amounts.Reader, schema: Mapping[str, Any], kinds: Collection[str], name: str) -> None:
        self.kinds = frozenset(kinds)
        self.schema: Mapping[str, Any] = {"anyOf": [schema, between(schema)]}
        self._reader = reader
        self._get: Callable[[Any], float] = attrgetter(name)

    def read(self, written: Any, names: Names) -> Value:
        return amounts.amount(written, self._reader)

    def test(self, value: Amount, known: Known, every: bool) -> bool | Test | None:
        if known.key.kind not in self.kinds:
            return None
        if value == Amount():
            return True
        get, least, below = self._getter(known.key.kind), value.least, value.below
        if value.below == float("inf"):
            return lambda thing, _: get(thing) >= least
        return lambda thing, _: least <= get(thing) < below

    def _getter(self, kind: str) -> Callable[[Any], float]:
        return self._get

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        figure = self._getter(known.key.kind)(thing)
        return f"is {figure:,}" if isinstance(figure, int) else f"is {figure:.2g}"


class Share(Figure):
    """How much of the document's evidence is there: in the text, or in all files of a set."""

    def _getter(self, kind: str) -> Callable[[Any], float]:
        return attrgetter("evidence_share" if kind == "passage" else "share")


class Rarity(Figure):
    """Only passages that are rare enough add up to a set: it has any rarity."""

    def test(self, value: Amount, known: Known, every: bool) -> bool | Test | None:
        return value.below == float("inf") if known.key.kind == "set" else super().test(value, known, every)

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        return super().actual(known, thing, facts) if isinstance(thing, PassageFinding) else "is enough"


class Values:
    """How many values the same rule, or list of terms, found in the whole file, each told by a finding of its own."""

    kinds = VALUES
    schema: Mapping[str, Any] = {"anyOf": [COUNT, between(COUNT)]}

    def read(self, written: Any, names: Names) -> Value:
        return amounts.amount(written, amounts.count)

    def test(self, value: Amount, known: Known, every: bool) -> bool | Test | None:
        if known.key.kind not in self.kinds:
            return None
        return lambda thing, facts: value.holds(facts.values(thing))

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        return f"is {facts.values(thing):,}"


class AtLeast:
    """A level of a finding."""

    kinds = FINDINGS
    schema: Mapping[str, Any] = {"enum": [each.value for each in Level]}

    def __init__(self, name: str) -> None:
        self._get: Callable[[Any], Level] = attrgetter(name)

    def read(self, written: Any, names: Names) -> Value:
        return LEVELS[one_of([each.value for each in Level], written, "level")]

    def test(self, value: Level, known: Known, every: bool) -> bool | Test | None:
        if known.key.kind not in self.kinds:
            return None
        get, enough = self._get, frozenset(each for each in Level if each.rank >= value.rank)
        return True if value == Level.LOW else lambda thing, _: get(thing) in enough

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        return f"is {self._get(thing)}"


# --- what many matters have in common -----------------------------------------------------------


class Fixed:
    """What a key tells."""

    def __init__(
        self,
        kinds: Collection[str],
        schema: Mapping[str, Any],
        read: Callable[[Any, Names], Value],
        holds: Callable[[Value, str], bool],
        several: Callable[[Known], Collection[str]],
    ) -> None:
        """`several`: all that `holds` is asked of; where there is nothing, there is nothing to ask."""
        self.kinds = frozenset(kinds)
        self.schema = schema
        self._read, self._holds, self._several = read, holds, several

    def read(self, written: Any, names: Names) -> Value:
        return self._read(written, names)

    def test(self, value: Value, known: Known, every: bool) -> bool | Test | None:
        asked = self._several(known) if known.key.kind in self.kinds else ()
        if not asked:
            return None
        return (all if every else any)(self._holds(value, each) for each in asked)

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        return f"is {', '.join(self._several(known))}"


class Tag(Fixed):
    """Of the tags of a rule one is enough, however the condition is meant."""

    def test(self, value: Value, known: Known, every: bool) -> bool | Test | None:
        return super().test(value, known, False)


# --- of the file --------------------------------------------------------------------------------


class OfFile:
    """What is the same for all matters of a file, and hence asked once."""

    kinds = ANY_KIND

    def __init__(
        self,
        schema: Mapping[str, Any],
        read: Callable[[Any, Names], Value],
        holds: Callable[[Value, Facts, bool], bool],
        actual: Callable[[Facts], str],
    ) -> None:
        self.schema = schema
        self._read, self._holds, self._actual = read, holds, actual

    def read(self, written: Any, names: Names) -> Value:
        return self._read(written, names)

    def test(self, value: Value, known: Known, every: bool) -> bool | Test | None:
        holds, place = self._holds, 2 * id(value) + every

        def test(_: Thing, facts: Facts) -> bool:
            answer = facts.memo.get(place)
            if answer is None:
                answer = facts.memo[place] = holds(value, facts, every)
            return answer

        return test

    def actual(self, known: Known, thing: Thing, facts: Facts) -> str:
        return self._actual(facts)
