"""Annotations say where what stands, and no name can command the runner."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlp.model import Level, Reason, Result, Skipped, Summary, Verdict
from dlp.report.github import ANNOTATIONS, GithubReporter, annotation

from .cases import EVIL, KNOWN, ONE, passage, pattern, result, summary, written
from .test_json_v1 import results

PROPERTY = "(?:file|line|col|title)=[^,:]*"
COMMAND = re.compile(rf"::(error|warning|notice) ({PROPERTY}(?:,{PROPERTY})*)::(.*)")
INJECTIONS = (
    "::stop-commands::x",
    "\n::set-output name=a::b",
    "\r\n::add-mask::x",
    "%0A::set-env name=PATH::x",
    "a,line=1::warning::x",
    "##[add-path]/tmp",
    "\u2028::error::x",
    " ::error::x",
)


def lines(found: tuple[Result, ...], end: Summary | None = None) -> list[str]:
    return written(GithubReporter, found, end or summary(*found)).splitlines()


def commands(text: list[str]) -> list[tuple[str, dict[str, str], str]]:
    """As the runner reads them: (type, properties, message)."""
    made = []
    for line in text:
        if line.startswith("dlp: "):
            assert "::" not in line
            assert "##[" not in line
            continue
        found = COMMAND.fullmatch(line)
        assert found, line
        properties = dict(each.split("=", 1) for each in found[2].split(","))
        made.append((found[1], {name: plain(value) for name, value in properties.items()}, plain(found[3])))
    return made


def plain(text: str) -> str:
    for code, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_an_annotation_stands_at_its_line_and_says_what_to_do() -> None:
    ((kind, properties, message),) = commands(lines((KNOWN,)))
    assert kind == "error"
    assert properties == {"file": "config/app.env", "line": "2", "col": "9", "title": "Acme key"}
    assert message.startswith("Acme key: acme••••. Severity critical, confidence high, verdict block. Commit 1a1a1a1a")
    assert message.endswith("Put it into the vault: see the handbook")


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [("block", "error"), ("quarantine", "error"), ("warn", "warning"), ("audit", "notice"), ("allow", "notice")],
)
def test_the_type_is_the_verdicts(verdict: str, kind: str) -> None:
    found = result("a", Verdict(verdict), findings=(passage(),))
    assert [each[0] for each in commands(lines((found,)))] == [kind]


@pytest.mark.parametrize("extra", [0, 1])
def test_the_gravest_are_shown_and_the_others_counted(extra: int) -> None:
    mild = tuple(passage(severity=Level.LOW, line=n + 1) for n in range(ANNOTATIONS - 1 + extra))
    text = lines((result(findings=(*mild, passage(severity=Level.CRITICAL, line=999))),))
    shown = commands(text)
    assert len(shown) == ANNOTATIONS
    assert shown[0][1]["line"] == "999"
    assert ("dlp: and 1 more error, less grave, not shown" in text) == bool(extra)


def test_what_was_not_read_and_a_scan_cut_short_are_annotated() -> None:
    part = result("a.zip", Verdict.WARN, skipped=(Skipped(("a.zip", "b"), Reason.ENCRYPTED, "locked"),), findings=())
    text = lines((part,), msgspec.structs.replace(summary(part), complete=False))
    shown = commands(text)
    assert ("error", {"title": "dlp"}, "The scan was cut short: there is more that was not looked at") in shown
    assert any(message == "Not read: b: encrypted, locked. Verdict: warn" for _, _, message in shown)
    assert text[-1].endswith("not read: 1 encrypted")


def test_without_results_there_is_a_line() -> None:
    assert lines(()) == ["dlp: 0 files, 0 findings; verdicts: none; everything was read"]


@pytest.mark.parametrize("evil", [*INJECTIONS, EVIL])
def test_no_text_of_others_is_a_command(evil: str) -> None:
    name = f"{evil}{evil}"
    found = result(
        name,
        findings=(pattern(1, rule=name, name=name, excerpt=name), passage(locator=name, excerpt=name)),
        skipped=(Skipped((name, name), Reason.CORRUPT, name),),
    )
    assert len(commands(lines((found,)))) == 3


@settings(deadline=None, max_examples=40)
@given(st.lists(results, max_size=3).map(tuple))
def test_whatever_is_found_only_our_commands_are_written(found: tuple[Result, ...]) -> None:
    commands(lines((*found, ONE)))


@given(st.text(max_size=20), st.text(max_size=20))
@example("a%0Ab:c,d", "100%25\r\n")
def test_what_is_escaped_is_read_as_it_was(path: str, words: str) -> None:
    made = annotation("error", "x" + path, None, None, "x" + path, "x" + words)
    ((_, properties, message),) = commands([made])
    if path.isprintable() and words.isprintable() and path.isascii() and words.isascii():
        assert (properties["file"], message) == ("x" + path, "x" + words)
