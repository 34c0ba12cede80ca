"""What formats that list findings have in common."""

from __future__ import annotations

import pytest

from dlp.model import Coverage, Reason, Skipped, Verdict
from dlp.report.entry import entries
from dlp.report.figures import moment

from .cases import KNOWN, passage, pattern, result


@pytest.mark.parametrize(
    ("locator", "line"),
    [("", 41), ("line 7", 7), ("line 0", None), ("line 7, cell B2", 7), ("page 3", None), ("line " + "9" * 5000, None)],
)
def test_a_line_is_the_files_own_or_none(locator: str, line: int | None) -> None:
    (entry,) = entries(result(findings=(passage(locator=locator),)))
    assert entry.places[0].line == line


def test_what_is_inside_of_a_part_has_no_line_in_the_file() -> None:
    (entry,) = entries(result("a.zip", findings=(passage(provenance=("a.zip", "b.txt")),)))
    assert (entry.places[0].line, entry.places[0].locator.split(" \u203a ")) == (None, ["b.txt", "line 41"])


def test_a_column_counts_only_in_the_line_that_the_locator_names() -> None:
    (other,) = entries(result(findings=(passage(line=2, locator="line 40"),)))
    assert (other.places[0].line, other.places[0].column) == (40, None)


def test_every_place_of_a_value_is_told() -> None:
    (entry,) = entries(result(findings=(pattern(3),)))
    assert [each.line for each in entry.places] == [4, 9, 14]


def test_a_verdict_without_findings_is_an_entry_unless_it_is_for_what_was_only_not_read() -> None:
    unread = (Skipped(("a",), Reason.ENCRYPTED, ""),)
    partly = Coverage.PARTIAL
    assert [each.kind for each in entries(result("a", Verdict.WARN, (), partly, (), unread))] == ["verdict"]
    assert entries(result("a", Verdict.AUDIT, (), partly, (), unread)) == []
    assert [each.kind for each in entries(result("a", Verdict.AUDIT))] == ["verdict"]
    assert entries(result("a", Verdict.ALLOW)) == []
    assert [each.kind for each in entries(KNOWN)] == ["pattern"]


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (2**60, f"{2**60} s since 1970")],
)
def test_a_moment_that_no_calendar_has_is_a_number(seconds: int, wanted: str) -> None:
    assert moment(seconds) == wanted
