"""The report for people, as golden files that are nice to look at, and safe whatever the names are."""

from __future__ import annotations

import io
import os
import re

import msgspec
import pytest
from hypothesis import given, settings

from dlp.model import Contained, Containment, Handling, Reason, Result, Skipped, Summary, Suppressed, Verdict
from dlp.report.escape import clip, columns, encodable, visible
from dlp.report.figures import duration, percent, size
from dlp.report.seam import Style, Verbosity
from dlp.report.text import TextReporter

from .cases import EVIL, MANY, SCANS, passage, pieces, result, summary
from .test_excerpt import any_text
from .test_json_v1 import results, summaries

GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
LOOKS = {
    "many": Style(),
    "many-80-columns": Style(width=80),
    "many-colour": Style(colour=True, width=100),
    "many-ascii": Style(ascii=True),
    "many-quiet": Style(Verbosity.QUIET),
    "many-verbose": Style(Verbosity.VERBOSE, width=120),
    "hostile-100-columns": Style(Verbosity.VERBOSE, width=100),
    "empty": Style(),
    "empty-quiet": Style(Verbosity.QUIET),
}


def text(found: tuple[Result, ...], end: Summary, style: Style) -> str:
    stream = io.BytesIO()
    report = TextReporter(stream, style)
    report.begin()
    for one in found:
        report.result(one)
    report.end(end)
    return stream.getvalue().decode()


def golden(look: str) -> str:
    found = SCANS[look.split("-")[0]]
    end = summary(*found) if found else Summary(0, 0, 0.01, 0, {}, {})
    return text(found, end, LOOKS[look])


@pytest.mark.parametrize("look", LOOKS)
def test_the_report_looks_as_it_did(look: str) -> None:
    """To accept a new look: `python -c "from tests.report.test_text import accept; accept()"`, and read the diff."""
    with open(os.path.join(GOLDEN, look + ".txt"), encoding="utf-8", newline="") as file:
        assert golden(look) == file.read()


def accept() -> None:
    for look in LOOKS:
        with open(os.path.join(GOLDEN, look + ".txt"), "w", encoding="utf-8", newline="") as file:
            file.write(golden(look))


def test_colours_change_nothing_else() -> None:
    style = Style(colour=True, width=100)
    coloured = text(MANY, summary(*MANY), style)
    plain = text(MANY, summary(*MANY), Style(width=100))
    assert re.sub(r"\x1b\[[0-9;]+m", "", coloured) == plain


@settings(deadline=None, max_examples=25)
@given(results, summaries)
def test_whatever_is_reported_every_line_is_printable_and_fits(one: Result, end: Summary) -> None:
    for verbosity in Verbosity:
        for width in (60, 100):
            for line in text((one, one), end, Style(verbosity, width=width)).splitlines()[:-6]:
                assert line.isprintable()
                assert columns(line) <= width


def test_a_hostile_name_cannot_pose_as_another_line() -> None:
    shown = text((result(EVIL),), summary(), Style())
    assert [line[:12] for line in shown.splitlines()] == [
        "block       ", "", "scanned     ", "verdicts    ", "findings    ", "not read    ",
    ]  # fmt: skip


@pytest.mark.parametrize("verbosity", Verbosity)
def test_a_scan_that_was_cut_short_says_so_last(verbosity: Verbosity) -> None:
    shown = text((), Summary(0, 0, 0.01, 0, {}, {}, complete=False), Style(verbosity)).splitlines()
    assert shown[-1] == "INCOMPLETE  the scan was interrupted; the rest was not looked at"
    assert not any(line.startswith("not read") for line in shown)


def test_a_place_is_whole_where_no_width_is_given() -> None:
    place = "sheet 'Prices of the coming season', row 112, column 14"
    found = result(findings=(passage(locator=place), passage(locator="page 3")))
    assert f"              {place}  ≈ " in text((found,), summary(found), Style())
    assert place not in text((found,), summary(found), Style(width=100))


def test_a_skipped_part_is_told_once_and_a_reason_that_no_line_tells_stays() -> None:
    skipped = tuple(Skipped(("a", f"image {n}"), Reason.LIMIT, "nested too deep") for n in range(9))
    skipped += (Skipped(("a", "part 2"), Reason.ENCRYPTED, "needs a password"),)
    found = result("a", reasons=("not read: limit", "not read: encrypted"), skipped=skipped)
    lines = [line.strip() for line in text((found,), summary(found), Style()).splitlines()]
    assert "not read: limit" not in lines
    assert "not read: encrypted" in lines
    lines = [line.strip() for line in text((found,), summary(found), Style(Verbosity.VERBOSE)).splitlines()]
    assert "not read: encrypted" not in lines
    assert "not read: part 2: encrypted, needs a password" in lines


def test_what_became_of_a_file_is_told_in_its_line_also_where_one_line_is_all() -> None:
    done = Containment(Contained.QUARANTINED, "Q7")
    failed = Containment(Contained.FAILED, detail="permission denied")
    kept, left = (msgspec.structs.replace(result(findings=(passage(),)), containment=each) for each in (done, failed))
    said = text((kept, left), summary(kept, left), Style(Verbosity.QUIET))
    assert [line.rpartition("  ")[2] for line in said.splitlines()] == ["(quarantined as Q7)", "(not contained)"]
    assert "            permission denied\n" in text((left,), summary(left), Style())


