from __future__ import annotations

import msgspec
import pytest

from dlp.model import Document, Level, PatternFinding, Span
from dlp.scan.told import Told

from .test_gathering import passage

OTHER = Document("d2", "other", "secret", 1)


def _value(digest: str, rule: str = "r") -> PatternFinding:
    span = Span(0, 1, 1, 1, "line 1")
    return PatternFinding(("f",), rule, "Rule", (), Level.LOW, Level.LOW, 1, span, (span,), "x", digest)


def test_a_value_is_the_same_wherever_it_stands_and_only_for_its_rule() -> None:
    told = Told()
    told.note([_value("a")])
    assert told.before(_value("a"))
    assert not told.before(_value("b"))
    assert not told.before(_value("a", "other"))
    assert not told.before(msgspec.structs.replace(_value("a"), provenance=("f", "part 1")))


@pytest.mark.parametrize(
    ("start", "end", "before"),
    [(100, 200, True), (120, 160, True), (150, 250, True), (151, 251, False), (90, 290, True), (90, 291, False),
     (200, 300, False), (0, 100, False)],
)  # fmt: skip
def test_a_passage_is_the_same_if_half_of_it_was_found(start: int, end: int, before: bool) -> None:
    told = Told()
    told.note([passage(100, 200)])
    assert told.before(passage(start, end)) == before
    assert not told.before(passage(start, end, OTHER))


def test_what_one_reading_finds_in_two_places_is_told_twice() -> None:
    told = Told()
    found = [passage(100, 200), passage(100, 200)]
    assert not any(told.before(each) for each in found)


def test_all_values_of_a_rule_that_counts_are_known_before() -> None:
    told = Told()
    told.note([msgspec.structs.replace(_value("a"), count=3, values=frozenset({1, 2, 3}))])

    def counted(*values: int, rule: str = "r") -> PatternFinding:
        return msgspec.structs.replace(_value("b", rule), count=len(values), values=frozenset(values))

    assert told.before(counted(1, 3))
    assert told.before(counted(1, 2, 3))
    assert not told.before(counted(1, 4))
    assert not told.before(counted(1, rule="other"))
    told.note([counted(4)])
    assert told.before(counted(1, 4))
