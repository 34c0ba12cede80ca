"""Markdown fits into a comment, shows the gravest first, and holds no markup of others."""

from __future__ import annotations

import html
import re

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlp.model import Level, Reason, Result, Skipped, Summary, Verdict
from dlp.report import markdown
from dlp.report.markdown import LIMIT, MarkdownReporter, code, plain

from .cases import EVIL, KNOWN, MANY, ONE, SCANS, passage, result, summary, written
from .test_json_v1 import results, summaries

EVILS = (
    "`code` | cell |",
    "<img src=x onerror=alert(1)>",
    "</code><script>",
    "[x](https://evil.example) ![x](y)",
    "@everyone",
    "owner/repo#12 GH-12 !3 &4 $5 %6 ~bug",
    "www.evil.example https://evil.example",
    "**bold** _it_ ~~no~~ $x$ :tada:",
    "&lt;b&gt; &#64;all",
    "a\n\n# heading\n- list",
    EVIL,
)


def comment(found: tuple[Result, ...], end: Summary | None = None) -> str:
    return written(MarkdownReporter, found, end or summary(*found))


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| **")]


def test_the_gravest_verdict_and_severity_come_first() -> None:
    found = (
        result("a", Verdict.WARN, findings=(passage(severity=Level.CRITICAL),)),
        result("b", Verdict.BLOCK, findings=(passage(severity=Level.LOW), passage(severity=Level.MEDIUM))),
    )
    assert [re.findall(r"\*\*(\w+)\*\*.*\| (\w+) \| \w+ \|$", row)[0] for row in rows(comment(found))] == [
        ("block", "medium"), ("block", "low"), ("warn", "critical"),
    ]  # fmt: skip


def test_it_says_what_was_found_what_to_do_and_what_was_not_read() -> None:
    text = comment((KNOWN, *MANY))
    assert text.startswith("## dlp: 30 findings\n\n4 block, 1 quarantine, 2 warn, 2 audit, 3 allow · 12 files, ")
    assert "\n### What to do\n\n" in text
    assert "- Put it into the vault:<!-- --> see the handbook.\n" not in text  # a space follows: nothing to part
    assert "Put it into the vault" in text
    assert "Commit 1a1a1a1a1a1a by Ann Other" in text
    assert "- <code>outbox/locked.zip</code>: <code>Not read&#58; encrypted</code>\n" in text
    assert comment((ONE,)).endswith("\nEverything was read.\n")


def test_without_findings_it_says_so() -> None:
    assert comment(()).startswith("## dlp: 0 findings\n\nno verdicts · 0 files, ")


def test_a_scan_cut_short_says_so_and_not_that_everything_was_read() -> None:
    text = comment((ONE,), msgspec.structs.replace(summary(ONE), complete=False))
    assert "**The scan was cut short: there is more that was not looked at.**" in text
    assert "Everything was read" not in text


def test_what_has_no_room_is_counted() -> None:
    wide = result("x" * 300, findings=(passage(),) * (markdown.ROWS + 100))
    parts = tuple(Skipped(("a.zip", str(n)), Reason.CORRUPT, "") for n in range(markdown.NOT_READ + 7))
    text = comment((wide, result("a.zip", Verdict.AUDIT, skipped=parts)))
    assert len(text) <= LIMIT
    shown = len(rows(text))
    assert shown <= markdown.ROWS
    assert f"\n… and {markdown.ROWS + 100 - shown:,} more, less grave\n" in text
    assert "\n… and 7 more\n" in text


@pytest.mark.parametrize("rows_held", [markdown.ROWS, 5000])
def test_however_much_there_is_it_fits(rows_held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "ROWS", rows_held)
    evil = "~!@" * 200
    found = tuple(
        msgspec.structs.replace(
            result(f"{evil}{n}", findings=(passage(excerpt=evil, locator=evil),), skipped=()),
            skipped=(Skipped((evil, evil), Reason.CORRUPT, evil),),
            handling=msgspec.structs.replace(KNOWN.handling, message=f"{n}{evil}"),
        )
        for n in range(300)
    )
    text = comment(found)
    assert LIMIT // 2 < len(text) <= LIMIT


@settings(deadline=None, max_examples=40)
@given(st.lists(results, max_size=3).map(tuple), summaries)
def test_whatever_is_found_each_row_has_five_cells(found: tuple[Result, ...], end: Summary) -> None:
    for row in rows(comment(found, end)):
        assert row.count("|") == 6


@given(st.text(max_size=40))
@example(EVILS[0])
@example(EVILS[2])
@example(EVILS[8])
def test_code_holds_nothing_but_words_and_entities(text: str) -> None:
    made = code("x" + text)
    inner = re.fullmatch(r"<code>(.*)</code>", made)
    assert inner
    assert not re.search(r"[`|<>\[\]*_~@#$!&\\{}^+:\x00-\x1f]|www\.", re.sub(r"&#\d+;", "", inner[1]))


@pytest.mark.parametrize("evil", EVILS)
def test_words_hold_no_mention_reference_or_link(evil: str) -> None:
    for part in plain(evil).split("<!-- -->"):  # nodes of text, in which a renderer looks for references
        assert not re.search(r"[`|\[\]*_\\<>]", part)
        assert not re.search(r"[@#!$%&~^:](?=\S)|www\.|GH-", html.unescape(part))


def test_hostile_results_are_one_line_each() -> None:
    text = comment(SCANS["hostile"])
    assert len(rows(text)) == 15
    assert len(text) <= LIMIT