def test_the_policy_s_message_is_told_in_lines_that_fit() -> None:
    message = "Ask the owner of the document first. " * 3 + "\n" + "\x1b[2J" + "\n".join("abcdefgh")
    one = msgspec.structs.replace(result(findings=(passage(),)), handling=Handling(message=message))
    shown = text((one,), summary(one), Style(width=60)).splitlines()
    assert "            Ask the owner of the document first. Ask the" in shown
    assert not any("\x1b" in line or len(line) > 60 for line in shown)
    assert any("more lines (-v shows all)" in line for line in shown)
    assert "            h" in text((one,), summary(one), Style(Verbosity.VERBOSE)).splitlines()


@pytest.mark.parametrize("width", [60, 80, 120, None])
def test_the_id_of_each_passage_is_shown_whole(width: int | None) -> None:
    found = result(findings=(passage(), passage(start=9, excerpt="", locator="byte 9")))
    shown = text((found,), summary(found), Style(width=width))
    assert {each.id for each in found.findings} == set(re.findall(r"#([0-9a-f]{12})\b", shown))  # type: ignore[union-attr]


def test_documents_that_have_the_passage_too_take_one_line() -> None:
    def also(count: int, style: Style) -> str:
        found = result(findings=(passage(also=tuple(f"plan-{n}.md" for n in range(count))),))
        (line,) = [line.strip() for line in text((found,), summary(found), style).splitlines() if "also in" in line]
        return line

    assert also(1, Style()) == "also in plan-0.md"
    assert also(4, Style()) == "also in plan-0.md, plan-1.md, plan-2.md, plan-3.md"
    assert also(1200, Style()) == "also in plan-0.md, plan-1.md, plan-2.md … and 1,197 more"
    assert also(5, Style(width=60)) == "also in plan-0.md, plan-1.md … and 3 more"
    assert also(5, Style(Verbosity.VERBOSE)).endswith("plan-4.md")


def test_files_that_have_a_document_together_are_listed_heaviest_first() -> None:
    found = result("outbox", findings=(pieces(files=130),))
    lines = text((found,), summary(found), Style()).splitlines()
    assert lines[1].endswith("secret · version 2 · in 130 files")
    assert lines[2].strip() == "100% of it together  10,400 symbols  severity high, confidence medium"
    assert lines[3].strip() == "outbox/part-0.txt  3% of it"
    assert lines[8].strip() == "… and 125 more files (-v shows all)"
    lines = text((found,), summary(found), Style(Verbosity.VERBOSE)).splitlines()
    assert lines[103].strip() == "… and 30 more files"


def test_what_was_suppressed_cannot_be_taken_for_a_finding() -> None:
    causes = ("background: terms.docx", "in 14 registered documents")
    found = result(verdict=Verdict.ALLOW, suppressed=(Suppressed(passage(), causes),))
    lines = text((found,), summary(found), Style()).splitlines()
    assert [line.strip() for line in lines[:4]] == [
        "allow       outbox/draft.txt",
        "suppressed, and no part of the verdict:",
        "would have matched: line 41, ≈ 58 words, of secrets/hx7-formulation.md",
        "because: background: terms.docx; in 14 registered documents",
    ]
    assert "findings    0" in lines


def test_a_finding_of_which_much_was_suppressed_is_not_called_none() -> None:
    found = result(findings=(passage(),), suppressed=(Suppressed(passage(start=2400), ("ordinary wording",)),))
    assert "would have counted for more: line 41, " in text((found,), summary(found), Style())
    elsewhere = result(findings=(passage(),), suppressed=(Suppressed(passage(start=2601), ("ordinary wording",)),))
    assert "would have matched: line 41, " in text((elsewhere,), summary(elsewhere), Style())


@given(any_text)
def test_visible_text_is_printable_and_stays_so(given_text: str) -> None:
    shown = visible(given_text)
    assert shown.isprintable()
    assert visible(shown) == shown
    assert columns(clip(shown, 20)) <= 20
    encodable(given_text).encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plan.pdf", "plan.pdf"),
        ("C:\\plans\\new.txt", "C:\\plans\\new.txt"),
        ("Zoë, 計画 🙂", "Zoë, 計画 🙂"),
        ("Tie\u0302\u0301ng", "Tie\u0302\u0301ng"),
        ("e\u0301\u0301\u0301", "e\u0301\u0301\\u0301"),
        ("\u0301x", "\\u0301x"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("fdp\u202exe.txt", "fdp\\u202exe.txt"),
        ("in\u200bvis\u3164ible\ufe0f", "in\\u200bvis\\u3164ible\\ufe0f"),
        ("\udcff\ud800", "\\xff\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_is_escaped(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_figures_are_short_and_never_claim_too_much() -> None:
    assert [percent(share) for share in (0.0, 0.0004, 0.29, 0.9999, 1.0)] == ["0%", "<1%", "29%", "99%", "100%"]
    assert [size(count) for count in (0, 999, 1000, 99_949, 143_271, 999_499, 999_500, 3.2e13)] == [
        "0 bytes", "999 bytes", "1.0 kB", "99.9 kB", "143 kB", "999 kB", "1.0 MB", "32.0 TB",
    ]  # fmt: skip
    assert [duration(seconds) for seconds in (0.004, 61.0, 3600.0)] == ["0.00 s", "1 min 1 s", "1 h 0 min"]
