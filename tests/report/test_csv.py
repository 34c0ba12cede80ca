"""CSV is read back as it was meant, one record a line, and computes nothing."""

from __future__ import annotations

import csv
import io

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from dlp.model import Reason, Result, Skipped, Summary
from dlp.report.csv_reporter import HEADER, CsvReporter, cell
from dlp.report.escape import visible

from .cases import EVIL, HOSTILE, JUDGED, KNOWN, ONE, SCANS, passage, pieces, result, summary, written


def table(found: tuple[Result, ...], end: Summary | None = None) -> list[dict[str, str]]:
    text = written(CsvReporter, found, end or summary(*found))
    assert text.count("\r\n") == text.count("\n") == len(text.splitlines())
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert tuple(header) == HEADER
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_each_finding_each_part_not_read_and_the_scan_have_a_record() -> None:
    records = [each["record"] for each in table(SCANS["many"])]
    assert records.count("skipped") == 12
    assert records.count("pattern") == 2
    assert records.count("file") == 3
    assert records[-1] == "scan"
    assert table(())[0]["about"] == "The scan came to its end: 0 files, 0 findings; no verdicts"


def test_a_record_says_all_that_is_known() -> None:
    record, judged, _ = table((KNOWN, JUDGED))
    assert {name: record[name] for name in ("line", "column", "rule", "severity", "confidence", "commits")} == {
        "line": "2", "column": "9", "rule": "acme-key", "severity": "critical", "confidence": "high", "commits": "2",
    }  # fmt: skip
    assert record["author"] == "Ann Other <ann@example.com>"
    assert record["date"] == "2023-11-14T19:26:40Z"
    assert record["containment"] == "quarantined"
    assert record["advice"] == "Put it into the vault: see the handbook."
    assert (judged["record"], judged["verdict"], judged["reasons"]) == ("verdict", "warn", "drawings do not leave")


def test_several_files_of_one_document_are_named() -> None:
    record, _ = table((result("outbox", findings=(pieces(files=3),)),))
    assert record["place"] == "outbox/part-0.txt: 3% of it"
    assert record["more_places"] == "outbox/part-1.txt: 3% of it; outbox/part-2.txt: 3% of it"


def test_a_scan_cut_short_ends_with_a_record_that_says_so() -> None:
    last = table((ONE,), msgspec.structs.replace(summary(ONE), complete=False))[-1]
    assert last["about"].startswith("The scan was cut short: ")
    assert last["coverage"] == "partial"


def test_no_cell_begins_as_a_formula_does() -> None:
    evil = "=cmd|' /C calc'!A0"
    found = result(evil, findings=(passage(excerpt="@SUM(1)"),), skipped=(Skipped((evil, "+1"), Reason.CORRUPT, ""),))
    for record in table((found, HOSTILE)):
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for value in record.values())
    assert table((found,))[0]["path"] == "'" + evil


@given(st.text(max_size=20))
@example("'=1")
@example("'")
@example("\uff1d1")
@example(EVIL)
def test_a_cell_without_its_apostrophe_is_the_text(text: str) -> None:
    made = cell(text)
    assert made.removeprefix("'") == visible(text)
    assert made[:1] not in "=+-@" or not made
