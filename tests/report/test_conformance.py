"""What holds for every format: it is made by its name, is whole with any results, and never keeps or leaks anything."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings

from dlp.errors import UsageError
from dlp.model import Result, Summary
from dlp.report import FORMATS, HOLDING, reporter
from dlp.report.seam import Style

from .cases import KNOWN, ONE, SCANS, summary, written
from .test_json_v1 import results, summaries


def report_of(name: str, found: tuple[Result, ...], end: Summary) -> str:
    return written(partial(FORMATS[name], style=Style()), found, end)


def is_plain(text: str) -> bool:
    """Nothing in it acts on a terminal, ends a line or turns one round; CSV ends its lines as its RFC says. Characters
    that nobody has assigned yet, or that are private, pass: formats for programs hold the exact text."""
    acting = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    return not re.search(acting, text.replace("\r\n", "\n"))


@pytest.mark.parametrize("scan", SCANS)
@pytest.mark.parametrize("name", FORMATS)
def test_any_scan_is_reported_whole_in_plain_utf8(name: str, scan: str) -> None:
    text = report_of(name, SCANS[scan], summary(*SCANS[scan]))
    assert text.endswith("\n")
    assert is_plain(text)
    for part in SCANS[scan]:
        assert text.count(part.verdict.value) >= 1


@settings(deadline=None, max_examples=25)
@given(results, summaries)
def test_whatever_is_reported_is_plain_and_says_if_it_was_cut_short(one: Result, end: Summary) -> None:
    for name in FORMATS:
        ends = [msgspec.structs.replace(end, complete=ended) for ended in (True, False)]
        whole, cut = (report_of(name, (one, one), each) for each in ends)
        assert is_plain(cut)
        assert whole != cut


@pytest.mark.parametrize("name", FORMATS)
def test_ten_thousand_findings_in_a_file_are_all_counted(name: str) -> None:
    many = msgspec.structs.replace(ONE, findings=ONE.findings * 10_000)
    text = report_of(name, (many,), summary(many))
    assert "10000" in text.replace(",", "") or text.count(ONE.findings[0].document.id) >= 10_000  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"text"}))
def test_what_is_known_is_told(name: str) -> None:
    """Verdict, rule, masked excerpt, place, severity and confidence, the policy's message, and who brought it in."""
    text = report_of(name, (KNOWN,), summary(KNOWN))
    for told in ("block", "acme••••", "critical", "high", "the vault", "Ann Other", "1a1a1a"):
        assert told.lower() in text.lower(), told
    assert "cme key" in text
    assert "app.env" in text
    assert "9.5" in text or "line" in text


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - HOLDING))
def test_a_result_is_in_the_stream_before_the_next_one_comes(name: str) -> None:
    stream = io.BytesIO()
    report = reporter(name, stream)
    report.begin()
    for one in SCANS["many"]:
        before = len(stream.getvalue())
        report.result(one)
        assert len(stream.getvalue()) > before or not one.findings


@pytest.mark.parametrize("name", FORMATS)
def test_a_broken_stream_is_the_callers_to_handle(name: str) -> None:
    class Broken(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise BrokenPipeError

    report = reporter(name, Broken())

    def write() -> None:
        report.begin()
        report.result(ONE)
        report.end(summary(ONE))

    with pytest.raises(BrokenPipeError):
        write()


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="'xml'; there are text, json, jsonl, "):
        reporter("xml", io.BytesIO())


def test_importing_the_package_costs_no_format_and_nothing_heavy() -> None:
    code = "import sys, dlp.model; old = set(sys.modules); import dlp.report; print(*sorted(set(sys.modules) - old))"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True
    )
    assert run.stdout.decode().split() == ["dlp.errors", "dlp.report", "dlp.report.seam"], run.stderr
